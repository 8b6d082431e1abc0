"""Removing pictures that nothing uses, and objects that nothing refers to."""

from datetime import UTC, datetime, timedelta

from services.profile.pictures.objects import ObjectStore, remove_all
from services.profile.pictures.store import PictureStore
from shared.contracts.pictures import UNUSED_HOURS

LEFT_OVER_AFTER = timedelta(hours=1)
"""Age from which an object without a document is no upload under way any more."""

UNUSED_AFTER = timedelta(hours=UNUSED_HOURS)

CHUNK = 500
"""Keys that are looked up at once."""


async def sweep(pictures: PictureStore, objects: ObjectStore) -> int:
    """Remove what nothing refers to; gives how many objects that were."""
    before = datetime.now(UTC) - LEFT_OVER_AFTER
    removed, chunk = 0, []
    async for stored in objects.listing():
        if stored.modified_at < before:
            chunk.append(stored.key)
        if len(chunk) == CHUNK:
            removed += await _remove_unknown(pictures, objects, chunk)
            chunk = []
    return removed + await _remove_unknown(pictures, objects, chunk)


async def _remove_unknown(pictures: PictureStore, objects: ObjectStore, keys: list[str]) -> int:
    left_over = set(keys) - await pictures.known(keys)
    await remove_all(objects, left_over)
    return len(left_over)


async def remove_unused(pictures: PictureStore, objects: ObjectStore) -> int:
    """Remove pictures that were to be used and are not; gives how many.

    The document goes first, so that nothing shows a picture that is half gone; a picture that is
    used at this moment keeps it. What is left of the objects is for the sweep.
    """
    before, removed = datetime.now(UTC) - UNUSED_AFTER, 0
    while keys := await pictures.unused(before, CHUNK):
        removed += await pictures.remove_unused(keys, before)
        await _remove_unknown(pictures, objects, keys)
    return removed


async def sweep_all(pictures: PictureStore, objects: ObjectStore) -> int:
    """Do both; gives how many pictures and objects that were."""
    return await remove_unused(pictures, objects) + await sweep(pictures, objects)
