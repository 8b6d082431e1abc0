"""The development inbox: every channel in one, to be read instead of a phone or a mailbox."""
