"""Profiles: opened with the account, read by everyone, changed by their owner."""
