"""Invitations: everyone's code, and who brought whom."""
