"""What every service process does: connect, serve, relay, listen, and stop without losing work."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from shared import bus, consumers, events, memory, outbox
from shared.bus import DEADLINE, Bus
from shared.contract import Listeners, Table
from shared.contracts import outboxes
from shared.migrations import Migration, migrate
from shared.mongo import IndexModel, Mongo
from shared.settings import Stored
from shared.telemetry import logs, metrics, traces
from shared.version import VERSION

Indexes = Mapping[str, Sequence[IndexModel]]

DRAIN_SECONDS = 1 + DEADLINE
"""How long calls under way may go on when the process stops: none has an answer longer."""

log = logs.logger("runtime")


class Runtime:
    """One service process: its database, its place on the bus, its outbox and its tasks."""

    def __init__(self, name: str, config: Stored, client: Client, mongo: Mongo) -> None:
        self.name, self.mongo = name, mongo
        self.bus = Bus(client, config.caller_keys, config.max_in_flight)
        self.js: JetStreamContext = client.jetstream(timeout=5)
        self.outbox = outbox.Outbox(mongo, self.js, name)
        self._consumers: list[consumers.Consumer] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()

    async def prepare(self, migrations: Sequence[Migration], *indexes: Indexes) -> None:
        """Bring database and streams to what this version needs."""
        await self.mongo.wait_until_writable()
        await migrate(self.mongo, migrations)
        for wanted in (outbox.INDEXES, consumers.INDEXES, *indexes):
            await self.mongo.ensure_indexes(wanted)
        for stream in (events.EVENTS, events.NOTIFY, events.DEAD_LETTERS):
            await events.ensure_stream(self.js, stream)

    async def serve(self, *tables: Table) -> None:
        """Answer the calls of these tables, and the one that every service answers."""
        whole: dict[Any, Any] = {outboxes.republish(self.name): self._republish}
        for table in tables:
            whole |= table
        await self.bus.serve(self.name, VERSION, whole)

    async def _republish(self, ask: outboxes.Republish) -> int:
        count = await self.outbox.republish(ask.since, ask.until)
        log.warning("outbox.republished", since=ask.since.isoformat(), events=count)
        return count

    def listen(self, listeners: Listeners) -> None:
        """React to events of other services, and to one's own."""
        self.consume(
            consumers.event_consumer(self.js, self.mongo, self.name, listeners, self.outbox.nudge)
        )

    def consume(self, consumer: consumers.Consumer) -> None:
        """Run a consumer for as long as the process runs."""
        self._consumers.append(consumer)
        self.spawn(consumer.run())

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the service; the process stops if it fails."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._watch_task)
        self._tasks.append(task)

    def _watch_task(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.error("runtime.task_failed", error=repr(error), exc_info=error)
            self._stop.set()

    def stop(self) -> None:
        """Begin to stop."""
        self._stop.set()

    async def until_stopped(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is under way and leave."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._stop.set)
        self.spawn(self.outbox.run())
        memory.settle()
        log.info("service.ready", service=self.name)
        await self._stop.wait()
        log.info("service.stopping", service=self.name)
        await self._finish()

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.bus.stop_serving()
        except (TimeoutError, NatsError) as error:
            # NATS may be gone as well: what waits for messages must end all the same.
            log.warning("service.not_drained", service=self.name, error=repr(error))
        for consumer in self._consumers:
            consumer.stopping.set()
        await self.outbox.stop()
        _, running = await asyncio.wait(self._tasks, timeout=3)
        for task in running:
            task.cancel()
        await self.bus.close()


@asynccontextmanager
async def running(name: str, database: str, config: Stored) -> AsyncIterator[Runtime]:
    """Connect a service process to everything it needs."""
    logs.configure(name, config.log_level)
    traces.start(name, os.environ)
    if config.metrics_port:
        metrics.serve(config.metrics_host, config.metrics_port)
    client = await bus.connect(config.nats_url, f"userhub-{name}", ca_file=config.tls_ca_file)
    bus.check_server(client)
    mongo = Mongo(config.mongo_url, database, name, config.tls_ca_file)
    try:
        yield Runtime(name, config, client, mongo)
    finally:
        if not client.is_closed:
            await client.close()
        await mongo.close()
        traces.stop()


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine on uvloop."""
    uvloop.run(main)
