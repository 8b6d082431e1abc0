"""When people were here: days, streaks, the last time and the country; the profile service answers.

Gateways tell of requests that came with a good session. A day is one of UTC+8. Addresses of clients
are not kept, only the country that they belong to.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, UserId

USES_AT_ONCE = 1000
READ_AT_ONCE = 500
LISTED_AT_ONCE = 100
DEEPEST_SKIP = 10_000


class Use(Message):
    """A person's last request of late, and where it came from."""

    user_id: UserId
    at: datetime
    ip: Annotated[str, Meta(max_length=45)] = ""


class RecordActivity(Message):
    """What a gateway saw since it told last. An earlier time than is known changes nothing."""

    uses: Annotated[list[Use], Meta(max_length=USES_AT_ONCE)]


class ReadActivity(Message):
    """Whose: answered in this order, each once, with zeros for who was never here."""

    user_ids: Annotated[list[UserId], Meta(max_length=READ_AT_ONCE)]


class Activity(Message):
    """When somebody was here."""

    user_id: UserId
    online_days: int = 0
    """Days with at least one request."""
    streak: int = 0
    """Days without a gap until today or yesterday; 0 once a day was missed."""
    last_active_at: datetime | None = None
    """To about half a minute."""
    country: str = ""
    """Of the last address that belongs to one: ISO 3166-1 alpha-2, or empty."""


class ListActive(Message):
    """A page of the people who were here last, latest first; who is locked out is left out."""

    skip: Annotated[int, Meta(ge=0, le=DEEPEST_SKIP)] = 0
    limit: Annotated[int, Meta(ge=1, le=LISTED_AT_ONCE)] = 20


record_activity = Call("profile.activity.record", RecordActivity, type(None))
read_activity = Call("profile.activity.read", ReadActivity, list[Activity], read_only=True)
list_active = Call("profile.activity.list", ListActive, list[UserId], read_only=True)
