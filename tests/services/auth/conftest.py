"""What the tests of the auth service share."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.errors import NotLoggedIn
from gateway.sessions import Sessions
from services.auth.accounts import store as account_store
from services.auth.accounts.handlers import AccountHandlers
from services.auth.accounts.making import Making
from services.auth.accounts.store import MongoAccounts
from services.auth.codes.proofs import Proofs
from services.auth.codes.store import RedisCodes
from services.auth.fraud.decisions import Decisions
from services.auth.human_checks.store import RedisHumanChecks
from services.auth.ids.store import Ids
from services.auth.notices.handlers import Notices
from services.auth.notices.store import MongoNotices
from services.auth.passwords.handlers import PasswordHandlers
from services.auth.passwords.hashing import Hasher
from services.auth.sessions import store as session_store
from services.auth.sessions.access import Access
from services.auth.sessions.beginning import Beginning
from services.auth.sessions.failures import Failures
from services.auth.sessions.handlers import SessionHandlers
from services.auth.sessions.logins import Attempts
from services.auth.sessions.store import MongoSessions
from shared import outbox
from shared.mongo import Mongo
from shared.outbox import Outbox
from shared.redis import Redis
from shared.settings import Key, KeyRing
from tests.services.auth.visitor import PURPOSE, Visitor

HIGH_ID = 10**14
"""Ids of a database of its own begin here, so that gateways of the suite never mix them up."""


@pytest.fixture(scope="session")
def secrets_of_suite(suite) -> dict[str, str]:
    """The keys that the suite made for itself."""
    lines = (suite.config.home / "secrets.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


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

    async def refuses_soon(
        self, token: str, seconds: float = 1.0, dialect: str = "sealtalk"
    ) -> None:
        async def refused():
            return not self.admits(token, dialect)

        await self.eventually(refused, seconds=seconds)


@pytest.fixture
async def gate(bus, js, secrets_of_suite, eventually) -> AsyncIterator[Gate]:
    """A gateway that has just started and knows all there is to know."""
    sessions = Sessions(js, KeyRing.parse(secrets_of_suite["USERHUB_SESSION_KEYS"]))
    watching = asyncio.create_task(sessions.run(bus))

    async def current():
        return sessions.current

    await eventually(current)
    yield Gate(sessions, eventually)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


PEPPERS = KeyRing({"p1": Key(bytes(range(32)))})


class CountingHasher(Hasher):
    """The hasher, counting how often a password is checked."""

    verified = 0

    async def verify(self, password, known):
        self.verified += 1
        return await super().verify(password, known)


@dataclass
class Workshop:
    """The parts of an auth process on a database of its own, to be put together as needed."""

    mongo: Mongo
    redis: Redis
    bus: object
    js: object
    codes: RedisCodes
    proofs: Proofs
    ids: Ids
    accounts: MongoAccounts
    sessions: MongoSessions
    outbox: Outbox
    notices: Notices
    access: Access
    failures: Failures
    beginning: Beginning
    hasher: Hasher
    decisions: Decisions

    def account_handlers(self, **parts) -> AccountHandlers:
        making = Making(
            **self._some(
                [
                    *("mongo", "outbox", "bus", "ids", "accounts"),
                    *("hasher", "failures", "beginning"),
                ],
                parts,
            ),
            reserved=frozenset(),
        )
        return AccountHandlers(
            making=making, **self._some(["accounts", "sessions", "proofs"], parts)
        )

    def session_handlers(self, **parts) -> SessionHandlers:
        return SessionHandlers(
            attempts=Attempts(self.failures, RedisHumanChecks(self.redis, self.codes.hidden)),
            access=self.access,
            **self._some(["mongo", "outbox", "accounts", "sessions", "hasher", "beginning"], parts),
        )

    def password_handlers(self, **parts) -> PasswordHandlers:
        return PasswordHandlers(
            access=self.access,
            **self._some(
                ["mongo", "outbox", "accounts", "proofs", "hasher", "failures", "notices"], parts
            ),
        )

    def _some(self, names, parts):
        return {name: parts.get(name, getattr(self, name)) for name in names}


@pytest.fixture
async def workshop(suite, bus, js) -> AsyncIterator[Workshop]:
    """Auth's parts on an empty database."""
    mongo = Mongo(suite.urls["mongo"], f"auth_{uuid.uuid4().hex[:12]}", "tests")
    for indexes in (account_store.INDEXES, session_store.INDEXES, outbox.INDEXES):
        await mongo.ensure_indexes(indexes)
    start = HIGH_ID + uuid.uuid4().int % 10**13
    await mongo["sequences"].insert_one({"_id": "ids", "last": start})
    await mongo["account_turns"].insert_one({"_id": "roots", "turn": 0})
    redis = Redis(suite.urls["redis"])
    codes = RedisCodes(redis, Key(uuid.uuid4().bytes * 2))
    accounts, sessions = MongoAccounts(mongo), MongoSessions(mongo)
    events = Outbox(mongo, js, f"workshop{uuid.uuid4().hex[:8]}")
    keys = KeyRing({"s1": Key(bytes(range(32, 64)))})
    access = Access(js, mongo, accounts, sessions)
    notices = Notices(MongoNotices(mongo), js)
    yield Workshop(
        mongo=mongo,
        redis=redis,
        bus=bus,
        js=js,
        codes=codes,
        proofs=Proofs(codes, 1.0),
        ids=Ids(mongo),
        accounts=accounts,
        sessions=sessions,
        outbox=events,
        notices=notices,
        access=access,
        failures=Failures(redis, codes.hidden, 1.0),
        beginning=Beginning(mongo, events, sessions, notices, access, keys),
        hasher=CountingHasher(PEPPERS, 7168, 1, 2, 128),
        decisions=Decisions(mongo, redis, codes.hidden, 1.0),
    )
    await mongo.client.drop_database(mongo.db.name)
    mongo.close()
    await redis.close()
