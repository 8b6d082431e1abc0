"""The whole suite, started once for all tests, and hands to reach into it."""

import asyncio
import base64
import contextlib
import itertools
import os
import random
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
import redis.asyncio as asyncio_redis
import structlog
from hypothesis import HealthCheck, settings
from nats.js import JetStreamContext

from ops.admin.connection import OPERATOR
from ops.config import SuiteConfig
from ops.keys import CALLER_KEYS, signing_keys
from ops.suite import Suite
from shared import bus as shared_bus
from shared import events
from shared.bus import Bus
from shared.caller import Caller, signed_caller
from shared.contract import Call, Event
from shared.mongo import Mongo
from shared.settings import KeyRing
from tests.clients import Clients
from tests.people import People
from tests.windows import DAY, UTC_8, in_one

settings.register_profile(
    "userhub",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("userhub")
"""No property fails for being slow. With CI set it is tried with the same examples each time, so
that a verdict is about the change; elsewhere with others each time, to find what nobody knew."""

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")
ROOMY = 4 * 1024**3
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOMY:
    # The servers sync every write; in memory that costs nothing, and a kill loses no less.
    tempfile.tempdir = str(MEMORY)
ANY_SESSION = "0" * 32
CALLER_SECRETS = {
    name: f"{service}1:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}"
    for service, name in CALLER_KEYS.items()
}
CALLERS = KeyRing.parse(signing_keys(CALLER_SECRETS))
"""The keys of every service, as the gateway has them."""
ENV = CALLER_SECRETS | {
    "TRUSTED_PROXIES": "127.0.0.1/32",
    "ALLOWED_ORIGINS": "https://web.example.com",
    "HASH_MEMORY_KIB": "7168",
    "HASH_PASSES": "1",
    "THINKSNS_RATE_LIMIT": "100000",
    "USERHUB_ADMIN_EMAIL": "root@example.com",
    "USERHUB_ADMIN_PASSWORD": "the very first administrator",
}
"""Every test may come from an address of its own; passwords are cheap and requests not
limited, as many are made."""


def pytest_configure() -> None:
    """Compile what the gateway is made of, if that was not done since it last changed."""
    subprocess.run([ROOT / "ops/proto.sh"], check=True)


@pytest.fixture
async def one_day() -> None:
    """For what is counted by days: none ends within the next minute, of UTC or of UTC+8."""
    await in_one(DAY)
    await in_one(DAY, UTC_8)


@pytest.fixture(scope="session")
async def suite() -> AsyncIterator[Suite]:
    """MongoDB, Valkey, NATS, the four services and the gateway, on data of their own."""
    with tempfile.TemporaryDirectory(prefix="userhub-test-") as folder:
        one = Suite(SuiteConfig(data_dir=Path(folder), env=ENV, quiet=True))
        await one.start()
        yield one
        await one.stop()


@pytest.fixture(scope="session")
def secrets_of_suite(suite: Suite) -> dict[str, str]:
    """The keys that the suite made for itself."""
    lines = (suite.config.home / "secrets.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture(scope="session")
def session_keys(secrets_of_suite: dict[str, str]) -> KeyRing:
    """What session tokens are sealed with."""
    return KeyRing.parse(secrets_of_suite["USERHUB_SESSION_KEYS"])


@pytest.fixture(scope="session")
async def bus(suite: Suite) -> AsyncIterator[Bus]:
    """A place on the bus, as a gateway has one."""
    client = await shared_bus.connect(suite.urls["nats"], "tests")
    yield Bus(client, CALLERS)
    await client.close()


@pytest.fixture(scope="session")
def js(bus: Bus) -> JetStreamContext:
    """JetStream of the suite."""
    return bus.client.jetstream(timeout=5)


@pytest.fixture(scope="session")
def acting(bus: Bus) -> Callable[[int], contextlib.AbstractContextManager[None]]:
    """Sign the calls of a `with` block as a person."""

    @contextlib.contextmanager
    def act(user_id: int, session_id: str = ANY_SESSION) -> Iterator[None]:
        before = signed_caller.set(bus.callers.sign(Caller(user_id, session_id)))
        try:
            yield
        finally:
            signed_caller.reset(before)

    return act


@pytest.fixture(scope="session")
def operate(bus: Bus) -> Callable[..., Awaitable[Any]]:
    """A way to ask with the rights of an operator: give it a call and a message."""

    async def ask(call: Call[Any, Any], message: Any) -> Any:
        return await bus.ask(call, message, caller=OPERATOR)

    return ask


@pytest.fixture(scope="session")
async def mongo(suite: Suite) -> AsyncIterator[Callable[[str], Mongo]]:
    """A service's database by its name: `mongo("userhub_auth")`."""
    opened: dict[str, Mongo] = {}

    def open_database(name: str) -> Mongo:
        if name not in opened:
            opened[name] = Mongo(suite.urls["mongo"], name, "tests")
        return opened[name]

    yield open_database
    for one in opened.values():
        await one.close()


@pytest.fixture(scope="session")
async def redis(suite: Suite) -> AsyncIterator[Any]:
    """A client of the suite's Redis."""
    client = asyncio_redis.from_url(suite.urls["redis"])
    yield client
    await client.aclose()


_ids = itertools.count(random.randrange(10**12, 10**13), 10)
"""Ten apart: who is a stranger to one test, as `user_id + 1`, is nobody in the next one."""


@pytest.fixture
def user_id() -> int:
    """An id that no account has."""
    return next(_ids)


@pytest.fixture
async def http(suite: Suite) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway, from an address of its own, with a cookie jar of its own."""
    async with Clients(suite.urls["gateway"]) as clients:
        yield clients.client()


@pytest.fixture
async def people(suite: Suite) -> AsyncIterator[People]:
    """People with accounts: `tom = await people.one(nickname="Tom")`."""
    async with People(suite.urls["gateway"]) as everyone:
        yield everyone


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Awaitable[Any]]:
    """Wait for something to become true: give it an async function, and seconds to wait."""
    return wait_for


async def wait_for(question: Callable[[], Awaitable[T]], seconds: float = 30.0) -> T:
    """Ask again until the answer is truthy, and give it; fail after so many seconds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (answer := await question()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"it did not happen within {seconds} s (last answer {answer!r})")
        await asyncio.sleep(0.02)
    return answer


@pytest.fixture(scope="session")
def announced(js: JetStreamContext) -> Callable[..., Awaitable[list[events.CloudEvent]]]:
    """Wait for events: give it the kind, whose, and how many."""

    async def find(
        kind: type[Event], user_id: int, count: int = 1, seconds: float = 30.0
    ) -> list[events.CloudEvent]:
        async def enough() -> list[events.CloudEvent]:
            found = await read_events(js, f"events.{kind.fact}", str(user_id))
            return found if len(found) >= count else []

        return await wait_for(enough, seconds)

    return find


async def read_events(js: JetStreamContext, subject: str, person: str) -> list[events.CloudEvent]:
    """Give the events of a kind about a person that are in the stream, in order."""
    subscription = await js.subscribe(subject, stream="EVENTS", ordered_consumer=True)
    try:
        info = await subscription.consumer_info()
        found: list[events.CloudEvent] = []
        assert info.delivered
        left = (info.num_pending or 0) + info.delivered.consumer_seq
        while left:
            msg = await subscription.next_msg(timeout=30)
            left = msg.metadata.num_pending
            with contextlib.suppress(msgspec.MsgspecError):  # some tests publish what is none
                envelope = events.decode(msg.data)
                if envelope.subject == person:
                    found.append(envelope)
        return found
    finally:
        await subscription.unsubscribe()


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """What parts of us log in a test's own process: with every variable drawn it takes seconds."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


@pytest.fixture(scope="session", autouse=True)
def _no_stray_settings() -> None:
    """Tests must not take a server or a setting from the environment of whoever runs them."""
    for name in ("MONGO_URL", "REDIS_URL", "NATS_URL", "PORT", "DATA_DIR", "PUBLIC_URL"):
        os.environ.pop(name, None)
