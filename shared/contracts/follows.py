"""Follows, which the social service answers: who wants to see what whom does, without asking them.

Who follows whom, and how many do, is for everybody to see, as in the products that know follows.
Nothing here tells names or pictures: those are the profile service's.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.contracts.relations import NoSuchPerson, Oneself, TooMany
from shared.errors import AppError, Kind

FOLLOWINGS_MOST = 10_000
"""People whom one person follows. There is no limit to how many follow one."""

PAGE_MOST = 100
"""Rows in one answer to a question that pages: more than any dialect shows at once."""

DEEPEST = 10_000
"""Rows that an `offset` can pass over; `before` goes on from there, however far."""

PEOPLE_AT_ONCE = 500
"""People in one question about how somebody stands to them, or how many follow them."""


class NotWelcome(AppError):
    """This person does not want to be followed by the one who asks."""

    code, kind = "social.not_welcome", Kind.FORBIDDEN


class Following(Message):
    """Follow somebody, or do so no longer; asking again changes nothing."""

    user_id: UserId
    target_id: UserId


class FollowMark(Message):
    """Where a page of follows ended: the last row's `since` and `user_id`."""

    since: datetime
    user_id: UserId


class ListFollows(Message):
    """Whose list, and which part of it: after so many rows, or after the row of a mark.

    With `before` the `offset` is counted from that row. `offset` beyond `DEEPEST` finds nothing.
    """

    user_id: UserId
    limit: Annotated[int, Meta(ge=1, le=PAGE_MOST)]
    offset: Annotated[int, Meta(ge=0)] = 0
    before: FollowMark | None = None


class Follow(Message):
    """Somebody in a list, and since when they follow or are followed."""

    user_id: UserId
    since: datetime


class CountFollows(Message):
    """Of whom to tell how many follow them, and whom they follow."""

    user_ids: Annotated[list[UserId], Meta(max_length=PEOPLE_AT_ONCE)]


class FollowCounts(Message):
    """How many; zeros for whoever has none, does not exist or has left."""

    user_id: UserId
    followings: int = 0
    """People whom they follow."""
    followers: int = 0
    """People who follow them."""
    mutual: int = 0
    """People of whom both is true: thinksns' friends."""


class Relate(Message):
    """Between whom: one person, who may be anybody, and the people of a page."""

    viewer_id: UserId
    user_ids: Annotated[list[UserId], Meta(max_length=PEOPLE_AT_ONCE)]


class Relation(Message):
    """How the viewer and somebody stand to each other."""

    user_id: UserId
    followed: bool = False
    """The viewer follows this person (thinksns: `has_follower`)."""
    follows: bool = False
    """This person follows the viewer (thinksns: `has_following`)."""


class Followed(Event):
    """`user_id` follows `target_id` now."""

    fact: ClassVar[str] = "social.followed"
    target_id: UserId


class Unfollowed(Event):
    """`user_id` no longer follows `target_id`: they chose to, or `target_id` has blocked them."""

    fact: ClassVar[str] = "social.unfollowed"
    target_id: UserId


follow = Call(
    "social.follows.add",
    Following,
    type(None),
    (NoSuchPerson, Oneself, NotWelcome, TooMany),
    acts_for="user_id",
)
unfollow = Call("social.follows.remove", Following, type(None), (), acts_for="user_id")
list_followings = Call("social.follows.followings", ListFollows, list[Follow], read_only=True)
"""Whom somebody follows, newest first, then by greater id."""
list_followers = Call("social.follows.followers", ListFollows, list[Follow], read_only=True)
"""Who follows somebody, in the same order."""
list_mutual = Call("social.follows.mutual", ListFollows, list[Follow], read_only=True)
"""Whom somebody follows who follows them too, by when they began to follow them, newest first."""
count_follows = Call("social.follows.count", CountFollows, list[FollowCounts], read_only=True)
"""In the order asked for, one for each id given."""
relate = Call("social.follows.relate", Relate, list[Relation], read_only=True)
"""In the order asked for, one for each id given; a person stands in no relation to themselves."""
