"""Work that is too much for one transaction: kept with what caused it, done in chunks.

A job is written in the transaction of its cause, so it exists if and only if that happened. Each
chunk is a transaction of its own that also notes in the job how far it came; killed at any point,
the work goes on from there.

A lease in the job keeps others from working on it at the same time. It only saves work: that
nothing is done twice or left out is decided by the job's own document, which every chunk writes.
"""

import asyncio
import contextlib
import math
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from services.social.turns import Turns
from shared.cancellation import heed_cancellation
from shared.errors import AppError
from shared.mongo import (
    ASCENDING,
    Document,
    IndexModel,
    Mongo,
    PyMongoError,
    ReturnDocument,
    Session,
    UpdateOne,
    reachable,
)
from shared.telemetry import logs

AT_ONCE_SECONDS = 0.5
"""How long whoever caused a job waits for it; the rest follows."""

LEASE = timedelta(seconds=3)
"""How long a job is left to a worker that is silent."""

LOOK_SECONDS = 0.5
"""How often a worker looks for jobs that nobody works on."""

TURN_SECONDS = 2.0
"""How long a worker stays with one job while others may be waiting: whoever has a million followers
does not keep the next person from leaving."""

Chunk: TypeAlias = Callable[[Session, Document], Awaitable[Mapping[str, Any] | None]]
"""Does the next part of a job in a transaction, and gives what to note in it: none if done."""

log = logs.logger("jobs")


def indexes(collection: str) -> dict[str, list[IndexModel]]:
    """What a collection of jobs is read by."""
    return {collection: [IndexModel([("until", ASCENDING)])]}


class Jobs:
    """Jobs of one kind in a collection of their own, and the worker that does them."""

    def __init__(self, mongo: Mongo, collection: str, chunk: Chunk) -> None:
        self._mongo, self._name, self._chunk = mongo, collection, chunk
        self._docs = mongo[collection]
        self._me = uuid.uuid4().hex
        self._turns = Turns()
        self._stop = asyncio.Event()
        self._running: set[asyncio.Task[bool]] = set()

    async def add(self, session: Session, held: bool = False, lane: str = "", **job: Any) -> str:
        """Keep a job in the transaction of its cause, and give its id.

        With `held` it is left to this process for a lease, to be done by `run_now`. Jobs of one
        `lane` write the same documents: they are not done side by side.
        """
        job_id = f"{lane}/{uuid.uuid4().hex}"
        lease = {"holder": self._me, "until": _now() + LEASE}
        free = {"holder": None, "until": _now()}
        await self._docs.insert_one(
            {"_id": job_id, **job, **(lease if held else free)}, session=session
        )
        return job_id

    async def add_once(self, session: Session, jobs: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep jobs by id, as `lane/what`, in the transaction of their cause, for the worker.

        What waits already is not kept twice: `asked` says how often it was asked for, and whoever
        finishes it sees whether that was also since it began.
        """
        free = {"holder": None, "until": _now()}
        updates = [
            UpdateOne(
                {"_id": job_id},
                {"$inc": {"asked": 1}, "$setOnInsert": {**job, **free}},
                upsert=True,
            )
            for job_id, job in jobs.items()
        ]
        await self._docs.bulk_write(updates, session=session)

    async def run_now(self, *job_ids: str) -> None:
        """Do held jobs whose cause was just committed, waiting for half a second at the most.

        What is not done by then, or fails, is done by the worker: this never raises.
        """
        tasks = [asyncio.create_task(self._work_off(job_id)) for job_id in job_ids]
        if not tasks:
            return
        for task in tasks:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        await asyncio.wait(tasks, timeout=AT_ONCE_SECONDS)

    async def run(self) -> None:
        """Work off what is waiting, until stopped."""
        while not self._stop.is_set():
            heed_cancellation()
            if not await self._do_next():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._stop.wait()

    async def stop(self) -> None:
        """Finish the chunks under way and begin no more."""
        self._stop.set()
        if self._running:
            await asyncio.wait(self._running)

    async def _do_next(self) -> bool:
        """Work off one job; false if there is none, or none that can be done now."""
        try:
            job_id = await self._claim()
        except (AppError, PyMongoError) as error:
            log.warning("job.not_claimed", kind=self._name, error=repr(error))
            return False
        return job_id is not None and await self._work_off(job_id, TURN_SECONDS)

    async def _claim(self) -> str | None:
        """Take the job that has waited longest for somebody to work on it."""
        async with reachable():
            job = await self._docs.find_one_and_update(
                {"until": {"$lte": _now()}},
                {"$set": {"holder": self._me, "until": _now() + LEASE}},
                sort=[("until", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return str(job["_id"]) if job else None

    async def _work_off(self, job_id: str, seconds: float = math.inf) -> bool:
        """Do a job that is held, chunk by chunk; false if it could not be finished.

        After so many seconds it is put behind those that wait.
        """
        ends = time.monotonic() + seconds
        try:
            while not self._stop.is_set():
                async with self._turns.of(job_id.partition("/")[0]):
                    more = await self._mongo.transact(lambda s: self._next(s, job_id))
                if not more:
                    return True
                if time.monotonic() > ends:
                    await self._put_back(job_id)
                    return True
        except (AppError, PyMongoError) as error:
            log.warning("job.not_finished", kind=self._name, id=job_id, error=repr(error))
        except Exception as error:  # one job that cannot be done must not stop the others
            log.error("job.failed", kind=self._name, id=job_id, error=repr(error), exc_info=error)
        return False

    async def _put_back(self, job_id: str) -> None:
        """Leave a job to whoever takes it next; those that have waited longer come first."""
        mine = {"_id": job_id, "holder": self._me}
        async with reachable():
            await self._docs.update_one(mine, {"$set": {"holder": None, "until": _now()}})

    async def _next(self, session: Session, job_id: str) -> bool:
        """Do the next chunk; false if it was the last, or another works on the job."""
        mine = {"_id": job_id, "holder": self._me}
        job = await self._docs.find_one(mine, session=session)
        if job is None:
            return False
        noted = await self._chunk(session, job)
        if noted is None:
            await self._docs.delete_one(mine, session=session)
            return False
        held = {**noted, "until": _now() + LEASE}
        await self._docs.update_one(mine, {"$set": held}, session=session)
        return True


@asynccontextmanager
async def worked_off(*kinds: Jobs) -> AsyncIterator[None]:
    """Run the workers of these kinds of jobs for as long as the block runs."""
    workers = [asyncio.create_task(kind.run()) for kind in kinds]
    try:
        yield
    finally:
        for kind in kinds:
            await kind.stop()
        await asyncio.gather(*workers)


def _now() -> datetime:
    return datetime.now(UTC)
