"""Many small reads at once as few larger ones."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import copy_context
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
Fetch: TypeAlias = Callable[[list[int]], Awaitable[Mapping[int, T]]]


class _Batch(Generic[T]):
    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.readers: list[asyncio.Future[Mapping[int, T]]] = []


class Batches(Generic[T]):
    """Reads by id, of which those that arrive while queries are under way share the next one.

    A read joins a query only before that is sent, so it sees every write that was answered before
    it. `largest` bounds the ids of one query, `at_once` the queries under way: the busier the
    database, the more reads the next query serves.
    """

    def __init__(self, fetch: Fetch[T], largest: int, at_once: int) -> None:
        self._fetch, self._largest, self._at_once = fetch, largest, at_once
        self._waiting: deque[_Batch[T]] = deque()
        self._senders: set[asyncio.Task[None]] = set()
        self._context = copy_context()

    async def read(self, ids: Iterable[int]) -> list[T]:
        """Give what there is of these ids, in their order, each once."""
        wanted = dict.fromkeys(ids)
        if not wanted:
            return []
        batch = self._batch_for(len(wanted))
        batch.ids.update(wanted)
        answer: asyncio.Future[Mapping[int, T]] = asyncio.get_running_loop().create_future()
        batch.readers.append(answer)
        if len(self._senders) < self._at_once:
            # Not in the context of the request that happens to start it: it serves many.
            sender = asyncio.create_task(self._send_all(), context=self._context.copy())
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)
        found = await answer
        return [found[key] for key in wanted if key in found]

    def _batch_for(self, count: int) -> _Batch[T]:
        if not self._waiting or len(self._waiting[-1].ids) + count > self._largest:
            self._waiting.append(_Batch())
        return self._waiting[-1]

    async def _send_all(self) -> None:
        while self._waiting:
            await self._send(self._waiting.popleft())

    async def _send(self, batch: _Batch[T]) -> None:
        try:
            found = await self._fetch(list(batch.ids))
        except BaseException as error:
            for answer in batch.readers:
                if not answer.done():
                    answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            for answer in batch.readers:
                if not answer.done():
                    answer.set_result(found)
