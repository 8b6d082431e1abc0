"""Changes to stored data, run in order, once, by one process at a time.

A migration is a function that can be run again from where it stopped: it is given a document of
its own to note how far it came. Whoever dies under way is followed by the next process that starts.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.leases import Lease
from shared.mongo import Document, Mongo, patient
from shared.telemetry import logs

STEP_SECONDS = 6 * 3600
"""Longest time that a step may take: one update of a collection takes minutes where very many are
changed, and no request waits for it."""

log = logs.logger("migrations")


class Progress:
    """Where a migration notes how far it came."""

    def __init__(self, mongo: Mongo, migration: str, noted: Document) -> None:
        self._docs, self._migration, self.noted = mongo["migrations"], migration, noted

    async def note(self, **how_far: object) -> None:
        """Remember this for the next run of the same migration."""
        await self._docs.update_one({"_id": self._migration}, {"$set": {"noted": how_far}})
        self.noted = dict(how_far)


@dataclass(frozen=True)
class Migration:
    """One step: ids sort in the order in which steps are taken, `0001_what_it_does`."""

    id: str
    run: Callable[[Mongo, Progress], Awaitable[None]]


async def migrate(mongo: Mongo, steps: Sequence[Migration]) -> list[str]:
    """Run what has not run yet, in order; waits while another process does so."""
    if [step.id for step in steps] != sorted({step.id for step in steps}):
        raise ValueError("migrations must be listed in the order of their ids, each once")
    lease = Lease(mongo, "migrations", uuid.uuid4().hex)
    await lease.wait()
    try:
        async with lease.kept():
            return [step.id for step in steps if await _run(mongo, step)]
    finally:
        await lease.release()


async def _run(mongo: Mongo, step: Migration) -> bool:
    docs = mongo["migrations"]
    record = await docs.find_one({"_id": step.id}) or {}
    if record.get("finished_at"):
        return False
    log.info("migration.started", migration=step.id, noted=record.get("noted"))
    started = {"started_at": datetime.now(UTC)}
    await docs.update_one({"_id": step.id}, {"$setOnInsert": started}, upsert=True)
    with patient(STEP_SECONDS):
        await step.run(mongo, Progress(mongo, step.id, record.get("noted") or {}))
    await docs.update_one({"_id": step.id}, {"$set": {"finished_at": datetime.now(UTC)}})
    log.info("migration.finished", migration=step.id)
    return True
