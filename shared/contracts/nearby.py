"""People nearby: those of one's own city. Answered by the profile service.

The city is the one in `Profile.region`, compared by `shared.places.city_key`.
"""

from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, UserId

DEEPEST = 10_000
"""People nearby that can be paged through."""

LONGEST_PAGE = 100
"""People in one answer."""


class ListNearby(Message):
    """A page of the people in the caller's city, the newest accounts first.

    Nobody for a caller without a city. Neither the caller nor people who are locked out are
    among them.
    """

    user_id: UserId
    offset: Annotated[int, Meta(ge=0, le=DEEPEST)] = 0
    limit: Annotated[int, Meta(ge=1, le=LONGEST_PAGE)] = 20


class Nearby(Message):
    """Who is nearby."""

    user_ids: list[UserId]


list_nearby = Call(
    "profile.nearby.list", ListNearby, Nearby, (), acts_for="user_id", read_only=True
)
