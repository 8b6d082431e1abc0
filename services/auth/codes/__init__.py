"""Verification codes: sent to an address, shown back once."""
