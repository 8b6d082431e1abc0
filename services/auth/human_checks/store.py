"""Puzzles, passes and consecutive failures in Redis, by keyed hashes of what they belong to."""

from collections.abc import Callable

import msgspec

from shared.contracts import human_checks
from shared.redis import Redis

PUZZLE_SECONDS = 300
"""How long a puzzle can be solved (leaf reference 3.1)."""

PASS_SECONDS = 1800
"""How long a pass can be spent (leaf reference 3.1)."""

FAILURES_MS = 1_800_000
"""How long failures are remembered after the last of them (leaf reference 2, login)."""

_SPEND = """
local left = redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1])
return left
"""

_ADMIT = """
if redis.call('DEL', KEYS[1]) == 1 then redis.call('DEL', KEYS[2]) end
if tonumber(redis.call('GET', KEYS[2]) or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
"""

_FORGIVE = """
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
return 1
"""

_SOLVE = """
local x = redis.call('GETDEL', KEYS[1])
if not x or math.abs(tonumber(x) - tonumber(ARGV[1])) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], 1, 'EX', ARGV[3])
return 1
"""


class Pass(msgspec.Struct, frozen=True):
    """A pass that was spent, and for how long it would still have been good."""

    address: str
    left_ms: int


class RedisHumanChecks:
    """What is known of who asked lately, by address or login."""

    def __init__(self, redis: Redis, hidden: Callable[..., str]) -> None:
        self._redis, self._hidden = redis, hidden
        self._solve = redis.script(_SOLVE)
        self._spend = redis.script(_SPEND)
        self._admit = redis.script(_ADMIT)
        self._forgive = redis.script(_FORGIVE)

    def _key(self, kind: str, whose: str) -> str:
        return f"human-{kind}:{self._hidden('human', whose)}"

    async def keep(self, address: str, x: int) -> None:
        """Keep where the piece belongs, in place of what was kept before."""
        await self._redis.put(self._key("puzzle", address), str(x).encode(), PUZZLE_SECONDS)

    async def answer(self, address: str) -> int | None:
        """Give where the piece belongs, without using the puzzle up."""
        kept = await self._redis.get(self._key("puzzle", address))
        return None if kept is None else int(kept)

    async def solve(self, address: str, x: int) -> bool:
        """Use a puzzle up, and give its pass if the piece was put where it belongs."""
        keys = [self._key("puzzle", address), self._key("pass", address)]
        return bool(await self._solve(keys, [x, human_checks.TOLERANCE, PASS_SECONDS]))

    async def spend(self, address: str) -> Pass | None:
        """Spend a pass: of several at once one gets it."""
        left = int(await self._spend([self._key("pass", address)], []))
        return Pass(address, left) if left > 0 else None

    async def give_back(self, one: Pass) -> None:
        """Let a pass be spent again that was of no use, for as long as it was good."""
        seconds = max(1, one.left_ms // 1000)
        await self._redis.put(self._key("pass", one.address), b"1", seconds)

    async def admit(self, login: str, after: int) -> bool:
        """Count an attempt as failed until it succeeds; false if a pass is needed first.

        A pass that is there is spent, whether it was needed or not, and the count begins anew.
        """
        keys = [self._key("pass", login), self._key("failures", login)]
        return bool(await self._admit(keys, [after, FAILURES_MS]))

    async def forgive(self, login: str) -> None:
        """Uncount an attempt that ended without an answer."""
        await self._forgive([self._key("failures", login)], [])

    async def succeed(self, login: str) -> None:
        """Forget the failures."""
        await self._redis.drop(self._key("failures", login))
