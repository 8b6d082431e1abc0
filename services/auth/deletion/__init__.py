"""Leaving: an account is closed at once, then every service erases what it has of the person."""
