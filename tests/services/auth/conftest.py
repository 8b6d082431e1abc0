"""What the tests of the auth service share."""

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from gateway.errors import NotLoggedIn
from gateway.sessions import Sessions
from services.auth.accounts import store as account_store
from services.auth.codes.store import RedisCodes
from services.auth.config import Config
from services.auth.features import Features
from services.auth.sessions import store as session_store
from shared import outbox
from shared.bus import Bus
from shared.mongo import Mongo
from shared.outbox import Outbox
from shared.redis import Redis
from shared.settings import Key, KeyRing
from tests.services.auth.visitor import PURPOSE, Visitor

HIGH_ID = 10**14
"""Ids of a database of its own begin here, so that gateways of the suite never mix them up."""


@pytest.fixture(scope="session")
def hidden(secrets_of_suite, suite) -> Callable[..., str]:
    """How auth names things in Redis: `hidden("target", "+8613912345678")`."""
    key = Key.parse(secrets_of_suite["USERHUB_CODE_KEY"])
    return RedisCodes(Redis(suite.urls["redis"]), key).hidden


@pytest.fixture(scope="session", autouse=True)
async def short_transactions(mongo):
    """A killed process's transaction holds its documents for ten seconds, not for a minute."""
    admin = mongo("admin").client.admin
    await admin.command({"setParameter": 1, "transactionLifetimeLimitSeconds": 10})


@pytest.fixture
def visitor(bus):
    """Make somebody without an account."""

    def make(**fields):
        return Visitor(bus, **fields)

    return make


@pytest.fixture
def member(visitor, eventually):
    """Make somebody with an account and a session."""

    async def make(terms=None, **fields):
        one = visitor(**fields)
        token = await one.token(eventually, PURPOSE)
        await one.register(token, terms=one.terms(**(terms or {})), nickname="Ann")
        return one

    return make


@dataclass
class Gate:
    """The session check of a gateway, in this process."""

    sessions: Sessions
    eventually: Any

    def admits(self, token: str, dialect: str = "sealtalk") -> bool:
        try:
            self.sessions.caller(token, dialect)
        except NotLoggedIn:
            return False
        return True

    async def refuses_soon(self, token: str, dialect: str = "sealtalk") -> None:
        async def refused():
            return not self.admits(token, dialect)

        await self.eventually(refused)


@pytest.fixture
async def gate(bus, js, session_keys, eventually) -> AsyncIterator[Gate]:
    """A gateway that has just started and knows all there is to know."""
    sessions = Sessions(js, session_keys)
    watching = asyncio.create_task(sessions.run(bus))

    async def current():
        return sessions.current

    await eventually(current)
    yield Gate(sessions, eventually)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


class Workshop(Features):
    """The features of an auth process, on a database of its own."""

    def __init__(self, config: Config, mongo: Mongo, redis: Redis, bus: Bus, js: Any) -> None:
        self.config, self.mongo, self.redis, self.bus, self.js = config, mongo, redis, bus, js
        outbox = Outbox(mongo, js, f"workshop{uuid.uuid4().hex[:8]}")
        super().__init__(config, mongo, redis, bus, js, outbox)

    def again(self, mongo: Mongo | None = None, **settings: Any) -> "Workshop":
        """Start another process: the same database, perhaps over another wire, other settings."""
        config = msgspec.structs.replace(self.config, **settings)
        return Workshop(config, mongo or self.mongo, self.redis, self.bus, self.js)


def fresh_key() -> Key:
    return Key(secrets.token_bytes(32))


@pytest.fixture
async def workshop(suite, bus, js) -> AsyncIterator[Workshop]:
    """An auth process on an empty database."""
    mongo = Mongo(suite.urls["mongo"], f"auth_{uuid.uuid4().hex[:12]}", "tests")
    for indexes in (account_store.INDEXES, session_store.INDEXES, outbox.INDEXES):
        await mongo.ensure_indexes(indexes)
    start = HIGH_ID + uuid.uuid4().int % 10**13
    await mongo["sequences"].insert_one({"_id": "ids", "last": start})
    await mongo["account_turns"].insert_one({"_id": "roots", "turn": 0})
    redis = Redis(suite.urls["redis"])
    config = Config(
        mongo_url=suite.urls["mongo"],
        nats_url=suite.urls["nats"],
        redis_url=suite.urls["redis"],
        caller_keys=KeyRing({"auth1": fresh_key()}),
        code_key=fresh_key(),
        session_keys=KeyRing({"s1": fresh_key()}),
        peppers=KeyRing({"p1": fresh_key()}),
        hash_memory_kib=7168,
        hash_passes=1,
        hash_threads=2,
    )
    yield Workshop(config, mongo, redis, bus, js)
    await mongo.client.drop_database(mongo.db.name)
    await mongo.close()
    await redis.close()
