"""Instant messaging: the tokens that clients connect to its provider with."""
