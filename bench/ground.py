"""Servers to be killed, relays to be killed, and people who change meanwhile."""

import asyncio
import contextlib
import itertools
import random
import signal
import sys
import uuid
from asyncio.subprocess import Process
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from ops import ports, replica_set, servers
from shared import bus, events, outbox
from shared.consumers import Consumer, Later
from shared.contract import Event
from shared.errors import Unavailable
from shared.mongo import Mongo, Session
from shared.outbox import Outbox

SERVICE = "bench"
PEOPLE = 200
WRITERS = 16
AGAIN_SECONDS = 0.5


class Changed(Event):
    """Something about a made-up person is another one."""

    fact: ClassVar[str] = "bench.changed"
    number: int


class Ground:
    """MongoDB and NATS of one's own, on a folder that is thrown away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {}
        for server in (servers.MONGO, servers.NATS):
            port = ports.pick_free()
            self._ports[server.name] = port
            (folder / server.name).mkdir()
        self.urls = {
            server.name: server.url(self._ports[server.name])
            for server in (servers.MONGO, servers.NATS)
        }
        self.database = f"soak_{uuid.uuid4().hex[:8]}"
        self._processes: dict[str, Process] = {}
        self._names = itertools.count(1)

    async def start(self) -> None:
        """Start both servers."""
        await self._serve(servers.MONGO)
        folder, port = self._folder / servers.MONGO.name, self._ports[servers.MONGO.name]
        await asyncio.to_thread(replica_set.settle, folder, port)
        await self.start_nats()
        mongo = self.mongo()
        await mongo.wait_until_writable()
        await mongo.ensure_indexes(outbox.INDEXES)
        await mongo.db.create_collection("changes")
        client = await bus.connect(self.urls["nats"], "soak")
        await events.ensure_stream(client.jetstream(), events.EVENTS)
        await client.close()
        await mongo.close()

    def mongo(self) -> Mongo:
        """Connect to the database."""
        return Mongo(self.urls["mongo"], self.database, "soak")

    async def _serve(self, server: servers.Embedded) -> None:
        command = server.command(self._folder / server.name, self._ports[server.name])
        self._processes[server.name] = await self._spawn(server.name, command)

    async def _spawn(self, name: str, command: Sequence[str]) -> Process:
        with (self._folder / f"{name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--", *command), stdout=log, stderr=log
            )

    async def start_nats(self) -> None:
        """Start NATS, on the data that it had."""
        await self._serve(servers.NATS)
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection(
                        "127.0.0.1", self._ports[servers.NATS.name]
                    )
                    writer.close()
                    return
                await asyncio.sleep(0.05)

    async def kill_nats(self) -> None:
        """Kill NATS as a power cut would."""
        await _kill(self._processes[servers.NATS.name])

    async def start_relay(self) -> Process:
        """Start one more instance that publishes."""
        command = [sys.executable, "-m", "bench.relay", self.urls["mongo"], self.urls["nats"]]
        return await self._spawn(f"relay-{next(self._names)}", [*command, self.database])

    async def stop(self) -> None:
        """Stop both servers."""
        for process in self._processes.values():
            await _kill(process)


async def _kill(process: Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.wait()


@dataclass
class Relays:
    """Two instances that publish; one of them works, the other waits for its turn."""

    ground: Ground
    running: list[Process] = field(default_factory=list)
    kills: int = 0

    async def start(self) -> None:
        """Start both."""
        self.running = [await self.ground.start_relay() for _ in range(2)]

    async def kill_one(self) -> None:
        """Kill one, and start another."""
        victim = self.running.pop(random.randrange(len(self.running)))
        await _kill(victim)
        self.kills += 1
        self.running.append(await self.ground.start_relay())

    async def stop(self) -> None:
        """Kill all."""
        for one in self.running:
            await _kill(one)


class Writing:
    """Changes people, each change with its event in one transaction."""

    def __init__(self, mongo: Mongo, js: JetStreamContext) -> None:
        self._mongo, self._outbox = mongo, Outbox(mongo, js, SERVICE)
        self.done = 0

    async def write(self, count: int, per_second: float = 0) -> None:
        """Make so many changes, as fast as can be or at a rate."""
        numbers = iter(range(count))
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def writer() -> None:
            for number in numbers:
                if per_second:
                    await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
                await self._change(1 + random.randrange(PEOPLE), self.done)

        await asyncio.gather(*(writer() for _ in range(WRITERS)))

    async def _change(self, user_id: int, number: int) -> None:
        async def work(session: Session) -> None:
            change = {"user_id": user_id, "number": number}
            await self._mongo["changes"].insert_one(change, session=session)
            await self._outbox.record(session, Changed(user_id=user_id, number=number))

        while True:
            try:
                await self._mongo.transact(work)
            except Unavailable:  # too many conflicts, or a slow machine: what a client tries again
                continue
            self.done += 1
            return

    async def committed(self) -> int:
        """Count the changes that are in the database."""
        return int(await self._mongo["changes"].count_documents({}))


@dataclass
class Seen:
    """What a subscriber saw: every event once, or what is wrong with that."""

    ids: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    repeated: int = 0
    early: int = 0
    out_of_order: list[str] = field(default_factory=list)

    async def handle(self, msg: Msg) -> None:
        """Look at an event, as docs/events.md says that a subscriber should.

        What was under way when a connection broke comes again after a while, behind what is later:
        the numbers tell, and what comes too soon is put off.
        """
        event = events.decode(msg.data)
        if event.id in self.ids:
            self.repeated += 1
            return
        number, expected = int(event.sequence), self.last[event.subject] + 1
        if number > expected:
            self.early += 1
            raise Later(AGAIN_SECONDS)
        if number < expected:
            self.out_of_order.append(f"{event.subject}: {number} instead of {expected}")
        self.ids.add(event.id)
        self.last[event.subject] = number


@asynccontextmanager
async def subscribed(ground: Ground) -> AsyncIterator[Seen]:
    """Follow the events in a durable place, as a service does, until the block ends."""
    client = await bus.connect(ground.urls["nats"], "subscriber")
    seen = Seen()
    consumer = Consumer(
        js=client.jetstream(timeout=5),
        stream="EVENTS",
        durable="soak",
        subjects=[f"events.{Changed.fact}"],
        handle=seen.handle,
        order_by=lambda msg: events.decode(msg.data).subject,
    )
    running = asyncio.create_task(consumer.run())
    try:
        yield seen
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()
