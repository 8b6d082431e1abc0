"""What the relations of people to each other have in common. Social answers.

People are ids here: their names and pictures are profile's.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Event, Message, UserId
from shared.errors import AppError, Kind

PAGE_MOST = 1000
"""Rows in one answer to a question that pages."""

LONGEST_DISPLAY_NAME = 32
DisplayName = Annotated[str, Meta(max_length=LONGEST_DISPLAY_NAME)]


class NoSuchPerson(AppError):
    """There is no such person."""

    code, kind = "social.no_such_person", Kind.NOT_FOUND


class Oneself(AppError):
    """This cannot be done to oneself."""

    code, kind = "social.oneself", Kind.INVALID


class TooMany(AppError):
    """There is no room for one more."""

    code, kind = "social.too_many", Kind.CONFLICT


class ListOfOwner(Message):
    """Whose list, and where the last page ended (the greatest id seen)."""

    owner_id: UserId
    after: int = 0


class UserErased(Event):
    """The social service has nothing left of this person."""

    fact: ClassVar[str] = "social.user_erased"
