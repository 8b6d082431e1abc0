"""Memberships: of which level, until when."""
