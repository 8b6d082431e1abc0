"""Codes, their failures and verification tokens in Redis.

Nothing there can be read back: addresses and codes are keyed hashes, tokens are hashes, and what a
token proves only the token opens.
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from services.auth.codes import rules
from shared.encoding import to_msgpack
from shared.redis import Limit, Redis
from shared.settings import Key

TRIES = 5
"""Wrong tries that burn a code (NIST SP 800-63B-4, 3.1.3.2)."""

STRANGERS_TRIES = 3
"""How many of them strangers have where somebody has the address: no guesses of theirs burn a code
for its owner, who may mistype it once."""

FAILURES_HOUR = 10
"""Wrong tries of strangers per address and purpose in any hour, whatever codes are sent meanwhile;
and as many of all networks that are known as its owner's."""

FAILURES_WEEK = 100
"""The same in any week: for strangers the hard stop of NIST SP 800-63B-4, 3.2.2; twice that with
the networks of the owner."""

REMEMBERED_MS = 600_000
"""How long an expired code is still told from one that never was."""

TOKEN_SECONDS = 600
"""How long a verification token is good for."""

LEAVE_SECONDS = 1800
"""How long a password may be reset after that was begun (leaf reference 2, resetpwd/check)."""

HOUR, WEEK = 3600, 7 * 86400

_ISSUE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'tries', 0, 'expires_at', now + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
return 1
"""

_CHECK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local leave = 0
if KEYS[7] then
  leave = redis.call('PTTL', KEYS[7])
  if leave < 0 then return {'not_begun'} end
end
local known = redis.call('EXISTS', KEYS[2]) == 1
local failures = known and {KEYS[5], KEYS[6]} or {KEYS[3], KEYS[4]}
for i = 1, 2 do
  local limit, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  redis.call('ZREMRANGEBYSCORE', failures[i], '-inf', now - window)
  if redis.call('ZCARD', failures[i]) >= limit then return {'wrong'} end
end
local code = redis.call('HMGET', KEYS[1], 'digest', 'tries', 'strangers_tries', 'expires_at')
if not code[1] then return {'wrong'} end
if tonumber(code[4]) <= now then return {'expired'} end
if tonumber(code[2]) >= tonumber(ARGV[7]) then return {'wrong'} end
if not known and tonumber(code[3] or 0) >= tonumber(ARGV[8]) then return {'wrong'} end
if code[1] == ARGV[1] then
  if ARGV[9] == 'take' then
    redis.call('DEL', unpack({KEYS[1], failures[1], failures[2], KEYS[7]}))
  end
  return {'right', code[4], leave}
end
redis.call('HINCRBY', KEYS[1], 'tries', 1)
if not known then redis.call('HINCRBY', KEYS[1], 'strangers_tries', 1) end
for i = 1, 2 do
  redis.call('ZADD', failures[i], now, ARGV[2])
  redis.call('PEXPIRE', failures[i], ARGV[2 * i + 2])
end
return {'wrong'}
"""

_GIVE_BACK = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'tries', 0, 'expires_at', ARGV[2])
  redis.call('PEXPIREAT', KEYS[1], ARGV[2] + ARGV[3])
end
if KEYS[2] then redis.call('SET', KEYS[2], 1, 'PX', ARGV[4]) end
return 1
"""

_TAKE_TOKEN = """
local held, left = redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1])
return {held, left}
"""


class Outcome(StrEnum):
    """What a shown code turned out to be."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    NOT_BEGUN = "not_begun"
    """What the code was shown for needs a leave (`allow_reset`), and there is none."""


class Shown(msgspec.Struct, frozen=True):
    """A code that was shown for something, as `check` found it."""

    outcome: Outcome
    address: str
    purpose: str
    code: str
    expires_at: int = 0
    """Milliseconds since 1970, by Redis's clock; of a right one."""
    leave_ms: int = 0
    """How long the leave was still good, where one was needed."""


class Verified(msgspec.Struct, frozen=True, array_like=True):
    """What a verification token proves."""

    address: str
    purpose: str


_read_verified = msgspec.msgpack.Decoder(Verified).decode


