"""The income rank: computed at most once in three minutes per window and city."""

import asyncio
import math
import time
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from services.profile import days
from services.profile.points.income import IncomeStore
from shared.clock import now
from shared.contracts import points
from shared.mongo import patient
from shared.telemetry import logs

ANEW = 0.6
"""The part of its time after which a rank that is asked for is computed anew in the background."""

LONGEST_SECONDS = 60.0
"""Time that computing a rank may take."""

KINDS = ("city", "ever", "window")
"""Ranks of a kind are computed one after the other in a process, and wait for no other kind:
anybody may ask for any of 366 windows, the dearest, and the rank of a city costs little."""

REMEMBERED = 50
"""Ranks that are kept in a process, of different windows and cities; the least used leave first."""


log = logs.logger("points")


class Computed(NamedTuple):
    """A rank as it was at a moment."""

    at: datetime
    begun: float
    """The same by `time.monotonic`."""
    rows: list[tuple[int, int]]
    places: dict[int, int]


class Ranking:
    """Computes ranks when they are asked for and keeps them for a while.

    With many people a rank takes longer than a request may. So it goes on being computed when
    nobody waits any more, and one that is asked for late in its time is computed anew meanwhile.
    """

    def __init__(self, incomes: IncomeStore, seconds: float = points.RANK_SECONDS) -> None:
        self._incomes, self._seconds = incomes, seconds
        self._kept: OrderedDict[tuple[int | None, str], Computed] = OrderedDict()
        self._running: dict[tuple[int | None, str], asyncio.Task[Computed]] = {}
        self._turns = {kind: asyncio.Lock() for kind in KINDS}

    async def rank(self, window: int | None, city: str) -> Computed:
        """Give a rank that is at most three minutes old; who asks meanwhile waits for the same."""
        kept = self._kept.get((window, city))
        age = time.monotonic() - kept.begun if kept else math.inf
        if kept and age < self._seconds:
            self._kept.move_to_end((window, city))
            if age > self._seconds * ANEW:
                self._begin(window, city)
            return kept
        return await asyncio.shield(self._begin(window, city))

    def _begin(self, window: int | None, city: str) -> asyncio.Task[Computed]:
        key = (window, city)
        if (task := self._running.get(key)) is None:
            task = self._running[key] = asyncio.create_task(self._compute(window, city))
            task.add_done_callback(lambda done: self._end(key, done))
        return task

    def _end(self, key: tuple[int | None, str], task: asyncio.Task[Computed]) -> None:
        del self._running[key]
        if not task.cancelled() and (error := task.exception()):
            log.warning("points.not_ranked", window=key[0], city=key[1], error=repr(error))

    async def _compute(self, window: int | None, city: str) -> Computed:
        async with self._turns[_kind(window, city)]:
            at, begun = now(), time.monotonic()
            with patient(LONGEST_SECONDS):
                rows = await self._incomes.top(first_day(window), city)
        places = {user_id: place for place, (user_id, _) in enumerate(rows, 1)}
        computed = self._kept[window, city] = Computed(at, begun, rows, places)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return computed


def _kind(window: int | None, city: str) -> str:
    if city:
        return "city"
    return "ever" if window is None else "window"


def first_day(window: int | None) -> int | None:
    """Give the first day of a window that ends today."""
    return None if window is None else days.today() - window + 1
