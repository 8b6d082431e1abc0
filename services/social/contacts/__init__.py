"""Contacts: one way to people, groups and bots, and applications to groups that wait."""
