"""Windows of the clock, by which some things are counted: hours, and days of UTC or UTC+8."""

import asyncio
import time

HOUR, DAY = 3600, 86_400
UTC_8 = 8 * HOUR

CALM = 60
"""Seconds within which a test is done."""


async def in_one(window: int, ahead: int = 0) -> None:
    """Wait until the next window begins, where this one would end in the middle of a test.

    Windows of so many seconds, on a clock that is so much ahead of UTC.
    """
    left = window - (time.time() + ahead) % window
    if left < CALM:
        await asyncio.sleep(left + 0.1)
