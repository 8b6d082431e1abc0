"""Memberships: who is VIP, of which level, until when; the profile service answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.contracts.accounts import Role
from shared.errors import AppError, Kind

VIPS_AT_ONCE = 500
LONGEST_NAME = 32
"""Characters."""

DAYS_MOST = 36_500
"""A hundred years, for what is meant to last."""


class Level(StrEnum):
    """How high a membership is; a higher one includes what the lower ones give."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


DEFAULT_NAMES = {Level.LOW: "白金会员", Level.MIDDLE: "钻石会员", Level.HIGH: "黑钻会员"}
"""What a membership is called if nobody said otherwise (thinksns reference, section 2)."""


class NoSuchMember(AppError):
    """There is no such person to be a member."""

    code, kind = "vip.no_such_member", Kind.NOT_FOUND


class Vip(Message):
    """A membership, over or not."""

    user_id: UserId
    level: Level
    name: str
    until: datetime
    """Its end; at that moment it is over."""
    active: bool
    """Whether it goes on as this is read."""


class ReadVips(Message):
    """Whose: those who are or were members, in this order, each once."""

    user_ids: Annotated[list[UserId], Meta(max_length=VIPS_AT_ONCE)]


class GrantVip(Message):
    """Make somebody a member for so many days more: from now, or from the end they have.

    Another level or name than before holds from now on for the whole time.
    """

    user_id: UserId
    days: Annotated[int, Meta(ge=1, le=DAYS_MOST)]
    level: Level = Level.LOW
    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""
    """Empty for the level's own."""


class EndVip(Message):
    """End a membership now; where there is none nothing changes."""

    user_id: UserId


class VipChanged(Event):
    """Somebody is a member until another time, or of another level; nothing tells when it ends."""

    fact: ClassVar[str] = "profile.vip_changed"
    level: Level
    until: Annotated[datetime, Meta(tz=True)]


read_vips = Call("profile.vip.read", ReadVips, list[Vip], read_only=True)
grant_vip = Call("profile.vip.grant", GrantVip, Vip, (NoSuchMember,), least_role=int(Role.ADMIN))
end_vip = Call("profile.vip.end", EndVip, type(None), least_role=int(Role.ADMIN))
