"""Numbers that are given out once, of blocks that each process takes ahead."""

import asyncio
from abc import ABC, abstractmethod

BLOCK = 100
"""Numbers taken at once; those left over at a restart are never used."""


class Blocks(ABC):
    """Hands out the numbers of one block after another."""

    def __init__(self) -> None:
        self._left = iter(range(0))
        self._lock = asyncio.Lock()

    async def one(self) -> int:
        """Give the next number; takes another block when there is none left."""
        async with self._lock:
            if (number := next(self._left, None)) is None:
                self._left = iter(await self._take())
                number = next(self._left)
            return number

    @abstractmethod
    async def _take(self) -> range:
        """Take `BLOCK` numbers that nobody else gets."""
