"""Servers of notify's own, for tests that run it in production or kill it, beside the suite."""

import asyncio
import base64
import contextlib
import itertools
import os
import secrets
import sys
import uuid
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from ops import ports, replica_set, servers
from shared.bus import Bus, connect
from shared.caller import Caller
from shared.contracts import notify, profile
from shared.contracts.accounts import Role
from shared.mongo import Mongo
from shared.settings import KeyRing
from tests.services.notify import telling as told
from tests.services.notify.cloud import Cloud, serving

ROOT = Path(__file__).resolve().parents[3]


OPERATOR = Caller(user_id=0, session_id="ops", role=Role.ROOT)


def new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


_numbers = itertools.count(secrets.randbelow(10**8))

SECRET_CODE = "Qx7Zk9"
"""In place of digits, which stand in many a hexadecimal id, where a code is looked for."""


def new_number() -> int:
    """Give eight digits that no other test of this run has."""
    return next(_numbers) % 10**8


def new_send(**fields: Any) -> notify.Send:
    """Make a message with a code to a number of its own."""
    usual: dict[str, Any] = {
        "id": uuid.uuid4().hex,
        "channel": notify.Channel.SMS,
        "to": f"+86139{new_number():08}",
        "template": "verification_code",
        "parameters": {"code": f"{secrets.randbelow(10**6):06}", "minutes": "5"},
        "expires_at": datetime.now(UTC) + timedelta(minutes=5),
    }
    return notify.Send(**(usual | fields))


async def publish(js: JetStreamContext, *sends: notify.Send) -> None:
    """Put messages into the stream, without the id that the stream itself would compare."""
    for send in sends:
        await js.publish(notify.WORK, msgspec.msgpack.encode(send))


async def places_of(js: JetStreamContext, stream: str, text: str) -> list[int]:
    """Places of the messages of a stream that hold this text, say a message's id."""
    place, found = 0, []
    with contextlib.suppress(NotFoundError):  # behind the last one
        while True:
            # What was removed is passed over: it may have been thousands.
            msg = await js.get_msg(stream, place + 1, subject=">", next=True)
            place = msg.seq or 0
            if text.encode() in (msg.data or b""):
                found.append(place)
    return found


async def dead_letters_of(js: JetStreamContext, text: str) -> list[int]:
    """Places of the dead letters that hold this text."""
    return await places_of(js, "DEAD_LETTERS", text)


async def gone(js: JetStreamContext, text: str) -> bool:
    """Tell whether no message with this text is in the work stream."""
    return not await places_of(js, "NOTIFY", text)


class Lab:
    """A MongoDB and a NATS server of these tests' own, and processes of notify on them."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._keys = {
            "USERHUB_LOOKUP_KEY": new_key(),
            "USERHUB_CALLER_KEYS": f"k1:{new_key()}",
        }
        self._servers: list[Process] = []
        self.urls: dict[str, str] = {}
        self.bus: Bus
        self.js: JetStreamContext
        self.mongo: Mongo

    async def start(self) -> None:
        taken: set[int] = set()
        for server in (servers.MONGO, servers.NATS):
            port = ports.pick_free(taken)
            taken.add(port)
            folder = self._home / server.name
            folder.mkdir(parents=True)
            command = server.command(folder, port)
            self._servers.append(await self._spawn(server.name, command, {"LC_ALL": "C"}))
            self.urls[server.name] = server.url(port)
            if server is servers.MONGO:
                await asyncio.to_thread(replica_set.settle, folder, port)
        client = await connect(self.urls["nats"], "tests")
        self.bus = Bus(client, KeyRing.parse(self._keys["USERHUB_CALLER_KEYS"]))
        self.js = client.jetstream()
        self.mongo = Mongo(self.urls["mongo"], "userhub_notify", "tests")

    async def _spawn(
        self, name: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> Process:
        with self.log(name).open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--", *command),
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )

    def log(self, name: str = "notify") -> Path:
        return self._home / f"{name}.log"

    @asynccontextmanager
    async def running(self, **environment: str) -> AsyncIterator[Process]:
        """Run a process of notify until the block ends."""
        settings = {
            "USERHUB_ENV": "dev",
            "MONGO_URL": self.urls["mongo"],
            "NATS_URL": self.urls["nats"],
        }
        async with self._process("notify", settings | environment) as process:
            yield process

    @asynccontextmanager
    async def running_profile(self) -> AsyncIterator[Process]:
        """Run a process of profile, which knows what people are called, until the block ends."""
        settings = {
            "MONGO_URL": self.urls["mongo"],
            "NATS_URL": self.urls["nats"],
            "MEDIA_DIR": str(self._home / "media"),
            "USERHUB_UPLOAD_KEY": new_key(),
        }
        async with self._process("profile", settings) as process:
            yield process

    @asynccontextmanager
    async def running_gateway(self, port: int) -> AsyncIterator[Process]:
        """Run a gateway that has no other service and no Redis, until the block ends."""
        settings = {
            "NATS_URL": self.urls["nats"],
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "USERHUB_SESSION_KEYS": f"k1:{new_key()}",
            "USERHUB_IM_KEY": new_key(),
            "PORT": str(port),
        }
        async with self._process("gateway", settings, "gateway") as process:
            yield process

    @asynccontextmanager
    async def _process(
        self, name: str, settings: Mapping[str, str], module: str = ""
    ) -> AsyncIterator[Process]:
        command = [sys.executable, "-m", module or f"services.{name}"]
        process = await self._spawn(name, command, {**self._keys, **settings})
        try:
            yield process
        finally:
            await _end(process)

    async def ask_deliveries(self, to: str) -> list[notify.Delivery]:
        """Ask for deliveries, as soon as there is a process that answers."""
        ask = notify.ReadDeliveries(to=to)
        return await self.bus.ask(notify.read_deliveries, ask, caller=OPERATOR, timeout=20)

    async def stop(self) -> None:
        await self.mongo.close()
        await self.bus.close()
        for server in self._servers:
            await _end(server)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    await asyncio.wait_for(process.wait(), 60)


@pytest.fixture(scope="session")
async def lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    """Servers without the suite on them: a process of notify is the only one there."""
    lab = Lab(tmp_path_factory.mktemp("notify"))
    await lab.start()
    yield lab
    await lab.stop()


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """RongCloud's documented answers from a server on this machine."""
    with serving() as cloud:
        yield cloud


@pytest.fixture
async def telling(js, mongo, bus, cloud) -> AsyncIterator[told.Telling]:
    """Tell that server, keeping the records where the suite's notify does not look."""
    async with told.telling(js, mongo("userhub_test_im_notices"), bus, cloud) as one:
        yield one


@pytest.fixture
async def tom_ann_bob(bus) -> tuple[int, int, int]:
    """Three people with profiles."""
    people = told.new_id(), told.new_id(), told.new_id()
    for user_id, nickname in zip(people, ("Tom", "安 & Co", "Bob"), strict=True):
        await bus.ask(profile.open_profile, profile.OpenProfile(user_id=user_id, nickname=nickname))
    return people
