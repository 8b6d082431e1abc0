"""The threads that draw pictures."""

import asyncio
import os
import threading
import time

import pytest

from services.profile.pictures import studio
from services.profile.pictures.studio import Studio
from shared import bus, errors
from shared.contracts import pictures
from tests.services.profile.images import png


@pytest.fixture
def one():
    made = Studio()
    yield made
    made.close()


async def test_drawing_steps_back_behind_the_rest(one):
    """Its threads have a lower priority than the one that serves calls, and that one keeps its."""

    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = niceness()
    loop = asyncio.get_running_loop()

    assert await loop.run_in_executor(one._threads, niceness) == min(own + studio.NICENESS, 19)
    assert niceness() == own


async def test_there_are_so_many_places(one):
    """The last place is given, the next is refused; a place that was left is free again."""
    places = [one.place() for _ in range(studio.PLACES)]
    for place in places:
        place.__enter__()
    with pytest.raises(errors.Busy), one.place():
        pass
    places[0].__exit__(None, None, None)
    with one.place():
        pass


async def test_a_refused_picture_leaves_its_place(one):
    """However an upload ends, it stands in nobody's way."""
    for _ in range(studio.PLACES + 1):
        with pytest.raises(pictures.UnusablePicture), one.place():
            await one.redraw(b"no picture")


async def test_nothing_is_drawn_after_the_deadline(one):
    """Who asked does not wait any more."""
    before = bus.deadline.set(time.time() - 1)
    try:
        with pytest.raises(errors.DeadlinePassed):
            await one.redraw(png())
    finally:
        bus.deadline.reset(before)
    assert (await one.redraw(png())).width == 4
