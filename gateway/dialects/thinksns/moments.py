"""Moments as clients read them: one form everywhere, and another for addresses alone."""

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """Write a moment as ISO-8601 in UTC, without fractions: `2021-01-05T06:20:50Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def address_moment(at: datetime) -> str:
    """Write a moment as only addresses have it, in UTC: `2021-01-05 06:20:50`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
