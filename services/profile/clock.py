"""The time, as everything of this service keeps it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present time as the database keeps it: in milliseconds."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
