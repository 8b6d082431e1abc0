"""Telling many people of one change: a job that is kept with the change and worked off in chunks.

A job is written in the transaction that makes the change, so it exists if and only if the change
does. Each chunk is a transaction of its own that stamps the next 200 people of the audience and
notes in the job how far it came; killed at any point, it goes on from there. Whoever joins the
audience meanwhile is told by what made them join.

A lease in the job keeps others from working on it at the same time. It only saves work: that
nobody is stamped twice or left out is decided by the job's own document, which every chunk writes.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from services.social.sync.log import Change, Section, SyncLog
from shared.errors import AppError
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
from shared.telemetry import logs

CHUNK = 200
"""People told in one transaction: about 400 documents."""

AT_ONCE_SECONDS = 0.5
"""How long whoever made a change waits for its audience to be told; the rest follows."""

LEASE = timedelta(seconds=3)
"""How long a job is left to a worker that is silent."""

LOOK_SECONDS = 0.5
"""How often the worker looks for jobs without having been told of one."""

INDEXES = {"fan_out": [IndexModel([("until", ASCENDING)])]}

log = logs.logger("fan_out")


class Audience(StrEnum):
    """Who is told."""

    FRIENDS = "friends"
    """Everybody who has this person among their friends and invitations."""
    MEMBERS = "members"
    """The members of this group."""


PageOfPeople: TypeAlias = Callable[[Session, int, int, int], Awaitable[list[int]]]
"""Gives, in a transaction, the next people of an audience: `(session, of, after, limit)`, by id."""


@dataclass(frozen=True)
class News:
    """What is different, for everybody who is told."""

    section: Section
    key: int = 0
    member: int | None = None


class FanOut:
    """Jobs in MongoDB, and the worker that does them."""

    def __init__(
        self, mongo: Mongo, log: SyncLog, audiences: Mapping[Audience, PageOfPeople]
    ) -> None:
        self._mongo, self._log, self._audiences = mongo, log, audiences
        self._jobs = mongo["fan_out"]
        self._me = uuid.uuid4().hex
        self._nudged = asyncio.Event()
        self._stopping = False
        self._running: set[asyncio.Task[bool]] = set()

    async def later(
        self, session: Session, news: News, audience: Audience, of: int, at_once: bool = True
    ) -> str:
        """Keep, in the transaction of a change, that an audience is to be told of it.

        `of` is the person or the group whose audience it is. Call `run_now` with what this gives
        once that is committed; with `at_once` false the worker takes it.
        """
        job = uuid.uuid4().hex
        await self._jobs.insert_one(
            {
                "_id": job,
                "section": news.section.value,
                "key": news.key,
                "member": news.member,
                "audience": audience.value,
                "of": of,
                "after": 0,
                "holder": self._me if at_once else None,
                "until": _now() + LEASE if at_once else _now(),
            },
            session=session,
        )
        return job

    async def run_now(self, *jobs: str) -> None:
        """Tell the audiences of jobs just committed, waiting for half a second at the most.

        What is not done by then, or fails, is done by the worker: this never raises.
        """
        tasks = [asyncio.create_task(self._work_off(job)) for job in jobs]
        if not tasks:
            return
        for task in tasks:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        await asyncio.wait(tasks, timeout=AT_ONCE_SECONDS)

    def nudge(self) -> None:
        """Tell the worker that there may be a job."""
        self._nudged.set()

    async def run(self) -> None:
        """Work off what is waiting, until stopped."""
        while not self._stopping:
            if not await self._do_next():
                await self._wait()

    async def stop(self) -> None:
        """Finish the chunks under way and begin no more."""
        self._stopping = True
        self._nudged.set()
        if self._running:
            await asyncio.wait(self._running)

    async def _do_next(self) -> bool:
        """Work off one job; false if there is none, or none that can be done now."""
        try:
            job = await self._claim()
        except (AppError, PyMongoError) as error:
            log.warning("fan_out.not_claimed", error=repr(error))
            return False
        return job is not None and await self._work_off(job)

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._nudged.wait(), LOOK_SECONDS)
        except TimeoutError:
            return
        self._nudged.clear()

    async def _claim(self) -> str | None:
        """Take the job that has waited longest for somebody to work on it."""
        async with reachable():
            job = await self._jobs.find_one_and_update(
                {"until": {"$lte": _now()}},
                {"$set": {"holder": self._me, "until": _now() + LEASE}},
                sort=[("until", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return str(job["_id"]) if job else None

    async def _work_off(self, job: str) -> bool:
        """Do a job that is held, chunk by chunk; false if it could not be finished."""
        try:
            while not self._stopping:
                if not await self._mongo.transact(lambda session: self._chunk(session, job)):
                    return True
        except (AppError, PyMongoError) as error:
            log.warning("fan_out.not_finished", error=repr(error))
        except Exception as error:  # one job that cannot be done must not stop the others
            log.error("fan_out.failed", job=job, error=repr(error), exc_info=error)
        return False

    async def _chunk(self, session: Session, job_id: str) -> bool:
        """Tell the next people; false once there are none, or another works on the job."""
        mine = {"_id": job_id, "holder": self._me}
        job = await self._jobs.find_one(mine, session=session)
        if job is None:
            return False
        page = self._audiences[Audience(job["audience"])]
        people = await page(session, job["of"], job["after"], CHUNK)
        await self._log.stamp(session, [_change(job, one) for one in people])
        if len(people) < CHUNK:
            await self._jobs.delete_one(mine, session=session)
            return False
        held = {"after": people[-1], "until": _now() + LEASE}
        await self._jobs.update_one(mine, {"$set": held}, session=session)
        return True


def _change(job: Document, user_id: int) -> Change:
    return Change(user_id, Section(job["section"]), job["key"], job["member"])


def _now() -> datetime:
    return datetime.now(UTC)
