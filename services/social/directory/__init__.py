"""Where people find groups: categories, search, picks; and bans of groups."""
