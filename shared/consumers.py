"""Durable consumers: each message of a stream handled once, in spite of crashes and restarts.

A handler that fails sees its message again after a growing pause. After the last try the message is
copied to the stream `DEAD_LETTERS`, from where an operator can replay it. Nothing is given up while
a part that is needed cannot be reached (`Unavailable`), such as the database: the message waits.
"""

import asyncio
import random
import time
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from shared import events
from shared.cancellation import heed_cancellation
from shared.contract import Listeners
from shared.errors import AppError, Unavailable
from shared.mongo import ASCENDING, DuplicateKeyError, IndexModel, Mongo, PyMongoError, Session
from shared.pulling import fetch
from shared.telemetry import logs, metrics, traces

PAUSES = (0.2, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0)
"""Seconds before each further try."""

JITTER = 1.25
"""A pause is up to a quarter longer than it says, at random."""

ACK_WAIT = 15.0
"""Seconds after which the server gives a message to another instance."""

BATCH = 64

MOST_GIVEN_BACK = 20_000
"""Messages that a consumer may have given back at a time: more than come of one key while its first
one fails (twenty minutes), as at the limit everybody else waits too. Of each a process remembers
its number and a time, not the message."""

KEEP_HANDLED_SECONDS = 31 * 24 * 3600
"""How long handled event ids are remembered: longer than the stream keeps the events."""

APART = 0.002
"""Seconds between those that wait for the same one: less than handling one takes."""

REPLAY_FOR = "Userhub-Replay-For"
"""Header of a replayed dead letter: the one consumer that it is for."""

INDEXES = {
    "handled": [IndexModel([("at", ASCENDING)], expireAfterSeconds=KEEP_HANDLED_SECONDS)],
}

log = logs.logger("consumers")


