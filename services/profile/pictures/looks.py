"""Pictures as they are shown, other than they are kept: drawn when asked for, kept for a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from services.profile.pictures.drawing import Look
from services.profile.pictures.studio import Studio

MOST_BYTES = 64 * 1024 * 1024
"""Memory of one process for pictures as they are shown; those shown longest ago go first."""

Content = Callable[[], Awaitable[bytes | None]]


class Looks:
    """Draws a picture for each look once; who asks for it meanwhile waits for the same drawing.

    A picture never changes under its key, so that a drawing is right as long as there is the
    picture: whether it is there, and for whom, is not asked here.
    """

    def __init__(self, studio: Studio, most_bytes: int = MOST_BYTES) -> None:
        self._studio, self._most = studio, most_bytes
        self._kept: OrderedDict[tuple[str, Look], bytes] = OrderedDict()
        self._drawing: dict[tuple[str, Look], asyncio.Task[bytes | None]] = {}
        self._bytes = 0

    async def show(self, key: str, look: Look, content: Content) -> bytes | None:
        """Give a picture in a look, or nothing if it has no content; busy if much is drawn."""
        wanted = (key, look)
        if (kept := self._kept.get(wanted)) is not None:
            self._kept.move_to_end(wanted)
            return kept
        if wanted not in self._drawing:
            task = asyncio.create_task(self._draw(wanted, content))
            self._drawing[wanted] = task
            task.add_done_callback(lambda _: self._drawing.pop(wanted, None))
        return await asyncio.shield(self._drawing[wanted])

    async def _draw(self, wanted: tuple[str, Look], content: Content) -> bytes | None:
        with self._studio.place():
            kept = await content()
            if kept is None:
                return None
            drawn = await self._studio.show(kept, wanted[1])
        self._keep(wanted, drawn)
        return drawn

    def _keep(self, wanted: tuple[str, Look], drawn: bytes) -> None:
        self._kept[wanted] = drawn
        self._bytes += len(drawn)
        while self._bytes > self._most:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone)
