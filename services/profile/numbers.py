"""Numbers that are given out once, for what has one but is no person, group or bot."""

import asyncio

from shared.mongo import Mongo, ReturnDocument, reachable

BLOCK = 100
"""Numbers taken at once; those left over at a restart are never used."""


class Numbers:
    """A sequence in collection `numbers`, of which each process takes a block at a time.

    Taken outside of transactions: those of many people would wait for each other.
    """

    def __init__(self, mongo: Mongo, name: str, first: int = 1) -> None:
        self._docs, self._name, self._first = mongo["numbers"], name, first
        self._next, self._end = 0, 0
        self._lock = asyncio.Lock()

    async def one(self) -> int:
        """Give the next number."""
        async with self._lock:
            if self._next >= self._end:
                self._end = self._first + await self._taken()
                self._next = self._end - BLOCK
            self._next += 1
            return self._next - 1

    async def _taken(self) -> int:
        """Take a block, and give how many numbers are taken with it."""
        async with reachable():
            doc = await self._docs.find_one_and_update(
                {"_id": self._name},
                {"$inc": {"taken": BLOCK}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        assert doc is not None
        return int(doc["taken"])
