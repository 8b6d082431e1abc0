"""Failures as the whole system knows them: a code, a kind, and details.

A failure is raised where its rule is, crosses the bus as data and is raised again, as the same
class, where the question was asked. What a client sees of it is up to its dialect.
"""

from enum import StrEnum
from typing import ClassVar

Detail = str | int | float | bool | None


class Kind(StrEnum):
    """What a failure means to the one who asked; every dialect has a reply for each kind."""

    INVALID = "invalid"
    """The request itself is wrong; asking again changes nothing."""
    UNAUTHENTICATED = "unauthenticated"
    """Who is asking is not known, or no longer."""
    FORBIDDEN = "forbidden"
    """Who is asking may not do this."""
    NOT_FOUND = "not_found"
    """What was asked about does not exist, or not for the one who asked."""
    CONFLICT = "conflict"
    """The present state forbids it: taken, already done, changed meanwhile."""
    EXHAUSTED = "exhausted"
    """A limit is reached; `retry_after` among the details says for how many seconds."""
    UNAVAILABLE = "unavailable"
    """It cannot be answered now; asking again later may help."""
    INTERNAL = "internal"
    """A fault of ours: the log has it in full, the client nothing of it."""


class AppError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "internal"
    kind: ClassVar[Kind] = Kind.INTERNAL

    def __init__(self, message: str | None = None, **details: Detail) -> None:
        """Say what happened (the first line of the class docstring by default)."""
        self.message = message or (self.__doc__ or "").strip().splitlines()[0]
        self.details = details
        super().__init__(self.message)

    @property
    def retry_after(self) -> int | None:
        """Whole seconds after which asking again can succeed, where that is known."""
        value = self.details.get("retry_after")
        return int(value) if isinstance(value, int | float) else None


class Malformed(AppError):
    """The message does not have the shape that the contract asks for."""

    code, kind = "malformed", Kind.INVALID


class InvalidAddress(AppError):
    """This is not a phone number or e-mail address that can be used."""

    code, kind = "invalid_address", Kind.INVALID


class UnusableText(AppError):
    """The text holds characters that cannot be shown, or nothing that can be seen."""

    code, kind = "unusable_text", Kind.INVALID


class NotTheCaller(AppError):
    """This may only be asked by the person it is about."""

    code, kind = "not_the_caller", Kind.FORBIDDEN


class NotAllowed(AppError):
    """Only people with a higher role may do this."""

    code, kind = "not_allowed", Kind.FORBIDDEN


class Busy(AppError):
    """More requests are under way than can be served; try again in a moment."""

    code, kind = "busy", Kind.UNAVAILABLE


class Unavailable(AppError):
    """A part that is needed for this cannot be reached now."""

    code, kind = "unavailable", Kind.UNAVAILABLE


class DeadlinePassed(AppError):
    """The answer did not come in time."""

    code, kind = "deadline_passed", Kind.UNAVAILABLE


class Internal(AppError):
    """Something went wrong on our side."""

    code, kind = "internal", Kind.INTERNAL


class LimitReached(AppError):
    """Too many requests of this kind; wait before the next."""

    code, kind = "limit_reached", Kind.EXHAUSTED


COMMON: tuple[type[AppError], ...] = (
    Malformed,
    InvalidAddress,
    UnusableText,
    NotTheCaller,
    NotAllowed,
    Busy,
    Unavailable,
    DeadlinePassed,
    Internal,
    LimitReached,
)
"""What any call may answer beside the refusals it declares itself."""
