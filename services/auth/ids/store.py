"""The sequence behind the ids."""

from shared.blocks import BLOCK, Blocks
from shared.mongo import Mongo, ReturnDocument, reachable


class Ids(Blocks):
    """Hands out ids that were never handed out before, by any instance."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__()
        self._docs = mongo["sequences"]

    async def _take(self) -> range:
        first = await self.block(BLOCK)
        return range(first, first + BLOCK)

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
