"""The notify service: messages to people, and their way into instant messaging."""
