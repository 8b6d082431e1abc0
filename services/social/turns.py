"""One after another: work on one thing that would otherwise run into itself.

Transactions that write the same document at the same time end in conflicts, and all but one run
again: right, and slow when there are many. Those of one process can simply wait for each other.
Nothing is decided by this; between processes the database decides, as ever.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager

from shared.errors import DeadlinePassed


class Turns:
    """Queues of one process, by what is worked on."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, asyncio.Lock] = {}
        self._wanted: dict[Hashable, int] = {}

    @asynccontextmanager
    async def of(self, *keys: Hashable, until: float | None = None) -> AsyncIterator[None]:
        """Wait for one's turn, in the order of asking, and keep it for as long as the block runs.

        Of several keys all are waited for. Refuses if the turn comes after `until` (seconds since
        1970): nobody waits for it any more.
        """
        async with AsyncExitStack() as turns:
            # Everybody in the same order, so that no two wait for each other.
            for key in sorted(set(keys), key=repr):
                await turns.enter_async_context(self._one(key))
            if until is not None and until <= time.time():
                raise DeadlinePassed
            yield

    @asynccontextmanager
    async def _one(self, key: Hashable) -> AsyncIterator[None]:
        queue = self._queues.setdefault(key, asyncio.Lock())
        self._wanted[key] = self._wanted.get(key, 0) + 1
        try:
            async with queue:
                yield
        finally:
            self._wanted[key] -= 1
            if not self._wanted[key]:
                del self._wanted[key], self._queues[key]
