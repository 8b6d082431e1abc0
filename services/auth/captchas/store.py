"""Captchas in Redis: the picture, and a keyed hash of what it shows."""

import hashlib
import hmac
import secrets

from shared.redis import Limit, Redis, reachable
from shared.settings import Key

LIFETIME = 300
"""Seconds in which a captcha can be solved."""

_SOLVE = """
local digest = redis.call('HGET', KEYS[1], 'digest')
redis.call('DEL', KEYS[1])
if not digest then return -1 end
if digest == ARGV[1] then return 1 end
return 0
"""


class RedisCaptchas:
    """Captchas that wait to be solved."""

    def __init__(self, redis: Redis, key: Key, keep_answers: bool) -> None:
        self._redis, self._key, self._keep_answers = redis, key.raw, keep_answers
        self._solve = redis.script(_SOLVE)

    def _digest(self, captcha_id: str, answer: str) -> str:
        return hmac.new(
            self._key, f"captcha\0{captcha_id}\0{answer}".encode(), hashlib.sha256
        ).hexdigest()

    async def take(self, limit: Limit, unique: str) -> None:
        """Count a picture to be drawn, or raise `LimitReached`."""
        await self._redis.take([limit], unique)

    async def keep(self, answer: str, png: bytes) -> str:
        """Keep a new captcha and give its id."""
        captcha_id = secrets.token_hex(16)
        fields: dict[str, str | bytes] = {"digest": self._digest(captcha_id, answer), "png": png}
        if self._keep_answers:
            fields["answer"] = answer
        async with reachable(), self._redis.client.pipeline() as pipe:
            pipe.hset(f"captcha:{captcha_id}", mapping=fields)
            pipe.expire(f"captcha:{captcha_id}", LIFETIME)
            await pipe.execute()
        return captcha_id

    async def picture(self, captcha_id: str) -> bytes | None:
        """Give the picture, as often as it is asked for."""
        return await self._field(captcha_id, "png")

    async def answer(self, captcha_id: str) -> bytes | None:
        """Give what is to be read; kept in development only."""
        return await self._field(captcha_id, "answer")

    async def _field(self, captcha_id: str, field: str) -> bytes | None:
        async with reachable():
            value: bytes | None = await self._redis.client.hget(f"captcha:{captcha_id}", field)
            return value

    async def solve(self, captcha_id: str, answer: str) -> bool | None:
        """Use a captcha up; none if there was no such captcha."""
        digest = self._digest(captcha_id, answer)
        outcome = int(await self._solve([f"captcha:{captcha_id}"], [digest]))
        return None if outcome < 0 else outcome == 1
