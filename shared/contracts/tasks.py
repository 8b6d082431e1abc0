"""Small tasks that bring points: a raffle, and the first avatar and nickname of one's own.

The profile service answers. The first change of nickname and avatar pays by itself, once each.
"""

from shared.contract import Call, Message, UserId
from shared.contracts.points import NoSuchOwner
from shared.errors import AppError, Kind

RAFFLES_A_DAY = 3
"""Draws of one person in a day of UTC+8."""


class NoDrawLeft(AppError):
    """Every draw of today is used; there are new ones after midnight (UTC+8)."""

    code, kind = "tasks.no_draw_left", Kind.EXHAUSTED


class Doer(Message):
    """Whose tasks."""

    user_id: UserId


class Tasks(Message):
    """What somebody has done: the raffle and adverts count today, the edits once and for good."""

    user_id: UserId
    raffles: int = 0
    raffles_left: int = RAFFLES_A_DAY
    nickname_edits: int = 0
    """1 once the nickname was changed for the first time, and paid."""
    avatar_edits: int = 0
    adverts_watched: int = 0
    """Those that were paid today: booked as `points.Cause.ADVERT`."""


class Prize(Message):
    """What a draw brought; it is in the balance already."""

    points: int
    """Hundredths."""
    raffles: int
    raffles_left: int


read_tasks = Call("profile.tasks.read", Doer, Tasks, acts_for="user_id", read_only=True)
draw = Call("profile.tasks.draw", Doer, Prize, (NoDrawLeft, NoSuchOwner), acts_for="user_id")
