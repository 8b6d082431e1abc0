"""What the tests of the spine share: databases, servers and facts of their own."""

import asyncio
import contextlib
import signal
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import pytest

from ops import ports, servers
from shared import bus as shared_bus
from shared import consumers, events, outbox
from shared.contract import Event
from shared.mongo import Mongo


class NatsServer:
    """A NATS server of a test's own, to be killed and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, ports.pick_free()
        self.url = servers.NATS.url(self.port)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        log = self._folder / "nats.log"
        with log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--"),
                *servers.NATS.command(self._folder, self.port),
                stdout=out,
                stderr=out,
            )
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def restart(self) -> None:
        await self.kill()
        await self.start()


@pytest.fixture
async def nats_server(tmp_path) -> AsyncIterator[NatsServer]:
    """A NATS server beside the suite's."""
    server = NatsServer(tmp_path)
    await server.start()
    yield server
    await server.kill()


@pytest.fixture
async def own_js(nats_server):
    """JetStream of the server beside the suite's, with our streams."""
    client = await shared_bus.connect(nats_server.url, "tests")
    js = client.jetstream(timeout=5)
    for stream in (events.EVENTS, events.DEAD_LETTERS):
        await events.ensure_stream(js, stream)
    yield js
    await client.close()


@pytest.fixture
async def connect(suite):
    """More connections to the suite's NATS."""
    clients = []

    async def another(name="tests"):
        clients.append(await shared_bus.connect(suite.urls["nats"], name))
        return clients[-1]

    yield another
    for client in clients:
        if not client.is_closed:
            await client.close()


@pytest.fixture
async def database(suite) -> AsyncIterator[Mongo]:
    """An empty database on the suite's MongoDB, with the indexes that every service has."""
    mongo = Mongo(suite.urls["mongo"], f"spine_{uuid.uuid4().hex[:12]}", "tests")
    for indexes in (outbox.INDEXES, consumers.INDEXES):
        await mongo.ensure_indexes(indexes)
    await mongo.db.create_collection("things")
    yield mongo
    await mongo.client.drop_database(mongo.db.name)
    await mongo.close()


@pytest.fixture
def happened() -> type[Event]:
    """A fact that nothing else announces."""

    class Happened(Event):
        fact: ClassVar[str] = f"testsvc.f{uuid.uuid4().hex[:12]}"
        number: int = -1

    return Happened


@contextlib.asynccontextmanager
async def beside(work):
    """Run something beside the block, and end it with the block."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def published(js, kind: type[Event]) -> list[events.CloudEvent]:
    """Every event of a kind that is in the stream, in its order there."""
    subscription = await js.subscribe(f"events.{kind.fact}", stream="EVENTS", ordered_consumer=True)
    try:
        info = await subscription.consumer_info()
        found, left = [], (info.num_pending or 0) + info.delivered.consumer_seq
        while left:
            msg = await subscription.next_msg(timeout=30)
            found.append(events.decode(msg.data))
            left = msg.metadata.num_pending
        return found
    finally:
        await subscription.unsubscribe()
