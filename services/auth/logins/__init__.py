"""Logins: with a password or a code, and what delays those that fail."""
