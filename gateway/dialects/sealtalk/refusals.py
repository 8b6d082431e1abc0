"""Where the tables of this dialect give a failure another status than its kind has."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import AppError, Kind


class Forbidden(AppError):
    """This may not be done."""

    code, kind = "sealtalk.forbidden", Kind.FORBIDDEN


@contextmanager
def told_as(told: type[AppError], *failures: type[AppError]) -> Iterator[None]:
    """Raise these failures as one of another status, in the same words."""
    try:
        yield
    except failures as error:
        raise told(error.message) from None
