"""Pictures as they are shown: drawn once, kept within bounds."""

import asyncio

import pytest

from services.profile.pictures.drawing import Look
from services.profile.pictures.looks import Looks
from services.profile.pictures.studio import Studio
from shared import errors
from tests.services.profile.images import encoded, noise, opened

PICTURE = encoded(noise(64, 64), "PNG")


@pytest.fixture
def studio():
    made = Studio()
    yield made
    made.close()


class Folder:
    """Gives a picture, and counts how often."""

    def __init__(self) -> None:
        self.reads = 0

    async def content(self) -> bytes:
        self.reads += 1
        return PICTURE


async def test_a_look_is_drawn_once(studio):
    """Asked at once or later, the same look is the same drawing; another look is another."""
    looks, folder = Looks(studio), Folder()

    drawn = await asyncio.gather(*(looks.show("k", Look(32), folder.content) for _ in range(5)))
    again = await looks.show("k", Look(32), folder.content)

    assert {*drawn, again} == {drawn[0]}
    assert drawn[0]
    assert opened(drawn[0]).size == (32, 32)
    assert folder.reads == 1
    assert await looks.show("k", Look(16), folder.content) != drawn[0]
    assert folder.reads == 2


async def test_what_is_kept_is_bounded(studio):
    """The oldest drawing makes room for the newest, and is drawn again when asked for."""
    folder = Folder()
    first = await Looks(studio).show("k", Look(48), folder.content)
    assert first
    looks, folder = Looks(studio, most_bytes=len(first) + 1), Folder()

    for width in (48, 47, 48):
        await looks.show("k", Look(width), folder.content)

    assert folder.reads == 3
    assert looks._bytes == len(first)


async def test_a_failed_drawing_is_tried_again(studio):
    """What could not be read, or is not there, is asked for anew."""
    looks, folder = Looks(studio), Folder()

    async def fail():
        raise errors.Unavailable

    async def nothing():
        return None

    with pytest.raises(errors.Unavailable):
        await looks.show("k", Look(32), fail)
    assert await looks.show("k", Look(32), nothing) is None
    assert await looks.show("k", Look(32), folder.content)
