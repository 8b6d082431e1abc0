"""The outbox: events written in the transaction that they tell of, and published from there.

`Outbox.record` adds an event to a transaction. A relay in each instance of the service publishes
what was committed; one relay works at a time (a lease), so that the events of one person are
published in the order in which they were committed. Published events stay for thirty days, so that
the stream can be rebuilt.
"""

import asyncio
import contextlib
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from shared import events
from shared.cancellation import heed_cancellation
from shared.contract import Event
from shared.leases import LIFETIME_MS, Lease
from shared.mongo import (
    ASCENDING,
    Document,
    IndexModel,
    Mongo,
    PyMongoError,
    ReturnDocument,
    Session,
    reachable,
)
from shared.telemetry import logs, metrics

T = TypeVar("T")

BATCH = 500
"""Events taken from the database at once."""

SWEEP_SECONDS = 1.0
"""How often the relay looks without having been told of a new event."""

KEEP_SECONDS = 30 * 24 * 3600
"""How long a published event stays in the outbox: as long as the stream keeps it."""

REPUBLISHED_AT_ONCE = 5000
"""Events marked in one step, so that it takes less than a call may."""

INDEXES = {
    "outbox": [
        IndexModel(
            [("subject", ASCENDING), ("sequence", ASCENDING)],
            name="waiting",
            partialFilterExpression={"waiting": True},
        ),
        IndexModel([("published_at", ASCENDING)], expireAfterSeconds=KEEP_SECONDS),
    ]
}

log = logs.logger("outbox")


