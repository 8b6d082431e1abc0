"""Changes to auth's stored data, in order."""

from shared.migrations import Migration, Progress
from shared.mongo import Mongo


async def _start_ids(mongo: Mongo, _: Progress) -> None:
    """Begin ids at 10,001: small numbers look like test data, and some clients reserve them."""
    await mongo["sequences"].update_one(
        {"_id": "ids"}, {"$setOnInsert": {"last": 10_000}}, upsert=True
    )


MIGRATIONS = (Migration("0001_start_ids", _start_ids),)
