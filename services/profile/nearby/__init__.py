"""People of the same city."""
