"""What a change of a balance is, when it is one again, and whether a ledger adds up."""

from collections.abc import Iterable

from msgspec import Struct

from shared import places
from shared.contracts import points, profile
from shared.errors import Malformed, UnusableText
from shared.texts import NOT_IN_LINE

REASONS = {
    points.Cause.CHECKIN: "签到奖励",
    points.Cause.RAFFLE: "抽奖金币",
    points.Cause.FIRST_AVATAR: "首次修改头像",
    points.Cause.FIRST_NICKNAME: "首次修改昵称",
    points.Cause.INVITATION: "邀请用户",
}
"""What people read of changes that features make."""


class Want(Struct, frozen=True, kw_only=True):
    """A change that is to be made: `change` is below 0 to take points."""

    user_id: int
    change: int
    cause: points.Cause
    reason: str
    key: str
    remark: str = ""
    actor_id: int | None = None
    """The administrator who does it."""


def check(ask: points.Change) -> None:
    """Refuse a cause that is a feature's own, and words that cannot be shown in a line."""
    if ask.cause not in points.BOOKED:
        raise Malformed
    for name, text in (("reason", ask.reason), ("remark", ask.remark)):
        if NOT_IN_LINE.search(text):
            raise UnusableText(field=name)


def is_again(entry: points.Entry, want: Want) -> bool:
    """Whether an entry is what is wanted now: the same amount for the same cause."""
    return (entry.change, entry.cause) == (want.change, want.cause)


def city(text: str) -> str:
    """Give what a city is compared by, from what somebody calls it."""
    return places.city_key(places.parse(text).city or text)


def city_of(person: profile.Profile) -> str:
    """Give what the city of a person is compared by; empty if none is known."""
    return places.city_key(person.region.city)


def refusal(want: Want) -> points.NotEnoughPoints | points.TooManyPoints:
    """Say why a balance cannot be changed so."""
    return points.NotEnoughPoints() if want.change < 0 else points.TooManyPoints()


def bounds(change: int) -> tuple[int, int]:
    """Give the balances, from and to, that can be changed by this much."""
    return max(0, -change), points.LARGEST_BALANCE - max(0, change)


def newest_shown(total: int, skip: int) -> int:
    """Give the number of the newest entry of a page that skips so many of `total`."""
    return max(0, total - skip)


class Adding:
    """Adds a ledger up, entry by entry, and remembers where it breaks."""

    def __init__(self) -> None:
        self.points = self.entries = self.income = 0
        self.broken_at: int | None = None

    def take(self, entries: Iterable[points.Entry]) -> None:
        """Add the next entries, oldest first."""
        for entry in entries:
            self.entries += 1
            follows = entry.number == self.entries and entry.before == self.points
            self.points += entry.change
            self.income += max(0, entry.change)
            whole = follows and entry.change != 0 and entry.after == self.points >= 0
            if not whole and self.broken_at is None:
                self.broken_at = entry.number

    def audit(self, balance: points.Balance) -> points.Audit:
        """Compare with the balance that is kept."""
        if self.broken_at is None and (self.entries, self.income) != (
            balance.entries,
            balance.income,
        ):
            self.broken_at = self.entries + 1
        return points.Audit(
            user_id=balance.user_id,
            points=balance.points,
            recomputed=self.points,
            entries=self.entries,
            broken_at=self.broken_at,
        )
