"""Whom people do not want to hear from."""
