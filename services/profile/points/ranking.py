"""The income rank: computed at most once in three minutes per window and city."""

import asyncio
import time
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from services.profile import days
from services.profile.clock import now
from services.profile.points.income import IncomeStore
from shared.contracts import points

REMEMBERED = 200
"""Ranks that are kept in a process, of different windows and cities; the least used leave first."""


class Computed(NamedTuple):
    """A rank as it was at a moment."""

    at: datetime
    until: float
    """When it is too old, by `time.monotonic`."""
    rows: list[tuple[int, int]]
    places: dict[int, int]


class Ranking:
    """Computes ranks when they are asked for and keeps them for a while."""

    def __init__(self, incomes: IncomeStore, seconds: float = points.RANK_SECONDS) -> None:
        self._incomes, self._seconds = incomes, seconds
        self._kept: OrderedDict[tuple[int | None, str], Computed] = OrderedDict()
        self._running: dict[tuple[int | None, str], asyncio.Task[Computed]] = {}

    async def rank(self, window: int | None, city: str) -> Computed:
        """Give a rank that is at most three minutes old; who asks meanwhile waits for the same."""
        key = (window, city)
        if (kept := self._kept.get(key)) and kept.until > time.monotonic():
            self._kept.move_to_end(key)
            return kept
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._compute(window, city))
            task.add_done_callback(lambda _: self._running.pop(key))
        return await asyncio.shield(task)

    async def _compute(self, window: int | None, city: str) -> Computed:
        at, until = now(), time.monotonic() + self._seconds
        rows = await self._incomes.top(first_day(window), city)
        places = {user_id: place for place, (user_id, _) in enumerate(rows, 1)}
        computed = self._kept[window, city] = Computed(at, until, rows, places)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return computed


def first_day(window: int | None) -> int | None:
    """Give the first day of a window that ends today."""
    return None if window is None else days.today() - window + 1
