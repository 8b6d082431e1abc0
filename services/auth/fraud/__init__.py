"""Whether a code may be sent, before it costs anything, and the record of each decision."""
