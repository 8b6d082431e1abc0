"""Codes that nobody has shown yet, by country and network, in Redis; refusals in MongoDB."""

import time
from datetime import UTC, datetime
from typing import Any

from services.auth.fraud import rules
from services.auth.fraud.rules import Reason
from shared.contracts.fraud import Refusal
from shared.mongo import DESCENDING, IndexModel, Mongo
from shared.mongo import reachable as mongo_reachable
from shared.redis import Redis, reachable

DAY_SECONDS = 86400
KEEP_SECONDS = 30 * DAY_SECONDS
"""How long a refusal can be looked up."""

PAGE = 100
"""Refusals in one answer."""

INDEXES = {
    "code_refusals": [
        IndexModel([("hour", DESCENDING)], expireAfterSeconds=KEEP_SECONDS),
        IndexModel(
            [(name, DESCENDING) for name in ("hour", "reason", "country", "network")], unique=True
        ),
    ]
}

_ADMIT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day, hour, late = now - 86400000, now - 3600000, now - ARGV[3]
local share, scale = tonumber(ARGV[7]) / 100, tonumber(ARGV[9])
local function allowed(least, best) return math.max(tonumber(least), share * best) * scale end
for i = 1, 2 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', day) end
local best = 0
for i = 5, #KEYS do best = math.max(best, tonumber(redis.call('GET', KEYS[i]) or 0)) end
if redis.call('ZCOUNT', KEYS[1], '-inf', late) >= allowed(ARGV[4], best) then
  return 'country_day'
end
if redis.call('ZCOUNT', KEYS[1], hour, late) >= allowed(ARGV[5], best / ARGV[10]) then
  return 'country_hour'
end
local own = tonumber(redis.call('GET', KEYS[4]) or 0)
if redis.call('ZCOUNT', KEYS[2], '-inf', late) >= allowed(ARGV[6], own) then
  return 'network_day'
end
local seen, count = {[ARGV[2]] = true}, 1
for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local country = string.sub(member, 1, 2)
  if not seen[country] then seen[country] = true; count = count + 1 end
end
if count > tonumber(ARGV[8]) * scale then return 'network_countries' end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZADD', KEYS[2], now, ARGV[2] .. ':' .. ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2] .. '|' .. ARGV[11])
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], 86400000) end
return ''
"""


class RedisUnverified:
    """Codes sent and not shown: counted, and taken back when they are shown."""

    def __init__(
        self, redis: Redis, scale: float, grace_seconds: float = rules.GRACE_SECONDS
    ) -> None:
        self._redis, self._scale, self._grace = redis, scale, grace_seconds
        self._admit = redis.script(_ADMIT)

    async def admit(self, hidden: str, country: str, network: str, unique: str) -> Reason | None:
        """Count a code to be sent, or say why it must not be; `hidden` stands for the number."""
        today = int(time.time()) // DAY_SECONDS
        days = [_verified(country, today - n) for n in range(rules.BEST_OF_DAYS)]
        keys = [_country(country), _network(network), _codes(hidden), _shown_by(network), *days]
        said = await self._admit(
            keys,
            [
                *(unique, country, int(self._grace * 1000)),
                *(rules.DAY_LEAST, rules.HOUR_LEAST, rules.NETWORK_LEAST, rules.SHARE_PERCENT),
                *(rules.COUNTRIES_MOST, self._scale, rules.HOUR_PART, network),
            ],
        )
        return Reason(said.decode()) if said else None

    async def give_back(self, hidden: str, unique: str) -> None:
        """Uncount a code that was not sent after all."""
        async with reachable():
            where = await self._redis.client.hget(_codes(hidden), unique)
            if where is not None:
                await self._forget(hidden, {unique: where.decode()}, shown=False)

    async def verified(self, hidden: str) -> None:
        """Take back every code to a number, as its owner has shown one."""
        async with reachable():
            found = await self._redis.client.hgetall(_codes(hidden))
            if found:
                sent = {unique.decode(): where.decode() for unique, where in found.items()}
                await self._forget(hidden, sent, shown=True)

    async def _forget(self, hidden: str, sent: dict[str, str], *, shown: bool) -> None:
        today = int(time.time()) // DAY_SECONDS
        last_country, _, last_network = next(reversed(sent.values())).partition("|")
        async with self._redis.client.pipeline(transaction=True) as pipe:
            for unique, where in sent.items():
                country, _, network = where.partition("|")
                pipe.zrem(_country(country), unique)
                pipe.zrem(_network(network), f"{country}:{unique}")
                pipe.hdel(_codes(hidden), unique)
            if shown:
                for key, days in (
                    (_verified(last_country, today), rules.BEST_OF_DAYS + 1),
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


def _codes(hidden: str) -> str:
    return f"fraud:codes:{hidden}"


def _verified(country: str, day: int) -> str:
    return f"fraud:verified:{country}:{day}"


class MongoRefusals:
    """Each decision against a code, counted by hour, reason, country and network."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["code_refusals"]

    async def record(self, reason: Reason, country: str, network: str) -> None:
        """Count one."""
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        which = {"hour": hour, "reason": reason, "country": country, "network": network}
        async with mongo_reachable():
            await self._docs.update_one(which, {"$inc": {"count": 1}}, upsert=True)

    async def latest(self) -> list[Refusal]:
        """Give the latest, newest first."""
        async with mongo_reachable():
            found = await self._docs.find().sort("hour", DESCENDING).limit(PAGE).to_list(PAGE)
        return [_read(one) for one in found]


def _read(document: dict[str, Any]) -> Refusal:
    return Refusal(
        hour=document["hour"],
        reason=document["reason"],
        country=document["country"],
        network=document["network"],
        count=document["count"],
    )
