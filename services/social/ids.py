"""Ids for groups, bots, applications and bans, from the one sequence that auth keeps."""

from shared.blocks import BLOCK, Blocks
from shared.bus import Bus
from shared.contracts import ids


class Ids(Blocks):
    """Hands out ids that nothing else has, of a block that auth gave."""

    def __init__(self, bus: Bus) -> None:
        super().__init__()
        self._bus = bus

    async def _take(self) -> range:
        block = await self._bus.ask(ids.take_ids, ids.TakeIds(count=BLOCK))
        return range(block.first, block.first + block.count)
