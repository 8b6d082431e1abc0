"""The threads that draw pictures: few, of low priority, with a bound on what waits for them."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from services.profile.pictures import drawing
from services.profile.pictures.drawing import Drawn, Look
from shared import bus, errors

T = TypeVar("T")

THREADS = 2
"""Pictures drawn at once: each may take 400 MB for a moment and a core for some seconds."""

PLACES = 8
"""Uploads under way at once, those that wait for a thread included: what two threads draw within
the five seconds that a request may take."""

VIEWS = 64
"""Views in other sizes under way at once: a page of people whose pictures nobody saw so before, a
few times. Each takes some 20 ms, as what is kept is small."""

NICENESS = 10
"""Added to the threads' niceness, so that reading profiles does not wait for pictures."""


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere niceness belongs to the whole process
        thread = threading.get_native_id()
        own = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, own + NICENESS)


def _in_time(until: float | None, draw: Callable[[], T]) -> T:
    if until is not None and until <= time.time():
        raise errors.DeadlinePassed
    return draw()


class Studio:
    """Where uploads are drawn anew, off the event loop, so many at once."""

    def __init__(self, places: int = PLACES) -> None:
        self._places = places
        self._threads = ThreadPoolExecutor(THREADS, "studio", initializer=_step_back)
        self._taken = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for one upload, or say at once that there is none."""
        if self._taken >= self._places:
            raise errors.Busy
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def redraw(self, content: bytes, media_type: str | None = None) -> Drawn:
        """Draw an upload anew, unless its deadline passes before a thread is free."""
        return await self._draw(partial(drawing.redraw, content, media_type))

    async def show(self, content: bytes, look: Look) -> bytes:
        """Draw a picture of ours as it is to be shown, with the same condition."""
        return await self._draw(partial(drawing.show, content, look))

    async def _draw(self, draw: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _in_time, bus.deadline.get(), draw)

    def close(self) -> None:
        """Draw nothing that has not been begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)
