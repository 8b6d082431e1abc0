"""Changes to social's stored data, in order."""

from services.social.directory import rules
from services.social.directory.store import DirectoryStore
from shared.migrations import Migration, Progress
from shared.mongo import Mongo


async def _plant_categories(mongo: Mongo, _: Progress) -> None:
    """Begin with the categories that clients know; administrators change them from there."""
    await DirectoryStore(mongo).plant(rules.DEFAULT_CATEGORIES)


MIGRATIONS = (Migration("0001_plant_categories", _plant_categories),)
