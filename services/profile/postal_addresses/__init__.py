"""Where people have things sent."""
