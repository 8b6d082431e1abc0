"""The HTTP gateway: one front door, several dialects."""
