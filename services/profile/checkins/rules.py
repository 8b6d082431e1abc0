"""Which day of the cycle a check-in is, and what it brings."""

from msgspec import Struct

from services.profile import days
from shared.contracts import checkins

POINTS = (100, 200, 300, 400, 500, 600, 1000)
"""Hundredths for each day of the cycle: whole points, as thinksns shows no others."""


class State(Struct, frozen=True, kw_only=True):
    """How often somebody checked in, and when last."""

    user_id: int
    total: int = 0
    streak: int = 0
    """On the day of the last check-in."""
    last_day: int = 0


def cycle_day(streak: int) -> int:
    """Give the day of the cycle, 1 to 7, that so long a streak has reached; 0 for none."""
    return (streak - 1) % checkins.CYCLE + 1 if streak else 0


def advance(state: State, today: int) -> State:
    """Check in today, or refuse to do it twice."""
    if state.last_day >= today:
        raise checkins.AlreadyCheckedIn
    streak = days.streak_on(today, state.last_day, state.streak) + 1
    return State(user_id=state.user_id, total=state.total + 1, streak=streak, last_day=today)


def cycle(state: State, today: int) -> checkins.Cycle:
    """Show the seven days that somebody is in: the one reached, or a new one if it is over."""
    done_today = state.last_day >= today
    streak = days.streak_on(today, state.last_day, state.streak)
    reached = cycle_day(streak)
    if reached == checkins.CYCLE and not done_today:
        reached = 0
    present = reached if done_today else reached + 1
    return checkins.Cycle(
        user_id=state.user_id,
        days=[
            checkins.CycleDay(day=day, points=brings, done=day <= reached, today=day == present)
            for day, brings in enumerate(POINTS, 1)
        ],
        checked_in_today=done_today,
        day=reached,
        streak=streak,
        total=state.total,
    )


def counts(state: State, today: int) -> checkins.Counts:
    """Show how often somebody checked in."""
    streak = days.streak_on(today, state.last_day, state.streak)
    return checkins.Counts(user_id=state.user_id, total=state.total, streak=streak)
