"""The one error that reaches a person."""


class StartError(Exception):
    """The suite cannot run; the text says in a sentence what to do about it."""
