"""Redis: what is forgotten within minutes or days, changed by atomic scripts.

When Redis cannot be reached every check fails closed, as `Unavailable`.
"""

import ssl
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import redis.asyncio as driver
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from shared import errors, tls
from shared.telemetry import logs

log = logs.logger("redis")

DAY_SECONDS = 86400

_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limits, wait, which = tonumber(ARGV[2]), 0, 0
for i = 1, limits do
  local key, limit, window = KEYS[i], tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  if redis.call('ZCARD', key) >= limit then
    local first = redis.call('ZRANGE', key, -limit, -limit, 'WITHSCORES')
    local free = window
    if first[2] then free = tonumber(first[2]) + window - now end
    if free > wait then wait, which = free, i end
  end
end
local spent, paid = KEYS[limits + 1], KEYS[limits + 2]
local part, amount, most = unpack(ARGV, 2 * limits + 3)
if spent and (redis.call('HGET', spent, 'all') or 0) + amount > tonumber(most) then
  local free = 86400000 - now % 86400000
  if free > wait then wait, which = free, limits + 1 end
end
if wait > 0 then return {which, wait} end
for i = 1, limits do
  redis.call('ZADD', KEYS[i], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[i], tonumber(ARGV[2 * i + 2]))
end
if spent then
  for _, name in ipairs({'all', part}) do redis.call('HINCRBY', spent, name, amount) end
  redis.call('SADD', paid, ARGV[1])
  for i = 1, 2 do redis.call('EXPIRE', KEYS[limits + i], 172800) end
end
return {0, 0}
"""

_REFUND = """
if redis.call('SREM', KEYS[2], ARGV[1]) == 0 then return 0 end
for i = 2, 3 do redis.call('HINCRBY', KEYS[1], ARGV[i], -ARGV[4]) end
return 1
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` of something within any `seconds`; `key` says of what."""

    key: str
    most: int
    seconds: float


def today() -> int:
    """Give the number of the day, in UTC."""
    return int(time.time()) // DAY_SECONDS


@dataclass(frozen=True)
class Spending:
    """An amount out of the budget of a day, at most `most` in all; `part` says what it goes to."""

    key: str
    part: str
    amount: int
    most: int
    day: int = field(default_factory=today)

    @property
    def keys(self) -> list[str]:
        """What was spent, in all and by part, and by whom."""
        return [f"budget:{self.key}:{self.day}", f"budget:{self.key}:{self.day}:paid"]


@dataclass(frozen=True)
class Exceeded:
    """What has no room for one more, and the seconds until it has."""

    by: Limit | Spending
    retry_after: int


class _CheckedConnection(driver.SSLConnection):
    """A connection with the context of all: the driver reads every authority anew for each."""

    def __init__(self, *, context: ssl.SSLContext, **options: Any) -> None:
        super().__init__(**options)
        self.ssl_context.context = context


def _address(url: str, ca_file: str) -> dict[str, Any]:
    """Read a URL; one that has a say in what is checked ends the process."""
    read: dict[str, Any] = dict(parse_url(url))
    if asked := next((name for name in read if name.startswith("ssl_")), None):
        raise SystemExit(f"The URL of Redis has {asked}: certificates are checked, by TLS_CA_FILE")
    if read.get("connection_class") is driver.SSLConnection:
        read |= {"connection_class": _CheckedConnection, "context": tls.context(ca_file)}
    return read


class Redis:
    """A connection pool and the scripts that run on it."""

    def __init__(self, url: str, ca_file: str = "") -> None:
        # The plain pool refuses at once when all connections are busy; this one waits for one.
        pool: Any = driver.BlockingConnectionPool(
            **_address(url, ca_file),
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
        self._take, self._refund = self.script(_TAKE), self.script(_REFUND)
        self._excesses = logs.Excesses("excess_rate_limit_exceeded")

    def script(self, text: str) -> "Script":
        """Prepare a Lua script."""
        return Script(self.client.register_script(text))

    async def exceeded(
        self, limits: Sequence[Limit], unique: str, spending: Spending | None = None
    ) -> Exceeded | None:
        """Count one against every limit and the budget, or against none and tell what refuses it.

        `unique` names this one, so that it can be given back. Of several the one that takes the
        longest is told.
        """
        arguments: list[object] = [unique, len(limits)]
        for limit in limits:
            arguments += [limit.most, int(limit.seconds * 1000)]
        keys = [f"limit:{limit.key}" for limit in limits]
        if spending:
            keys += spending.keys
            arguments += [spending.part, spending.amount, spending.most]
        which, wait = await self._take(keys, arguments)
        if not which:
            return None
        by = [*limits, *([spending] if spending else [])][which - 1]
        return Exceeded(by, ceil(wait / 1000))

    async def take(self, limits: Sequence[Limit], unique: str) -> None:
        """Count one against every limit, or against none and raise `LimitReached`."""
        if limits and (exceeded := await self.exceeded(limits, unique)):
            self._excesses.note(exceeded.by.key, exceeded.retry_after, limit=exceeded.by.key)
            raise errors.LimitReached(retry_after=exceeded.retry_after)

    async def count(self, *limits: Limit) -> None:
        """Count one for good, or raise `LimitReached`."""
        await self.take(limits, uuid.uuid4().hex)

    async def give_back(
        self, limits: Sequence[Limit], unique: str, spending: Spending | None = None
    ) -> None:
        """Uncount what was taken but not used after all; once, however often it is asked."""
        async with _Reachable(), self.client.pipeline(transaction=False) as pipe:
            for limit in limits:
                pipe.zrem(f"limit:{limit.key}", unique)
            await pipe.execute()
        if spending:
            arguments = [unique, "all", spending.part, spending.amount]
            await self._refund(spending.keys, arguments)

    async def spent(self, spending: Spending) -> dict[str, int]:
        """Tell what of a day's budget is spent: by part, and as `all`."""
        async with _Reachable():
            found = await self.client.hgetall(spending.keys[0])
        return {name.decode(): int(amount) for name, amount in found.items()}

    async def get(self, key: str) -> bytes | None:
        """Read a value."""
        async with _Reachable():
            value: bytes | None = await self.client.get(key)
            return value

    async def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so long."""
        async with _Reachable():
            await self.client.set(key, value, ex=seconds)

    async def put_back(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so long, unless there is one."""
        async with _Reachable():
            await self.client.set(key, value, ex=seconds, nx=True)

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
            # What Redis itself answered may name keys, and so people.
            why = str(error) if isinstance(error, RedisConnectionError | OSError) else None
            log.warning("redis.unavailable", error=type(error).__name__, why=why)
            raise errors.Unavailable(part="redis") from error


reachable = _Reachable
"""Wrap commands that are not scripts in this: a failure leaves as `Unavailable`."""
