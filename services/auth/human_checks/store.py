"""Puzzles, passes and consecutive failures in Redis, by keyed hashes of what they belong to."""

from collections.abc import Callable

import msgspec

from shared import addresses
from shared.contracts import human_checks
from shared.redis import Redis

PUZZLE_SECONDS = 300
"""How long a puzzle can be solved (leaf reference 3.1)."""

PASS_SECONDS = 1800
"""How long a pass can be spent (leaf reference 3.1)."""

FAILURES_MS = 1_800_000
"""How long failures are remembered after the last of them (leaf reference 2, login)."""

OF_OTHERS_IP_HOUR = 5
"""Passes that a network spends in an hour which were earned in another one. Some solve the slider
on another device than they log in with; nobody shall take from an owner what they earn."""

_HOUR_MS = 3_600_000

_SPENT = """
local function spent(pass, others, network, most, window)
  local earned = redis.call('GET', pass)
  if not earned then return 0 end
  if earned ~= network then
    if tonumber(redis.call('GET', others) or 0) >= tonumber(most) then return 0 end
    if redis.call('INCR', others) == 1 then redis.call('PEXPIRE', others, window) end
  end
  local left = redis.call('PTTL', pass)
  redis.call('DEL', pass)
  return left, earned
end
"""

_SPEND = (
    _SPENT
    + """
return {spent(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])}
"""
)

_ADMIT = (
    _SPENT
    + """
if spent(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]) > 0 then redis.call('DEL', KEYS[3]) end
if tonumber(redis.call('GET', KEYS[3]) or 0) >= tonumber(ARGV[4]) then return 0 end
redis.call('INCR', KEYS[3])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
return 1
"""
)

_FORGIVE = """
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
return 1
"""

_SOLVE = """
local x = redis.call('GETDEL', KEYS[1])
if not x or math.abs(tonumber(x) - tonumber(ARGV[1])) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], ARGV[4], 'EX', ARGV[3])
return 1
"""


class Pass(msgspec.Struct, frozen=True):
    """A pass that was spent, where it was earned, and for how long it was still good."""

    address: str
    network: bytes
    left_ms: int


class RedisHumanChecks:
    """What is known of who asked lately, by address or login."""

    def __init__(
        self, redis: Redis, hidden: Callable[..., str], scale: float, *, keep_answers: bool
    ) -> None:
        """With `keep_answers` (development), `answer` tells where the last piece belongs."""
        self._redis, self._hidden, self._keep_answers = redis, hidden, keep_answers
        self._of_others = max(1, int(OF_OTHERS_IP_HOUR * scale))
        self._solve = redis.script(_SOLVE)
        self._spend = redis.script(_SPEND)
        self._admit = redis.script(_ADMIT)
        self._forgive = redis.script(_FORGIVE)

    def _key(self, kind: str, whose: str) -> str:
        return f"human-{kind}:{self._hidden('human', whose)}"

    def _puzzle(self, address: str, ip: str) -> str:
        """Name the puzzle of an address that a network asked for: nobody elsewhere replaces it."""
        return f"{self._key('puzzle', address)}:{addresses.network(ip)}"

    async def keep(self, address: str, ip: str, x: int) -> None:
        """Keep where the piece belongs, in place of what was kept before."""
        value = str(x).encode()
        await self._redis.put(self._puzzle(address, ip), value, PUZZLE_SECONDS)
        if self._keep_answers:
            await self._redis.put(self._key("answer", address), value, PUZZLE_SECONDS)

    async def answer(self, address: str) -> int | None:
        """Give where the piece of the last puzzle belongs, without using it up."""
        kept = await self._redis.get(self._key("answer", address))
        return None if kept is None else int(kept)

    async def solve(self, address: str, ip: str, x: int) -> bool:
        """Use a puzzle up, and give its pass if the piece was put where it belongs."""
        keys = [self._puzzle(address, ip), self._key("pass", address)]
        arguments = [x, human_checks.TOLERANCE, PASS_SECONDS, addresses.network(ip)]
        return bool(await self._solve(keys, arguments))

    def _pass(self, address: str, ip: str) -> tuple[list[str], list[object]]:
        """Give the keys and the arguments of spending a pass from a network."""
        network = addresses.network(ip)
        keys = [self._key("pass", address), f"human-others:{network}"]
        return keys, [network, self._of_others, _HOUR_MS]

    async def spend(self, address: str, ip: str) -> Pass | None:
        """Spend a pass: of several at once one gets it."""
        left, *network = await self._spend(*self._pass(address, ip))
        return Pass(address, network[0], int(left)) if left > 0 else None

    async def give_back(self, one: Pass) -> None:
        """Let a pass be spent again that was of no use, for as long as it was good.

        One that was earned meanwhile stays.
        """
        seconds = max(1, one.left_ms // 1000)
        await self._redis.put_back(self._key("pass", one.address), one.network, seconds)

    async def admit(self, login: str, ip: str, after: int) -> bool:
        """Count an attempt as failed until it succeeds; false if a pass is needed first.

        A pass that is there is spent, whether it was needed or not, and the count begins anew.
        """
        keys, arguments = self._pass(login, ip)
        keys.append(self._key("failures", login))
        return bool(await self._admit(keys, [*arguments, after, FAILURES_MS]))

    async def forgive(self, login: str) -> None:
        """Uncount an attempt that ended without an answer."""
        await self._forgive([self._key("failures", login)], [])

    async def succeed(self, login: str) -> None:
        """Forget the failures."""
        await self._redis.drop(self._key("failures", login))
