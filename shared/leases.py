"""Leases: of several processes that could do a thing, one does it, by the database's clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.cancellation import heed_cancellation
from shared.mongo import DuplicateKeyError, Mongo, PyMongoError, ReturnDocument
from shared.telemetry import logs

LIFETIME_MS = 3000
"""How long a holder that died keeps others waiting."""

log = logs.logger("leases")


class Lease:
    """A named right, held by one process until it lets go or is silent for three seconds."""

    def __init__(self, mongo: Mongo, name: str, holder: str) -> None:
        self._docs, self._name, self._holder = mongo["leases"], name, holder

    async def take(self) -> bool:
        """Take or renew the lease; false while another holds it."""
        free_or_mine = {"$or": [{"$lte": ["$until", "$$NOW"]}, {"$eq": ["$holder", self._holder]}]}
        mine = {"holder": self._holder, "until": {"$add": ["$$NOW", LIFETIME_MS]}}
        # MongoDB refuses $expr in an upsert's filter, so the condition is in the update.
        values = {name: {"$cond": [free_or_mine, mine[name], f"${name}"]} for name in mine}
        try:
            lease = await self._docs.find_one_and_update(
                {"_id": self._name},
                [{"$set": values}],
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return False
        assert lease is not None  # made if absent
        return bool(lease["holder"] == self._holder)

    async def wait(self) -> None:
        """Take the lease, waiting for as long as another holds it."""
        while not await self.take():
            await asyncio.sleep(0.1)

    async def release(self) -> None:
        """Let go, so that the next one need not wait."""
        await self._docs.delete_one({"_id": self._name, "holder": self._holder})

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew a lease that was taken for as long as the block runs."""
        renewal = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewal.cancel()

    async def _renew(self) -> None:
        while True:
            heed_cancellation()
            await asyncio.sleep(LIFETIME_MS / 3000)
            try:
                await self.take()
            except PyMongoError as error:
                log.warning("lease.not_renewed", name=self._name, error=type(error).__name__)
