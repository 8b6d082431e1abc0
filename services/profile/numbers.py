"""Numbers that are given out once, for what has one but is no person, group or bot."""

from shared.blocks import BLOCK, Blocks
from shared.mongo import Mongo, ReturnDocument, reachable


class Numbers(Blocks):
    """A sequence in collection `numbers`, of which each process takes a block at a time.

    Taken outside of transactions: those of many people would wait for each other.
    """

    def __init__(self, mongo: Mongo, name: str, first: int = 1) -> None:
        super().__init__()
        self._docs, self._name, self._first = mongo["numbers"], name, first

    async def _take(self) -> range:
        async with reachable():
            doc = await self._docs.find_one_and_update(
                {"_id": self._name},
                {"$inc": {"taken": BLOCK}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        assert doc is not None
        end = self._first + int(doc["taken"])
        return range(end - BLOCK, end)
