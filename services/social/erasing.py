"""A person's leaving: too much for one transaction, so removed in steps and announced at the end.

The tombstone comes first, in the transaction of the event: from then on nothing of the person is
kept any more (`People.keep`). A job removes what there was, in chunks; the last one announces that
nothing is left.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from services.social import jobs
from shared import erasure
from shared.contracts import deletion, relations
from shared.mongo import Document, Mongo, Session
from shared.outbox import Outbox

Step: TypeAlias = Callable[[int, Session], Awaitable[bool]]
"""Removes some of what one store has of a person, in a transaction of at most 1,000 documents, and
tells the others; true once nothing is left. May run again, and where there is nothing."""

INDEXES = jobs.indexes("erasing")


class Erasing:
    """Jobs in collection `erasing`: who leaves, and the steps that are done."""

    def __init__(self, mongo: Mongo, outbox: Outbox, steps: Mapping[str, Step]) -> None:
        self._mongo, self._outbox, self._steps = mongo, outbox, steps
        self.jobs = jobs.Jobs(mongo, "erasing", self._chunk)

    async def on_deleting(self, event: deletion.UserDeleting, session: Session) -> None:
        """Begin to remove a person, once however often this is told."""
        if await erasure.bury(self._mongo, session, event.user_id):
            await self.jobs.add(session, user_id=event.user_id, done=[])

    async def _chunk(self, session: Session, job: Document) -> Mapping[str, Any] | None:
        for name, step in self._steps.items():
            if name not in job["done"]:
                done = [name] if await step(job["user_id"], session) else []
                return {"done": job["done"] + done}
        await self._outbox.record(session, relations.UserErased(user_id=job["user_id"]))
        return None
