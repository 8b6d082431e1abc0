"""What somebody notes for themselves about people, groups and bots."""
