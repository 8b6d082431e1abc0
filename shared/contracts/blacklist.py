"""Whom somebody does not want to hear from. Social answers."""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.contracts.relations import ListOfOwner, NoSuchPerson, Oneself, TooMany

BLACKLIST_MOST = 10_000
"""People on one blacklist."""

LATEST_MOST = 100
"""Rows in one answer that begins with the latest."""

BLOCKED_AT_ONCE = 500
"""People in one question for who of them is blocked."""


class BlacklistEntry(Message):
    """Somebody that the owner does not want to hear from."""

    owner_id: UserId
    target_id: UserId
    updated_at: datetime


class Blacklisting(Message):
    """Put somebody on one's blacklist, or take them off; asking again changes nothing."""

    owner_id: UserId
    target_id: UserId


class LatestBlocked(Message):
    """A page of a blacklist, the latest first; `offset` is how many are passed over."""

    owner_id: UserId
    limit: Annotated[int, Meta(ge=1, le=LATEST_MOST)]
    offset: Annotated[int, Meta(ge=0)] = 0


class AmongBlacklist(Message):
    """Which of these people are on the owner's blacklist."""

    owner_id: UserId
    target_ids: Annotated[list[UserId], Meta(max_length=BLOCKED_AT_ONCE)]


class PersonBlocked(Event):
    """`user_id` no longer wants to hear from `target_id`."""

    fact: ClassVar[str] = "social.person_blocked"
    target_id: UserId


class PersonUnblocked(Event):
    """`user_id` may hear from `target_id` again."""

    fact: ClassVar[str] = "social.person_unblocked"
    target_id: UserId


add_to_blacklist = Call(
    "social.blacklist.add",
    Blacklisting,
    type(None),
    (NoSuchPerson, Oneself, TooMany),
    acts_for="owner_id",
)
remove_from_blacklist = Call(
    "social.blacklist.remove", Blacklisting, type(None), (), acts_for="owner_id"
)
list_blacklist = Call(
    "social.blacklist.list",
    ListOfOwner,
    list[BlacklistEntry],
    (),
    acts_for="owner_id",
    read_only=True,
)
"""By `target_id`, `relations.PAGE_MOST` rows at the most."""
latest_blocked = Call(
    "social.blacklist.latest",
    LatestBlocked,
    list[BlacklistEntry],
    (),
    acts_for="owner_id",
    read_only=True,
)
"""By `updated_at`, then by greater `target_id`; past the end it is empty."""
blocked_among = Call(
    "social.blacklist.among", AmongBlacklist, list[UserId], (), acts_for="owner_id", read_only=True
)
"""For a whole page of people in one question."""
