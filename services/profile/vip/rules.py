"""How long a membership lasts and what it is called."""

from datetime import datetime, timedelta

from msgspec import Struct

from shared.contracts import vip
from shared.errors import UnusableText
from shared.texts import NOT_IN_LINE


class Kept(Struct, frozen=True, kw_only=True):
    """A membership as it is kept."""

    user_id: int
    level: vip.Level
    name: str
    """Empty for the level's own."""
    until: datetime


def check_name(name: str) -> None:
    """Refuse a name that cannot be shown."""
    if NOT_IN_LINE.search(name):
        raise UnusableText(field="name")


def granted(present: Kept | None, ask: vip.GrantVip, now: datetime) -> Kept:
    """Give the membership with so many days more: from its end, or from now if that is past."""
    begin = max(now, present.until) if present else now
    latest = now + timedelta(days=vip.DAYS_MOST)
    until = min(begin + timedelta(days=ask.days), latest)
    return Kept(user_id=ask.user_id, level=ask.level, name=ask.name, until=until)


def shown(kept: Kept, now: datetime) -> vip.Vip:
    """Give the membership as it is at a moment."""
    return vip.Vip(
        user_id=kept.user_id,
        level=kept.level,
        name=kept.name or vip.DEFAULT_NAMES[kept.level],
        until=kept.until,
        active=kept.until > now,
    )
