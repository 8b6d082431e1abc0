"""Recommended people: picked by administrators. Answered by the profile service."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, UserId
from shared.contracts.accounts import Role
from shared.contracts.profile import NoSuchProfile
from shared.errors import AppError, Kind

MOST_RECOMMENDED = 1000
"""People who are recommended at a time."""

LONGEST_PAGE = 200
"""People in one answer."""


class TooManyRecommended(AppError):
    """As many people are recommended as can be; take one off the list first."""

    code, kind = "profile.too_many_recommended", Kind.CONFLICT


class Recommend(Message):
    """Recommend a person, or no more; doing it again changes nothing. For administrators."""

    user_id: UserId


class ListRecommended(Message):
    """A page of the recommended people, the newest recommendation first.

    People who are locked out are left out.
    """

    offset: Annotated[int, Meta(ge=0, le=MOST_RECOMMENDED)] = 0
    limit: Annotated[int, Meta(ge=1, le=LONGEST_PAGE)] = 20


class Recommended(Message):
    """A recommended person, and since when."""

    user_id: UserId
    since: datetime


recommend = Call(
    "profile.recommendations.add",
    Recommend,
    type(None),
    (NoSuchProfile, TooManyRecommended),
    least_role=Role.ADMIN,
)
unrecommend = Call(
    "profile.recommendations.remove", Recommend, type(None), (), least_role=Role.ADMIN
)
list_recommended = Call(
    "profile.recommendations.list", ListRecommended, list[Recommended], read_only=True
)
