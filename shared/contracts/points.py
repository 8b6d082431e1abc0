"""Points: a ledger, as the profile service keeps it.

Every amount is an integer in hundredths of a point. A balance is never negative, and each of its
changes is an entry that says what it was before and after, so that it can always be recomputed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.contracts.accounts import Role
from shared.errors import AppError, Kind

HUNDREDTHS = 100
"""Of one point."""

LARGEST_CHANGE = 10**11
"""Hundredths in one entry: a thousand million points."""

LARGEST_BALANCE = 10**15
"""Hundredths: well below 2**53, up to which clients that calculate in doubles are exact."""

LONGEST_REASON, LONGEST_REMARK = 100, 200
"""Characters."""

BALANCES_AT_ONCE = 500
ENTRIES_AT_ONCE = 100
DEEPEST_SKIP = 10_000_000
"""Entries that can be skipped; they are numbered, so that this costs nothing."""

RANKED_MOST = 1000
"""Places of the income rank that are computed (thinksns reference, section 3)."""

LONGEST_WINDOW = 366
"""Days of UTC+8 that the income rank can look back, other than to the beginning."""

RANK_SECONDS = 180
"""Age at which the income rank is computed anew (thinksns reference, section 3)."""

Amount = Annotated[int, Meta(ge=1, le=LARGEST_CHANGE)]
"""Hundredths of a point, more than none."""

Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]
"""What the change was for, in words that its owner reads."""

Remark = Annotated[str, Meta(max_length=LONGEST_REMARK)]
Key = Annotated[str, Meta(pattern="^[A-Za-z0-9_.:-]{1,100}$")]
"""Names one change of one person: asked for again, it is not made again."""


class Cause(StrEnum):
    """What kind of thing changed a balance."""

    GRANT = "grant"
    """An administrator gave or took."""
    CHECKIN = "checkin"
    RAFFLE = "raffle"
    FIRST_AVATAR = "first_avatar"
    FIRST_NICKNAME = "first_nickname"
    INVITATION = "invitation"
    """Somebody came by one's invitation."""
    REWARD = "reward"
    """One person rewards another for what they published."""
    PUBLISHING = "publishing"
    PURCHASE = "purchase"
    ADVERT = "advert"
    """Watching an advertisement."""


BOOKED = (Cause.GRANT, Cause.REWARD, Cause.PUBLISHING, Cause.PURCHASE, Cause.ADVERT)
"""What is booked from outside; features of our own book the other causes, and they alone."""


class NotEnoughPoints(AppError):
    """There are fewer points than this would take."""

    code, kind = "points.not_enough", Kind.CONFLICT


class TooManyPoints(AppError):
    """Nobody can have so many points."""

    code, kind = "points.too_many", Kind.CONFLICT


class KeyUsed(AppError):
    """This key named another change before."""

    code, kind = "points.key_used", Kind.CONFLICT


class NoSuchOwner(AppError):
    """There is no such person to have points."""

    code, kind = "points.no_such_owner", Kind.NOT_FOUND


class Balance(Message):
    """How many points somebody has, and had over all their time."""

    user_id: UserId
    points: int = 0
    income: int = 0
    """Everything that came in, ever."""
    entries: int = 0
    """How many changes there were."""


class ReadBalances(Message):
    """Whose: answered in this order, each once, with zeros for those without any points."""

    user_ids: Annotated[list[UserId], Meta(max_length=BALANCES_AT_ONCE)]


class Entry(Message):
    """One change of a balance."""

    user_id: UserId
    number: int
    """Counts the changes of one person from 1, without gaps."""
    at: datetime
    cause: Cause
    before: int
    change: int
    """Less than 0 if points were taken: before + change = after."""
    after: int
    reason: str
    remark: str = ""
    actor_id: int | None = None
    """The administrator who did it; 0 at the command line, none where nobody did."""


class ListEntries(Message):
    """A page of somebody's entries, newest first: of them all, or of those in one direction.

    Either `skip` so many of the newest, or only those `before` a number, or both.
    """

    user_id: UserId
    limit: Annotated[int, Meta(ge=1, le=ENTRIES_AT_ONCE)] = 20
    skip: Annotated[int, Meta(ge=0, le=DEEPEST_SKIP)] = 0
    before: Annotated[int, Meta(ge=1)] | None = None
    income: bool | None = None
    """True: what came in; false: what was taken; none: everything."""


class EntryPage(Message):
    """A page, and how many entries there are in that direction in all."""

    entries: list[Entry]
    total: int


class Change(Message):
    """Give points to somebody, or take them, as an administrator or a program with their role.

    Such a program may be a shop next door: `cause` says what it was for, one of `BOOKED`.
    """

    user_id: UserId
    points: Amount
    reason: Reason
    key: Key
    """Of this cause: the same key for another cause is another change."""
    remark: Remark = ""
    cause: Cause = Cause.GRANT


class OwnerOf(Message):
    """Whose ledger."""

    user_id: UserId


class Audit(Message):
    """What a ledger says when it is added up anew, beside what is kept."""

    user_id: UserId
    points: int
    """The balance that is kept."""
    recomputed: int
    """The sum of all entries."""
    entries: int
    broken_at: int | None = None
    """The first entry that does not follow from the one before it, or does not add up."""

    @property
    def sound(self) -> bool:
        """Whether the balance is what its entries say."""
        return self.broken_at is None and self.points == self.recomputed


class RankIncome(Message):
    """Who got the most points in so many days, or ever; of one city, or of all.

    Days are of UTC+8, today included. The answer is up to three minutes old. With a `viewer_id`,
    their own row comes with it, unless they are of another city. Who is locked out is left out.
    """

    days: Annotated[int, Meta(ge=1, le=LONGEST_WINDOW)] | None = None
    city: Annotated[str, Meta(max_length=64)] = ""
    """As people give it, such as 成都 or 成都市; empty for all."""
    limit: Annotated[int, Meta(ge=1, le=RANKED_MOST)] = 100
    viewer_id: UserId | None = None


class RankRow(Message):
    """One place of the rank."""

    user_id: UserId
    amount: int
    """Hundredths that came in."""
    place: int | None
    """From 1, each once; none beyond the places that are computed, or without any income."""


class IncomeRank(Message):
    """The rank as it was computed last."""

    rows: list[RankRow]
    computed_at: datetime
    mine: RankRow | None = None


class PointsChanged(Event):
    """Somebody has more points, or fewer."""

    fact: ClassVar[str] = "profile.points_changed"
    number: int
    cause: Cause
    change: int
    after: int


read_balances = Call("profile.points.balances", ReadBalances, list[Balance], read_only=True)
list_entries = Call(
    "profile.points.entries", ListEntries, EntryPage, acts_for="user_id", read_only=True
)
inspect_entries = Call(
    "profile.points.inspect", ListEntries, EntryPage, least_role=int(Role.AUDITOR), read_only=True
)
"""As `list_entries`, of anybody, for administrators."""
grant = Call(
    "profile.points.grant",
    Change,
    Entry,
    (NoSuchOwner, TooManyPoints, KeyUsed),
    least_role=int(Role.ADMIN),
)
take = Call(
    "profile.points.take",
    Change,
    Entry,
    (NoSuchOwner, NotEnoughPoints, KeyUsed),
    least_role=int(Role.ADMIN),
)
"""Both answer a key that was used for the same change before with the entry of then."""
check = Call("profile.points.check", OwnerOf, Audit, least_role=int(Role.AUDITOR), read_only=True)
rank_income = Call("profile.points.rank", RankIncome, IncomeRank, read_only=True)
