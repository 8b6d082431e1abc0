"""The sequence behind the ids."""

import asyncio

from shared.mongo import Mongo, ReturnDocument, reachable

BLOCK = 100
"""Ids taken from the database at once; those left over at a restart are never used."""


class Ids:
    """Hands out ids that were never handed out before, by any instance."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo, self._docs = mongo, mongo["sequences"]
        self._next, self._end = 0, 0
        self._lock = asyncio.Lock()

    async def one(self) -> int:
        """Give the next id of this process's block."""
        async with self._lock:
            if self._next >= self._end:
                self._next = await self.block(BLOCK)
                self._end = self._next + BLOCK
            self._next += 1
            return self._next - 1

    async def block(self, count: int) -> int:
        """Take `count` ids in a row and give the first."""
        async with reachable():
            taken = await self._docs.find_one_and_update(
                {"_id": "ids"},
                {"$inc": {"last": count}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        assert taken is not None
        return int(taken["last"]) - count + 1