class RedisCodes:
    """Codes that wait to be shown, and tokens that wait to be used."""

    def __init__(self, redis: Redis, key: Key) -> None:
        self._redis, self._key = redis, key.raw
        self._issue = redis.script(_ISSUE)
        self._check = redis.script(_CHECK)
        self._give_back = redis.script(_GIVE_BACK)
        self._take_token = redis.script(_TAKE_TOKEN)

    def hidden(self, *parts: str) -> str:
        """Give a keyed hash that stands for these words in Redis."""
        return hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

    async def take(self, limits: Sequence[Limit], unique: str) -> None:
        """Count a code to be sent, or raise `LimitReached`."""
        await self._redis.take(limits, unique)

    async def count(self, limits: Sequence[Limit]) -> None:
        """Count a code that is shown, or raise `LimitReached`."""
        await self._redis.count(*limits)

    async def give_back(self, limits: Sequence[Limit], unique: str) -> None:
        """Uncount a code that could not be sent."""
        await self._redis.give_back(limits, unique)

    async def issue(self, address: str, purpose: str, code: str, lifetime: int) -> None:
        """Remember a code in place of the one before; `lifetime` in seconds."""
        digest = self.hidden("code", purpose, address, code)
        key = f"code:{self.hidden('address', purpose, address)}"
        await self._issue([key], [digest, lifetime * 1000, REMEMBERED_MS])

    async def check(
        self,
        address: str,
        purpose: str,
        code: str,
        *,
        take: bool = True,
        needs_leave: bool = False,
        known: str | None = None,
        guarded: bool = False,
    ) -> Shown:
        """Compare a code, and use it up if it is right: of several at once, one is right.

        Without `take` it stays, and only wrong tries are counted. With `needs_leave` the leave of
        `allow_reset` must be there, and goes with the code. `known` is the key that is there if the
        client's network is the owner's, whose wrong tries and whose alone a right code forgets;
        none where nobody has the address. `guarded`: an administrator's.
        """
        name = self.hidden("address", purpose, address)
        failures = f"code-failures:{name}"
        keys = [
            f"code:{name}",
            known or "known:nobody",
            *(f"{failures}:hour", f"{failures}:week"),
            *(f"{failures}:known:hour", f"{failures}:known:week"),
        ]
        if needs_leave:
            keys.append(f"reset-leave:{name}")
        outcome, *times = await self._check(
            keys,
            [
                self.hidden("code", purpose, address, code),
                uuid.uuid4().hex,
                FAILURES_HOUR,
                HOUR * 1000,
                rules.short_week(guarded) if rules.is_short(code) else FAILURES_WEEK,
                WEEK * 1000,
                TRIES,
                TRIES if known is None else STRANGERS_TRIES,
                "take" if take else "look",
            ],
        )
        return Shown(Outcome(outcome.decode()), address, purpose, code, *map(int, times))

    async def keep_code(self, shown: Shown) -> None:
        """Let a code that was used up be good again, unless a newer one was sent meanwhile."""
        name = self.hidden("address", shown.purpose, shown.address)
        keys = [f"code:{name}"] + ([f"reset-leave:{name}"] if shown.leave_ms else [])
        digest = self.hidden("code", shown.purpose, shown.address, shown.code)
        await self._give_back(keys, [digest, shown.expires_at, REMEMBERED_MS, shown.leave_ms])

    async def allow_reset(self, address: str, purpose: str) -> None:
        """Leave a password to be reset with a code, within half an hour."""
        name = self.hidden("address", purpose, address)
        await self._redis.put(f"reset-leave:{name}", b"1", LEAVE_SECONDS)

    async def make_token(self, address: str, purpose: str) -> str:
        """Make a token (a UUID, which sealtalk's clients expect) that proves a right code."""
        token = str(uuid.uuid4())
        await self.keep_token(token, Verified(address, purpose), TOKEN_SECONDS)
        return token

    async def keep_token(self, token: str, verified: Verified, seconds: int) -> None:
        """Keep a token for so long: a new one, or one that was used up for nothing."""
        hidden = self._cover(token).encrypt(to_msgpack(verified))
        await self._redis.put(_token_key(token), hidden, seconds)

    async def read_token(self, token: str, purpose: str) -> Verified | None:
        """Look at what a token proves, without using it."""
        held = await self._redis.get(_token_key(token))
        return self._for_purpose(token, held, purpose)

    async def take_token(self, token: str, purpose: str) -> tuple[Verified, int] | None:
        """Use a token up: of several at once, one gets it, and the seconds that it had left."""
        if await self.read_token(token, purpose) is None:
            return None
        held, left_ms = await self._take_token([_token_key(token)], [])
        verified = self._for_purpose(token, held, purpose)
        return (verified, max(1, int(left_ms) // 1000)) if verified else None

    def _for_purpose(self, token: str, held: bytes | None, purpose: str) -> Verified | None:
        if held is None:
            return None
        try:
            verified = _read_verified(self._cover(token).decrypt(held))
        except InvalidToken:  # another key covered it
            return None
        return verified if verified.purpose == purpose else None

    def _cover(self, token: str) -> Fernet:
        """Give what covers the thing that a token proves: its key is of ours and of the token."""
        key = hmac.digest(self._key, b"token|" + token.encode(), hashlib.sha256)
        return Fernet(base64.urlsafe_b64encode(key))


def _token_key(token: str) -> str:
    return f"verified:{hashlib.sha256(token.encode()).hexdigest()}"
