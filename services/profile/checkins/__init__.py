"""Checking in once a day, for points that rise over a week."""
