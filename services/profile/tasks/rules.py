"""How often one may draw, what can be won, and which change of a profile pays."""

import random
import secrets

from msgspec import Struct
from msgspec.structs import replace

from services.profile import days
from shared.clock import now
from shared.contracts import profile, tasks
from shared.contracts.points import Cause

PRIZES = {20: 40, 50: 30, 100: 20, 500: 9, 2000: 1}
"""What a draw can bring, in hundredths, and how often in a hundred draws."""

FIRST_EDIT = 500
"""Hundredths for the first nickname and the first avatar of one's own, each."""


class State(Struct, frozen=True, kw_only=True):
    """What somebody has done; the draws are those of `day`."""

    user_id: int
    day: int = 0
    raffles: int = 0
    nickname_edits: int = 0
    avatar_edits: int = 0


def drawn_on(state: State, today: int) -> int:
    """Count the draws of today."""
    return state.raffles if state.day == today else 0


def draw(state: State, today: int) -> State:
    """Use one draw of today, or refuse if there is none left, with the seconds until midnight."""
    used = drawn_on(state, today)
    if used >= tasks.RAFFLES_A_DAY:
        left = (days.start_of(today + 1) - now()).total_seconds()
        raise tasks.NoDrawLeft(retry_after=max(1, int(left) + 1))
    return replace(state, day=today, raffles=used + 1)


def prize(chance: random.Random | None = None) -> int:
    """Draw a prize."""
    chosen: int = (chance or secrets.SystemRandom()).choices(
        list(PRIZES), weights=list(PRIZES.values())
    )[0]
    return chosen


def first_edits(state: State, event: profile.ProfileChanged) -> list[tuple[str, Cause]]:
    """Give what was changed for the first time: the field that counts it, and the cause to pay."""
    edits = []
    if "nickname" in event.changed and not state.nickname_edits:
        edits.append(("nickname_edits", Cause.FIRST_NICKNAME))
    if "avatar" in event.changed and event.avatar and not state.avatar_edits:
        edits.append(("avatar_edits", Cause.FIRST_AVATAR))
    return edits


def shown(state: State, today: int, adverts_watched: int) -> tasks.Tasks:
    """Show what somebody has done."""
    used = drawn_on(state, today)
    return tasks.Tasks(
        user_id=state.user_id,
        raffles=used,
        raffles_left=max(0, tasks.RAFFLES_A_DAY - used),
        nickname_edits=state.nickname_edits,
        avatar_edits=state.avatar_edits,
        adverts_watched=adverts_watched,
    )
