"""Ids for groups, bots, applications and bans, from the one sequence that auth keeps."""

import asyncio

from shared.bus import Bus
from shared.contracts import ids

BLOCK = 100
"""Ids asked for at once; those left over at a restart are never used."""


class Ids:
    """Hands out ids that nothing else has, of a block that this process was given."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._next, self._end = 0, 0
        self._lock = asyncio.Lock()

    async def one(self) -> int:
        """Give the next id; asks auth for more when the block is used up."""
        async with self._lock:
            if self._next >= self._end:
                block = await self._bus.ask(ids.take_ids, ids.TakeIds(count=BLOCK))
                self._next, self._end = block.first, block.first + block.count
            self._next += 1
            return self._next - 1
