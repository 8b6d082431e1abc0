"""Accounts: who a person is, and whether they may come in."""