class Later(Exception):
    """Raised by a handler that wants its message again after so many seconds, without a failure."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


class _Line:
    """Messages of one key that were given back: in their order, and when each is given again."""

    def __init__(self) -> None:
        self._order: list[int] = []
        self._until: dict[int, float] = {}

    def put(self, sequence: int, until: float) -> None:
        """Note when a message is given again."""
        if sequence not in self._until:
            insort(self._order, sequence)
        self._until[sequence] = until

    def leave(self, sequence: int) -> bool:
        """Forget a message that is done with; true if no other is left."""
        if self._until.pop(sequence, None) is not None:
            del self._order[bisect_left(self._order, sequence)]
        return not self._order

    def is_over(self, now: float) -> bool:
        """Whether nothing of it is to be expected: another instance may have been given it."""
        return not self._order or max(self._until.values()) < now - ACK_WAIT

    def wait(self, sequence: int, now: float) -> float:
        """Give for how many seconds a message waits for those before it; 0 if there are none."""
        while self._order and self._order[0] < sequence:
            left = self._until[self._order[0]] - now
            if left > -ACK_WAIT:
                # One after the other: those that come all at once come in any order.
                return max(left, 0.0) + APART * bisect_left(self._order, sequence)
            self.leave(self._order[0])
        return 0.0


def _sequence(msg: Msg) -> int:
    return int(msg.metadata.sequence.stream)


def _alone(msg: Msg) -> str:
    return str(_sequence(msg))


def _jitter() -> float:
    """Draw how much longer a pause is: many that failed together shall not come back together."""
    return random.uniform(1.0, JITTER)  # noqa: S311


@dataclass(frozen=True)
class Consumer:
    """A durable place in a stream and what is done with its messages."""

    js: JetStreamContext
    stream: str
    durable: str
    subjects: Sequence[str]
    handle: Callable[[Msg], Awaitable[None]]
    order_by: Callable[[Msg], str] = field(default=_alone)
    """Messages that share this key are handled one after the other, in this process in order."""
    pauses: Sequence[float] = PAUSES
    deliver: DeliverPolicy = DeliverPolicy.ALL
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _failures: Counter[int] = field(default_factory=Counter, init=False)
    _lines: dict[str, _Line] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Handle messages until stopped or cancelled; outlives restarts of the server."""
        while not self.stopping.is_set():
            heed_cancellation()
            try:
                await self._ensure()
                await self._pull()
            except (NatsError, TimeoutError, OSError) as error:
                # What NATS says of an error, such as "stream not found", is not in its `repr`.
                said = f"{type(error).__name__}: {error}"
                log.warning("consumer.interrupted", consumer=self.durable, error=said)
                await asyncio.sleep(0.5)

    async def _ensure(self) -> None:
        await self.js.add_consumer(
            self.stream,
            ConsumerConfig(
                durable_name=self.durable,
                filter_subjects=list(self.subjects),
                deliver_policy=self.deliver,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT,
                max_deliver=-1,
                max_ack_pending=MOST_GIVEN_BACK,
            ),
        )

    async def _pull(self) -> None:
        subscription = await self.js.pull_subscribe_bind(durable=self.durable, stream=self.stream)
        try:
            while not self.stopping.is_set():
                if batch := await fetch(subscription, self._room()):
                    await self._handle_batch(batch)
                else:
                    await self._still_there()
        finally:
            await subscription.unsubscribe()

    def _room(self) -> int:
        """Give how many messages may be fetched now."""
        return BATCH

    async def _still_there(self) -> None:
        """Notice a consumer that is gone, as a fetch does not tell (it only waits)."""
        now = time.monotonic()
        for key in [key for key, line in self._lines.items() if line.is_over(now)]:
            del self._lines[key]
        info = await self.js.consumer_info(self.stream, self.durable, timeout=2)
        pending = (info.num_pending or 0) + (info.num_ack_pending or 0)
        metrics.CONSUMER_LAG.labels(self.durable).set(pending)

    async def _handle_batch(self, batch: list[Msg]) -> None:
        lanes: dict[str, list[Msg]] = defaultdict(list)
        for msg in batch:
            lanes[self.order_by(msg)].append(msg)
        await asyncio.gather(*(self._handle_lane(key, lane) for key, lane in lanes.items()))

    async def _handle_lane(self, key: str, lane: list[Msg]) -> None:
        for msg in sorted(lane, key=_sequence):
            now = time.monotonic()
            line = self._lines.get(key)
            if line and (wait := line.wait(_sequence(msg), now)):
                await self._again(msg, wait + self.pauses[0])
            else:
                await self._handle_one(msg)

    async def _handle_one(self, msg: Msg) -> bool:
        """Handle a message and tell the server; true if it is done with."""
        outcome = "handled"
        headers = msg.headers or {}
        if headers.get(REPLAY_FOR, self.durable) != self.durable:
            await msg.ack()
            return True
        try:
            with traces.span(f"consume {self.durable}", headers=headers):
                async with asyncio.timeout(ACK_WAIT * 0.8):
                    await self.handle(msg)
        except Later as later:
            outcome = "later"
            await self._again(msg, later.seconds)
        except Exception as error:
            outcome = await self._failed(msg, error)
        else:
            await msg.ack()
        metrics.CONSUMED.labels(self.durable, outcome).inc()
        if outcome not in ("handled", "dead"):
            return False
        self._failures.pop(_sequence(msg), None)
        key = self.order_by(msg)
        if (line := self._lines.get(key)) and line.leave(_sequence(msg)):
            del self._lines[key]
        return True

    async def _again(self, msg: Msg, seconds: float) -> None:
        """Have a message given again, and those behind it wait until then."""
        now = time.monotonic()
        self._lines.setdefault(self.order_by(msg), _Line()).put(_sequence(msg), now + seconds)
        await msg.nak(delay=seconds)

    @property
    def pause_while_away(self) -> float:
        """Longest time in seconds between two tries of what needs a part that cannot be reached."""
        return self.pauses[len(self.pauses) // 2]

    async def _failed(self, msg: Msg, error: Exception) -> str:
        if isinstance(error, Unavailable):
            # Nothing is wrong with the message, and the part may be back at any moment.
            log.warning("consumer.waits", consumer=self.durable, needs=error.details)
            tries = min(self._failures[_sequence(msg)], len(self.pauses) // 2) + 1
            self._failures[_sequence(msg)] = tries
            await self._again(msg, self.pauses[tries - 1] * _jitter())
            return "failed"
        # Not what the server counts: it gives a message that waits behind another again and again.
        self._failures[_sequence(msg)] += 1
        tries = self._failures[_sequence(msg)]
        if tries > len(self.pauses):
            await self._bury(msg, error)
            return "dead"
        expected = isinstance(error, AppError | PyMongoError | TimeoutError)
        log.warning(
            "consumer.failed",
            consumer=self.durable,
            tries=tries,
            error=repr(error),
            exc_info=not expected,
        )
        await self._again(msg, self.pauses[tries - 1] * _jitter())
        return "failed"

    async def _bury(self, msg: Msg, error: Exception) -> None:
        """Copy the message to the dead letters, and only then take it out of the way."""
        sequence = msg.metadata.sequence.stream
        headers = {
            **(msg.headers or {}),
            "Nats-Msg-Id": f"{self.durable}-{self.stream}-{sequence}",
            "Userhub-Subject": msg.subject,
            "Userhub-Consumer": self.durable,
            "Userhub-Error": type(error).__name__,
            "Userhub-Died-At": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        await self.js.publish(self._grave(msg), msg.data, headers=headers, timeout=5)
        await msg.term()
        log.error("consumer.gave_up", consumer=self.durable, sequence=sequence, error=repr(error))

    def _grave(self, msg: Msg) -> str:
        """Give the subject of a message that is given up."""
        return f"dead.{self.durable}"


def event_consumer(
    js: JetStreamContext,
    mongo: Mongo,
    durable: str,
    listeners: Listeners,
    committed: Callable[[], None],
) -> Consumer:
    """Make the consumer of a service that reacts to events of others.

    The listener's writes and the note that the event is handled are one transaction: a repeated
    event does nothing, a crash leaves nothing half done. `committed` is called after each.
    """
    by_fact = {event.fact: (event, listener) for event, listener in listeners.items()}

    async def handle(msg: Msg) -> None:
        envelope = events.decode(msg.data)
        kind, listener = by_fact[envelope.type]
        event = msgspec.convert(envelope.data, kind)

        async def work(session: Session) -> None:
            record = {"_id": f"{durable}:{envelope.id}", "at": datetime.now(UTC)}
            await mongo["handled"].insert_one(record, session=session)
            await listener(event, session)

        try:
            await mongo.transact(work)
        except DuplicateKeyError as error:
            if "handled" not in str(error):
                raise
        committed()

    return Consumer(
        js=js,
        stream="EVENTS",
        durable=durable,
        subjects=sorted(f"events.{fact}" for fact in by_fact),
        handle=handle,
        order_by=_subject_of,
    )


def _subject_of(msg: Msg) -> str:
    try:
        return events.decode(msg.data).subject
    except msgspec.MsgspecError:
        return msg.reply


async def dead_letters(js: JetStreamContext, limit: int = 100) -> list[dict[str, Any]]:
    """List dead letters, oldest first: sequence, consumer, subject, error, time."""
    rows = []
    async for sequence, msg in _dead(js):
        headers = msg.headers or {}
        rows.append(
            {
                "sequence": sequence,
                "consumer": headers.get("Userhub-Consumer"),
                "subject": headers.get("Userhub-Subject"),
                "error": headers.get("Userhub-Error"),
                "died_at": headers.get("Userhub-Died-At"),
            }
        )
        if len(rows) == limit:
            break
    return rows


async def _dead(js: JetStreamContext) -> Any:
    state = (await js.stream_info("DEAD_LETTERS")).state
    for sequence in range(max(1, state.first_seq), state.last_seq + 1):  # 0: never had any
        try:
            yield sequence, await js.get_msg("DEAD_LETTERS", sequence)
        except NotFoundError:
            continue


async def replay(js: JetStreamContext, sequence: int) -> None:
    """Give a dead letter back to the consumer that gave up on it, and remove it from the list."""
    dead = await js.get_msg("DEAD_LETTERS", sequence)
    headers = dict(dead.headers or {})
    subject, consumer = headers["Userhub-Subject"], headers["Userhub-Consumer"]
    headers = {
        name: value for name, value in headers.items() if not name.startswith(("Userhub-", "Nats-"))
    }
    headers[REPLAY_FOR] = consumer
    headers["Nats-Msg-Id"] = f"replay-{sequence}"
    await js.publish(subject, dead.data or b"", headers=headers, timeout=5)
    await js.delete_msg("DEAD_LETTERS", sequence)
