"""SMS pumping: what is refused before it costs anything, and the record of that."""
