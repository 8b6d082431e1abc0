"""Sending: work from the stream, handed to a channel once, with a record of every attempt."""
