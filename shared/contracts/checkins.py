"""Checking in once a day for points that rise over seven days; the profile service answers.

A day is one of UTC+8. Who misses a day begins at the first day of the cycle again, and so does who
has been through all seven.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.contracts.points import NoSuchOwner
from shared.errors import AppError, Kind

CYCLE = 7
"""Days (thinksns reference, section 4)."""

COUNTS_AT_ONCE = 500


class AlreadyCheckedIn(AppError):
    """Once a day is enough."""

    code, kind = "checkins.already", Kind.CONFLICT


class Checkin(Message):
    """Who checks in, or looks at their cycle."""

    user_id: UserId


class CheckedIn(Message):
    """What a check-in brought."""

    day: int
    """Of the cycle: 1 to 7."""
    points: int
    """Hundredths."""
    streak: int
    """Days without a gap, this one included."""
    total: int


class CycleDay(Message):
    """One day of the cycle that somebody is in."""

    day: int
    points: int
    """Hundredths that it brings, or brought."""
    done: bool
    today: bool
    """The day that a check-in now is, or that today's was."""


class Cycle(Message):
    """The seven days that somebody is in."""

    user_id: UserId
    days: list[CycleDay]
    checked_in_today: bool
    day: int
    """The day of the cycle reached: 0 before the first check-in of it."""
    streak: int
    total: int


class ReadCounts(Message):
    """Whose: answered in this order, each once, with zeros for who never checked in."""

    user_ids: Annotated[list[UserId], Meta(max_length=COUNTS_AT_ONCE)]


class Counts(Message):
    """How often somebody checked in."""

    user_id: UserId
    total: int = 0
    streak: int = 0
    """Days without a gap until today or yesterday; 0 once a day was missed."""


class PersonCheckedIn(Event):
    """Somebody checked in."""

    fact: ClassVar[str] = "profile.person_checked_in"
    day: int
    streak: int


check_in = Call(
    "profile.checkins.check_in",
    Checkin,
    CheckedIn,
    (AlreadyCheckedIn, NoSuchOwner),
    acts_for="user_id",
)
read_cycle = Call("profile.checkins.cycle", Checkin, Cycle, acts_for="user_id", read_only=True)
read_counts = Call("profile.checkins.counts", ReadCounts, list[Counts], read_only=True)