class Outbox:
    """Events of one service, on their way out."""

    def __init__(self, mongo: Mongo, js: JetStreamContext, service: str) -> None:
        self._mongo, self._js, self._service = mongo, js, service
        self._docs, self._heads = mongo["outbox"], mongo["outbox_heads"]
        self._nudge_subject = f"outbox.{service}.nudge"
        self._nudged = asyncio.Event()
        self._stopping = False
        self._lease = Lease(mongo, "outbox-relay", uuid.uuid4().hex)

    async def transact(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` in a transaction (`Mongo.transact`), then publish what it recorded."""
        done = await self._mongo.transact(work)
        self.nudge()
        return done

    async def record(self, session: Session, event: Event) -> None:
        """Add an event to a transaction (`transact`).

        The subject's counter serialises transactions about one person, so that the numbers follow
        the order of commits.
        """
        head = await self._heads.find_one_and_update(
            {"_id": event.subject},
            {"$inc": {"sequence": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        assert head is not None
        await self._docs.insert_one(
            {
                "_id": uuid.uuid4().hex,
                "subject": event.subject,
                "sequence": head["sequence"],
                "fact": event.fact,
                "time": datetime.now(UTC),
                "data": events.data_of(event),
                "waiting": True,
            },
            session=session,
        )

    async def numbers(self, subjects: Sequence[str]) -> dict[str, int]:
        """Give the number of the last event of each subject that has had one."""
        async with reachable():
            heads = await self._heads.find({"_id": {"$in": subjects}}).to_list(None)
        return {head["_id"]: head["sequence"] for head in heads}

    def nudge(self) -> None:
        """Tell the relay, here or in another instance, that there is something to publish."""
        self._nudged.set()

    async def run(self) -> None:
        """Relay until cancelled or stopped."""

        async def on_nudge(_: object) -> None:
            self._nudged.set()

        subscription = await self._js._nc.subscribe(self._nudge_subject, cb=on_nudge)
        try:
            while not self._stopping:
                heed_cancellation()
                await self._wait()
                try:
                    await self._relay_if_mine()
                except (PyMongoError, NatsError, TimeoutError) as error:
                    log.warning("outbox.not_relayed", error=repr(error))
                    await asyncio.sleep(0.5)
        finally:
            await subscription.unsubscribe()
            await self._lease.release()

    async def stop(self) -> None:
        """Finish the round under way and relay no more."""
        self._stopping = True
        self._nudged.set()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SWEEP_SECONDS):
                await self._nudged.wait()
                self._nudged.clear()

    async def _relay_if_mine(self) -> None:
        if await self._lease.take():
            async with self._lease.kept():
                await self._relay()
        elif not self._stopping and await self._docs.find_one({"waiting": True}, {"_id": 1}):
            await self._js._nc.publish(self._nudge_subject, b"")
            await asyncio.sleep(LIFETIME_MS / 10_000)

    async def _relay(self) -> None:
        while batch := await self._waiting():
            oldest = min(entry["time"] for entry in batch)
            age = (datetime.now(UTC) - oldest).total_seconds()
            metrics.OUTBOX_LAG.labels(self._service).set(max(0.0, age))
            if not await self._publish_in_waves(batch):
                raise TimeoutError("JetStream did not acknowledge every event")
        metrics.OUTBOX_LAG.labels(self._service).set(0)

    async def _waiting(self) -> list[Document]:
        cursor = self._docs.find({"waiting": True}).sort(
            [("subject", ASCENDING), ("sequence", ASCENDING)]
        )
        return await cursor.limit(BATCH).to_list(BATCH)

    async def _publish_in_waves(self, batch: list[Document]) -> bool:
        """Publish side by side what concerns different people, and in order what does not.

        What was published is noted once for all of it: that costs as much as a whole wave. If this
        process dies before, it is published again, with the same ids.
        """
        by_subject: dict[str, list[Document]] = defaultdict(list)
        for entry in batch:
            by_subject[entry["subject"]].append(entry)
        whole, done = True, list[str]()
        while by_subject:
            wave = [entries[0] for entries in by_subject.values()]
            results = await asyncio.gather(*map(self._publish, wave), return_exceptions=True)
            for entry, result in zip(wave, results, strict=True):
                rest = by_subject.pop(entry["subject"])[1:]
                if isinstance(result, BaseException):
                    whole = False
                    log.warning("outbox.not_published", id=entry["_id"], error=repr(result))
                    continue
                done.append(entry["_id"])
                if rest:
                    by_subject[entry["subject"]] = rest
        await self._mark_published(done)
        return whole

    async def _publish(self, entry: Document) -> None:
        envelope = events.CloudEvent(
            id=entry["_id"],
            source=f"/userhub/{self._service}",
            type=entry["fact"],
            subject=entry["subject"],
            time=entry["time"],
            sequence=str(entry["sequence"]),
            data=entry["data"],
        )
        await self._js.publish(
            f"events.{entry['fact']}",
            events.encode(envelope),
            timeout=5,
            headers={"Nats-Msg-Id": entry["_id"], "content-type": "application/cloudevents+json"},
        )

    async def _mark_published(self, ids: Iterable[str]) -> None:
        ids = list(ids)
        if not ids:
            return
        await self._docs.update_many(
            {"_id": {"$in": ids}},
            {"$set": {"published_at": datetime.now(UTC)}, "$unset": {"waiting": ""}},
        )
        metrics.OUTBOX_PUBLISHED.labels(self._service).inc(len(ids))

    async def republish(self, since: datetime, until: datetime | None = None) -> int:
        """Publish again what was published in a time, the oldest first, to rebuild a stream.

        Takes some thousand at once and says how many: ask again, with the same `until`, until
        there are none.
        """
        published = {"$gte": since, "$lt": until or datetime.now(UTC)}
        query = {"published_at": published, "waiting": {"$exists": False}}
        cursor = self._docs.find(query, {"_id": 1}).sort("published_at", ASCENDING)
        ids = [doc["_id"] for doc in await cursor.limit(REPUBLISHED_AT_ONCE).to_list(None)]
        result = await self._docs.update_many({"_id": {"$in": ids}}, {"$set": {"waiting": True}})
        self.nudge()
        return int(result.modified_count)
