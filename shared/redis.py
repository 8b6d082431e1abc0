"""Redis: what is forgotten within minutes or days, changed by atomic scripts.

When Redis cannot be reached every check fails closed, as `Unavailable`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import redis.asyncio as driver
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from shared import errors
from shared.telemetry import logs

log = logs.logger("redis")

_SLIDING_WINDOWS = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = 0
for i, key in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  if redis.call('ZCARD', key) >= limit then
    local first = redis.call('ZRANGE', key, -limit, -limit, 'WITHSCORES')
    local free = window
    if first[2] then free = tonumber(first[2]) + window - now end
    if free > wait then wait = free end
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[1])
  redis.call('PEXPIRE', key, tonumber(ARGV[2 * i + 1]))
end
return 0
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` of something within any `seconds`; `key` says of what."""

    key: str
    most: int
    seconds: float


class Redis:
    """A connection pool and the scripts that run on it."""

    def __init__(self, url: str) -> None:
        # The plain pool refuses at once when all connections are busy; this one waits for one.
        pool: Any = driver.BlockingConnectionPool.from_url(
            url,
            timeout=2,
            socket_timeout=2,
            socket_connect_timeout=2,
            health_check_interval=15,
            # A connection that a restart of the server broke is made anew, and the command sent
            # again; a script that had run by then is at worst stricter the second time.
            retry=Retry(
                ExponentialWithJitterBackoff(base=0.02, cap=0.3), 3, (RedisConnectionError,)
            ),
            max_connections=64,
            decode_responses=False,
        )
        self.client: Any = driver.Redis.from_pool(pool)
        self._take = self.script(_SLIDING_WINDOWS)

    def script(self, text: str) -> "Script":
        """Prepare a Lua script."""
        return Script(self.client.register_script(text))

    async def take(self, limits: Sequence[Limit], unique: str) -> None:
        """Count one against every limit, or against none and raise `LimitReached`.

        `unique` names this one, so that it can be given back.
        """
        if not limits:
            return
        arguments: list[object] = [unique]
        for limit in limits:
            arguments += [limit.most, int(limit.seconds * 1000)]
        wait = await self._take([f"limit:{limit.key}" for limit in limits], arguments)
        if wait:
            raise errors.LimitReached(retry_after=ceil(int(wait) / 1000))

    async def count(self, *limits: Limit) -> None:
        """Count one for good, or raise `LimitReached`."""
        await self.take(limits, uuid.uuid4().hex)

    async def give_back(self, limits: Sequence[Limit], unique: str) -> None:
        """Uncount what was taken but not used after all."""
        async with _Reachable(), self.client.pipeline(transaction=False) as pipe:
            for limit in limits:
                pipe.zrem(f"limit:{limit.key}", unique)
            await pipe.execute()

    async def get(self, key: str) -> bytes | None:
        """Read a value."""
        async with _Reachable():
            value: bytes | None = await self.client.get(key)
            return value

    async def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so long."""
        async with _Reachable():
            await self.client.set(key, value, ex=seconds)

    async def drop(self, key: str) -> None:
        """Forget a value."""
        async with _Reachable():
            await self.client.delete(key)

    async def ping(self) -> None:
        """Raise unless Redis answers."""
        async with _Reachable():
            await self.client.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()


class Script:
    """An atomic piece of work inside Redis."""

    def __init__(self, script: Any) -> None:
        self._script = script

    async def __call__(self, keys: Sequence[str], arguments: Sequence[object]) -> Any:
        """Run it; raises `Unavailable` when Redis cannot answer."""
        async with _Reachable():
            return await self._script(keys=list(keys), args=list(arguments))


class _Reachable:
    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, kind: Any, error: BaseException | None, _: Any) -> None:
        if isinstance(error, RedisError | OSError):
            log.warning("redis.unavailable", error=type(error).__name__)
            raise errors.Unavailable(part="redis") from error


reachable = _Reachable
"""Wrap commands that are not scripts in this: a failure leaves as `Unavailable`."""
