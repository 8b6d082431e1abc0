"""Counting requests, minute by minute, for dialects that tell their clients how many are left."""

import asyncio
import time
from dataclasses import dataclass
from math import ceil

from shared.errors import Unavailable
from shared.redis import Redis
from shared.telemetry import logs

WINDOW_SECONDS = 60
"""A window begins with the first request after the last one's end."""

PATIENCE_SECONDS = 0.25
"""How long a request waits to be counted; one that cannot be is let in, as it has a right to."""

PAUSE_SECONDS = 2.0
"""How long nothing is counted after Redis did not answer."""

_COUNT = """
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], left)
end
return {count, left}
"""

log = logs.logger("gateway")


@dataclass(frozen=True)
class Rate:
    """Where one client stands in its present window."""

    limit: int
    count: int
    seconds_left: int

    @property
    def remaining(self) -> int:
        """Requests that are left."""
        return max(0, self.limit - self.count)

    @property
    def exceeded(self) -> bool:
        """Whether this request is one too many."""
        return self.count > self.limit


class Rates:
    """Counts requests by whoever makes them, in one step in Redis and for all gateways alike."""

    def __init__(self, redis: Redis) -> None:
        self._count = redis.script(_COUNT)
        self._paused_until = 0.0

    async def count(self, key: str, limit: int) -> Rate | None:
        """Count one more request; nothing if Redis does not answer, as it fails open."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                count, left = await self._count([f"rate:{key}"], [WINDOW_SECONDS * 1000])
        except (Unavailable, TimeoutError):
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            log.warning("rates.not_counted")
            return None
        rate = Rate(limit, int(count), max(1, ceil(int(left) / 1000)))
        if rate.count == limit + 1:
            log.warning("excess_rate_limit_exceeded", limit=key, seconds=rate.seconds_left)
        return rate
