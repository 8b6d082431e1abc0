"""Days as the clients' country counts them: of UTC+8, as numbers."""

from datetime import UTC, datetime, timedelta, timezone

from shared.clock import now

ZONE = timezone(timedelta(hours=8))
_FIRST = datetime(1970, 1, 1, tzinfo=ZONE)


def day_of(time: datetime) -> int:
    """Number a moment's day of UTC+8, counted from 1970-01-01."""
    return (time - _FIRST).days


def today() -> int:
    """Number the present day."""
    return day_of(now())


def start_of(day: int) -> datetime:
    """Give the first moment of a day."""
    return (_FIRST + timedelta(days=day)).astimezone(UTC)


def streak_on(today: int, last_day: int, streak: int) -> int:
    """Give a streak as it counts today: it ends once a whole day has been missed."""
    return streak if last_day >= today - 1 else 0
