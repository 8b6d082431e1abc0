"""Which people were here, told to the profile service: promptly once a day, else now and then."""

import asyncio
import time
from contextvars import ContextVar
from datetime import UTC, datetime

from litestar import Request
from litestar.types import HTTPScope

from gateway.clients import Clients
from shared.bus import Bus
from shared.cancellation import heed_cancellation
from shared.contracts import activity
from shared.errors import AppError
from shared.telemetry import logs

REPORT_SECONDS = 20.0
"""How often a person who was seen today already is told of again."""

TOGETHER_SECONDS = 0.1
"""How long the first ones of a day wait for others to go with them."""

REMEMBERED = 200_000
"""People known to have been seen today; beyond, they are told of as if it were the first time."""

DAY, ZONE = 86_400, 8 * 3600
"""Seconds of a day, and by how many of them the days of UTC+8 begin before those of UTC."""

log = logs.logger("activity")

current: ContextVar[HTTPScope] = ContextVar("current")
"""The request under way."""


class Activity:
    """Collects who was seen, at next to no cost for those who were seen a moment ago."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._seen: set[int] = set()
        self._today: set[int] = set()
        self._first: list[activity.Use] = []
        self._again: list[activity.Use] = []
        self._some_first = asyncio.Event()

    def saw(self, user_id: int, at: float) -> None:
        """Note that somebody with a good session asked for something, in the current request."""
        if user_id in self._seen:
            return
        self._seen.add(user_id)
        use = activity.Use(user_id=user_id, at=datetime.fromtimestamp(at, UTC), ip=self._ip())
        if user_id in self._today:
            self._again.append(use)
            return
        if len(self._today) >= REMEMBERED:
            self._today.clear()
        self._today.add(user_id)
        self._first.append(use)
        self._some_first.set()

    def _ip(self) -> str:
        scope = current.get(None)
        return self._clients.ip(Request(scope)) if scope else ""

    async def run(self, bus: Bus) -> None:
        """Tell until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_first(bus))
            group.create_task(self._tell_again(bus))

    async def _tell_first(self, bus: Bus) -> None:
        while True:
            heed_cancellation()
            await self._some_first.wait()
            await asyncio.sleep(TOGETHER_SECONDS)
            self._some_first.clear()
            uses, self._first = self._first, []
            if left := await _tell(bus, uses):
                # Their day must not be lost: they are tried again with those of the next round.
                self._again += left

    async def _tell_again(self, bus: Bus) -> None:
        while True:
            heed_cancellation()
            left_of_day = DAY - (time.time() + ZONE) % DAY
            await asyncio.sleep(min(REPORT_SECONDS, left_of_day))
            uses, self._again = self._again, []
            self._seen.clear()
            if left_of_day <= REPORT_SECONDS:
                self._today.clear()
            self._again += (await _tell(bus, uses))[:REMEMBERED]


async def _tell(bus: Bus, uses: list[activity.Use]) -> list[activity.Use]:
    """Tell of these uses; gives those that could not be told of."""
    left = []
    for start in range(0, len(uses), activity.USES_AT_ONCE):
        part = uses[start : start + activity.USES_AT_ONCE]
        try:
            await bus.ask(activity.record_activity, activity.RecordActivity(uses=part))
        except AppError as error:
            log.warning("activity.not_recorded", error=error.code)
            left += part
    return left
