"""Times as this dialect writes them: seconds since 1970, or text of the clock in China."""

from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
"""The time zone of every text and every day in this API (reference 0.6)."""

EARLIEST = datetime(1900, 1, 1, tzinfo=CHINA)
"""Births before this are a mistake."""


def seconds(at: datetime | None) -> int:
    """Give a moment in whole seconds; 0 for none.

    >>> seconds(datetime(2021, 12, 16, 12, 0, 26, tzinfo=CHINA)), seconds(None)
    (1639627226, 0)
    """
    return int(at.timestamp()) if at else 0


def text(at: datetime | None) -> str:
    """Write a moment out; empty for none.

    >>> text(datetime.fromtimestamp(1639627226, timezone.utc))
    '2021-12-16 12:00:26'
    """
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if at else ""
