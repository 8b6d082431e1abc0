"""Codes that nobody has shown yet, by address, country and network, in Redis."""

from collections.abc import Callable

from services.auth.fraud import rules
from services.auth.fraud.attempts import Attempt
from services.auth.fraud.rules import Reason
from shared.redis import DAY_SECONDS, Redis, reachable, today

_ADMIT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day, hour, late = now - 86400000, now - 3600000, now - ARGV[3]
local share, scale = tonumber(ARGV[7]) / 100, tonumber(ARGV[9])
local by_email, is_known, is_human = ARGV[2] == ARGV[12], ARGV[13] == '1', ARGV[14] == '1'
local function allowed(least, best) return math.max(tonumber(least), share * best) * scale end
for i = 1, 2 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', day) end
if not by_email and not is_known then
  local best = 0
  for i = 5, #KEYS do best = math.max(best, tonumber(redis.call('GET', KEYS[i]) or 0)) end
  if redis.call('ZCOUNT', KEYS[1], '-inf', late) >= allowed(ARGV[4], best) then
    return 'country_day'
  end
  if redis.call('ZCOUNT', KEYS[1], hour, late) >= allowed(ARGV[5], best / ARGV[10]) then
    return 'country_hour'
  end
end
local own = tonumber(redis.call('GET', KEYS[4]) or 0)
if redis.call('ZCOUNT', KEYS[2], '-inf', late) >= allowed(ARGV[6], own) then
  return 'network_day'
end
local seen, count = {[ARGV[2]] = true, [ARGV[12]] = true}, by_email and 0 or 1
for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local country = string.sub(member, 1, 2)
  if not seen[country] then seen[country] = true; count = count + 1 end
end
if count > tonumber(ARGV[8]) * scale then return 'network_countries' end
local unverified = 0
for _, where in ipairs(redis.call('HVALS', KEYS[3])) do
  if tonumber(string.match(where, '%d+$')) > day then unverified = unverified + 1 end
end
if not is_human and (
  unverified >= tonumber(ARGV[15])
  or redis.call('ZCOUNT', KEYS[2], '-inf', late) >= allowed(ARGV[16], own)
  or redis.call('ZCARD', KEYS[2]) >= allowed(ARGV[17], own)
) then return 'human_check' end
if not by_email then redis.call('ZADD', KEYS[1], now, ARGV[1]) end
redis.call('ZADD', KEYS[2], now, ARGV[2] .. ':' .. ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2] .. '|' .. ARGV[11] .. '|' .. now)
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], 86400000) end
return ''
"""


class RedisUnverified:
    """Codes sent and not shown: counted, and taken back when they are shown."""

    def __init__(
        self,
        redis: Redis,
        hidden: Callable[..., str],
        scale: float,
        grace_seconds: float = rules.GRACE_SECONDS,
    ) -> None:
        """`hidden` makes what stands for addresses in Redis."""
        self._redis, self._hidden = redis, hidden
        self._scale, self._grace = scale, grace_seconds
        self._admit = redis.script(_ADMIT)

    async def admit(self, attempt: Attempt, *, is_known: bool, is_human: bool) -> Reason | None:
        """Count a code to be sent, or say why it must not be.

        `is_known`: somebody has the address, and a closed country does not keep them out.
        `is_human`: a person was seen, or need not be.
        """
        country, network = attempt.country, attempt.network
        days = [_verified(country, today() - n) for n in range(rules.BEST_OF_DAYS)]
        sent = self._sent_to(attempt.address)
        said = await self._admit(
            [_country(country), _network(network), sent, _shown_by(network), *days],
            [
                *(attempt.unique, country, int(self._grace * 1000)),
                *(rules.DAY_LEAST, rules.HOUR_LEAST, rules.NETWORK_LEAST, rules.SHARE_PERCENT),
                *(rules.COUNTRIES_MOST, self._scale, rules.HOUR_PART, network, rules.BY_EMAIL),
                *(int(is_known), int(is_human)),
                *(rules.ADDRESS_FREE, rules.NETWORK_FREE, rules.NETWORK_AT_ONCE),
            ],
        )
        return Reason(said.decode()) if said else None

    async def give_back(self, attempt: Attempt) -> None:
        """Uncount a code that was not sent after all."""
        sent = self._sent_to(attempt.address)
        async with reachable():
            where = await self._redis.client.hget(sent, attempt.unique)
            if where is not None:
                await self._forget(sent, {attempt.unique: where.decode()}, shown=False)

    async def verified(self, address: str) -> None:
        """Take back every code to an address, as its owner has shown one."""
        sent = self._sent_to(address)
        async with reachable():
            found = await self._redis.client.hgetall(sent)
            if found:
                codes = {unique.decode(): where.decode() for unique, where in found.items()}
                await self._forget(sent, codes, shown=True)

    def _sent_to(self, address: str) -> str:
        return f"fraud:codes:{self._hidden('fraud', address)}"

    async def _forget(self, sent: str, codes: dict[str, str], *, shown: bool) -> None:
        last_country, last_network, _ = next(reversed(codes.values())).split("|")
        async with self._redis.client.pipeline(transaction=True) as pipe:
            for unique, where in codes.items():
                country, network, _ = where.split("|")
                pipe.zrem(_country(country), unique)
                pipe.zrem(_network(network), f"{country}:{unique}")
                pipe.hdel(sent, unique)
            if shown:
                for key, days in (
                    (_verified(last_country, today()), rules.BEST_OF_DAYS + 1),
                    (_shown_by(last_network), 1),
                ):
                    pipe.incr(key)
                    pipe.expire(key, days * DAY_SECONDS)
            await pipe.execute()


def _country(country: str) -> str:
    return f"fraud:country:{country}"


def _network(network: str) -> str:
    return f"fraud:network:{network}"


def _shown_by(network: str) -> str:
    return f"fraud:shown:{network}"


def _verified(country: str, day: int) -> str:
    return f"fraud:verified:{country}:{day}"
