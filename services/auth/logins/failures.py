"""Failed logins: a delay that rises with each, per account and network, over all instances.

An attempt is counted when it begins and uncounted when it succeeds, so that many at once gain
nothing. A network from which the owner logged in before stays open while others hammer on the
account, and for codes as well (`codes/store.py`).
"""

from collections.abc import Callable
from math import ceil

import msgspec

from shared import addresses
from shared.contracts import passwords
from shared.redis import Redis
from shared.telemetry import logs, metrics

PAIR_FREE, ACCOUNT_FREE, NETWORK_FREE = 10, 50, 300
"""Attempts without success before the delay begins: of one network on one account, of all networks
on one account, of one network on all accounts."""

FIRST_DELAY_MS, LONGEST_DELAY_MS = 30_000, 3_600_000
"""The delay doubles from 30 seconds to an hour."""

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
"""An account's failures are forgotten a day after the first of them, a network's after an hour."""

KNOWN_SECONDS = 90 * 86400
"""How long a network is remembered as the owner's."""

_ATTEMPT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('EXISTS', KEYS[4]) == 1
local wait = 0
for i = 1, 3 do
  if not (i == 2 and known) then
    local blocked = tonumber(redis.call('HGET', KEYS[i], 'until') or 0)
    if blocked - now > wait then wait = blocked - now end
  end
end
if wait > 0 then return wait end
for i = 1, 3 do
  local count = redis.call('HINCRBY', KEYS[i], 'count', 1)
  if count == 1 then redis.call('PEXPIRE', KEYS[i], ARGV[5 + i]) end
  local over = count - tonumber(ARGV[i])
  if over >= 0 then
    local delay = math.min(tonumber(ARGV[5]), tonumber(ARGV[4]) * 2 ^ math.min(over, 20))
    redis.call('HSET', KEYS[i], 'until', now + delay)
  end
end
return 0
"""

_UNCOUNT = """
local function uncount(key, free)
  local count = tonumber(redis.call('HGET', key, 'count') or 0)
  if count > 0 then redis.call('HINCRBY', key, 'count', -1) end
  if count <= tonumber(free) then redis.call('HDEL', key, 'until') end
end
"""

_REMEMBER = """
local function remember(known, networks, seconds)
  local now = redis.call('TIME')[1]
  local logins = redis.call('INCR', known)
  redis.call('EXPIRE', known, seconds)
  redis.call('ZREMRANGEBYSCORE', networks, '-inf', now)
  redis.call('ZADD', networks, now + seconds, known)
  redis.call('EXPIRE', networks, seconds)
  return logins
end
"""

_SUCCESS = (
    _UNCOUNT
    + _REMEMBER
    + """
local tries = tonumber(redis.call('HGET', KEYS[1], 'count') or 0)
if tries > tonumber(ARGV[1]) then redis.call('DEL', KEYS[4]) end
redis.call('DEL', KEYS[1])
for i = 2, 3 do uncount(KEYS[i], ARGV[i]) end
return remember(KEYS[4], KEYS[5], ARGV[4])
"""
)

_PROVED = (
    _REMEMBER
    + """
redis.call('DEL', KEYS[1])
return remember(KEYS[4], KEYS[5], ARGV[1])
"""
)

_FORGET = """
for _, known in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('DEL', known) end
return redis.call('DEL', KEYS[1])
"""

_FORGIVE = (
    _UNCOUNT
    + """
for i = 1, 3 do uncount(KEYS[i], ARGV[i]) end
return 1
"""
)


class Counted(msgspec.Struct, frozen=True):
    """What attempts are counted against."""

    name: str
    epoch: int = 0
    """Of an account (see accounts/store.py). Networks are known in one epoch alone: what ends all
    sessions of a thief makes a stranger of him for codes as well."""


class Failures:
    """Counts attempts to prove a password."""

    def __init__(self, redis: Redis, hidden: Callable[[str, str], str], scale: float) -> None:
        self._redis, self._hidden = redis, hidden
        self._locks = logs.Excesses("authn_login_lock")
        self._attempt = redis.script(_ATTEMPT)
        self._success = redis.script(_SUCCESS)
        self._proved = redis.script(_PROVED)
        self._forgive = redis.script(_FORGIVE)
        self._forget = redis.script(_FORGET)
        self._free = [PAIR_FREE, ACCOUNT_FREE, max(1, int(NETWORK_FREE * scale))]

    def _keys(self, one: Counted, ip: str) -> list[str]:
        who, network = self._hidden("login", one.name), addresses.network(ip)
        return [
            f"failures:{who}:{network}",
            f"failures:{who}",
            f"failures:network:{network}",
            self.known(one, ip),
            self._networks(one),
        ]

    def _networks(self, one: Counted) -> str:
        """Give the key that lists what `known` gives of an account, in all of its epochs."""
        return f"networks:{self._hidden('login', one.name)}"

    def known(self, one: Counted, ip: str) -> str:
        """Give the key that is there while a network is remembered as the owner's."""
        name = f"{one.name}@{one.epoch}" if one.epoch else one.name
        return f"known:{self._hidden('login', name)}:{addresses.network(ip)}"

    async def attempt(self, one: Counted, ip: str) -> None:
        """Count an attempt, or raise `TooManyFailures` with the seconds to wait."""
        wait = await self._attempt(
            self._keys(one, ip),
            [*self._free, FIRST_DELAY_MS, LONGEST_DELAY_MS, DAY_MS, DAY_MS, HOUR_MS],
        )
        if wait:
            seconds, network = ceil(int(wait) / 1000), addresses.network(ip)
            who = one.name if ":" in one.name else logs.mask(one.name)
            self._locks.note(f"{one.name} {network}", seconds, who=who, network=network)
            metrics.SECURITY_EVENTS.labels("login_locked").inc()
            raise passwords.TooManyFailures(retry_after=seconds)

    async def knows(self, one: Counted, ip: str) -> bool:
        """Whether the owner of an account was there in the last 90 days, and in this epoch."""
        return await self._redis.get(self.known(one, ip)) is not None

    async def success(self, one: Counted, ip: str) -> int:
        """Uncount an attempt that succeeded: as `proved`, and one less on the other counts.

        After `PAIR_FREE` failures here this counts as the first login from the network: it may have
        been guessed by somebody who shares it, so that the owner is told.
        """
        keys = self._keys(one, ip)
        return int(await self._success(keys, [*self._free, KNOWN_SECONDS]))

    async def proved(self, one: Counted, ip: str) -> int:
        """Forget this network's failures on this account, and remember it as the owner's.

        For who proved to be the owner otherwise than by a password that was counted. Tells how
        often that happened while the network is remembered: at 1 it was not known before.
        """
        return int(await self._proved(self._keys(one, ip), [KNOWN_SECONDS]))

    async def forgive(self, one: Counted, ip: str) -> None:
        """Uncount an attempt that ended without an answer to whether the password was right."""
        await self._forgive(self._keys(one, ip), self._free)

    async def forget(self, one: Counted) -> None:
        """Forget the networks of an account that is deleted; its failures end within a day."""
        await self._forget([self._networks(one)], [])
