"""What the tests of the gateway share: time that passes at will."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from shared.mongo import Collection
from shared.settings import Key


@pytest.fixture(scope="module", autouse=True)
async def _only_indexes(mongo) -> AsyncIterator[None]:
    """While clients are tested MongoDB refuses every query that no index answers."""
    admin = mongo("admin").client.admin
    await admin.command({"setParameter": 1, "notablescan": True})
    yield
    await admin.command({"setParameter": 1, "notablescan": False})


class Hours:
    """Lets time pass for one address, by making all that Redis has of it so much older."""

    def __init__(self, redis: Any, key: Key, accounts: Collection) -> None:
        self._redis, self._key, self._accounts = redis, key.raw, accounts

    def hidden(self, *parts: str) -> str:
        """How auth names things in Redis."""
        return hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

    async def passed(self, address: str, seconds: float, purpose: str = "sealtalk") -> None:
        """Make codes, failures and limits of an address older."""
        ms = int(seconds * 1000)
        name = self.hidden("address", purpose, address)
        if await self._redis.exists(f"code:{name}"):
            await self._redis.hincrby(f"code:{name}", "expires_at", -ms)
        field = "email_key" if "@" in address else "phone"
        found = await self._accounts.find_one({field: address.lower()})
        account = f"account:{found['_id']}" if found else address
        for key in self._windows(address, name, purpose, account):
            for member, score in await self._redis.zrange(key, 0, -1, withscores=True):
                await self._redis.zadd(key, {member: score - ms})
        who = self.hidden("login", account)
        async for key in self._redis.scan_iter(f"failures:{who}*"):
            if await self._redis.hexists(key, "until"):
                await self._redis.hincrbyfloat(key, "until", -ms)

    def _windows(self, address: str, name: str, purpose: str, account: str) -> Iterator[str]:
        target = self.hidden("target", address)
        sent = ("hour", "day", "strangers:hour", "strangers:day")
        yield from (f"limit:codes:{target}:{what}" for what in (*sent, purpose))
        yield from (f"limit:codes:{account}:{what}" for what in sent)
        failures = ("hour", "week", "known:hour", "known:week")
        yield from (f"code-failures:{name}:{what}" for what in failures)


@pytest.fixture(scope="session")
def hours(redis, secrets_of_suite, mongo) -> Hours:
    """Time that passes at will: `await hours.passed(tom.e164, 60)`."""
    accounts = mongo("userhub_auth")["accounts"]
    return Hours(redis, Key.parse(secrets_of_suite["USERHUB_CODE_KEY"]), accounts)
