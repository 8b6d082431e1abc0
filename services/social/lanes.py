"""Transactions about the same people or groups, one after the other within this process.

The database would let one of them win and have the others run again, and of many at once (a hundred
people who invite the same one) most would give up. Here they wait in line. Between instances, and
for all that is not named, it is the database that decides.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

from shared import bus, errors
from shared.mongo import Mongo, Session

T = TypeVar("T")


class Lanes:
    """A lane per person and group; ids of both come from one sequence."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def transact(self, ids: Iterable[int], work: Callable[[Session], Awaitable[T]]) -> T:
        """Run a transaction when no other that names one of these ids is under way.

        Refuses if the deadline of the request has passed by then.
        """
        async with self._held(ids):
            until = bus.deadline.get()
            if until is not None and until <= time.time():
                raise errors.DeadlinePassed
            return await self._mongo.transact(work)

    @asynccontextmanager
    async def _held(self, ids: Iterable[int]) -> AsyncIterator[None]:
        # Always in the same order, so that no two wait for each other.
        locks = [self._locks.setdefault(one, asyncio.Lock()) for one in sorted(set(ids))]
        async with AsyncExitStack() as stack:
            for lock in locks:
                await stack.enter_async_context(lock)
            yield
