"""The time, as the database keeps it."""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the present time in milliseconds, so that what is read again is what was kept."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
