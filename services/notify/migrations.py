"""Changes to notify's stored data, in order."""

from shared.migrations import Migration, Progress
from shared.mongo import Mongo


async def _drop_index_of_people(mongo: Mongo, _: Progress) -> None:
    """Let go of the index of deliveries by person alone: the one with channel and time does."""
    if "user_id_1" in await mongo["deliveries"].index_information():
        await mongo["deliveries"].drop_index("user_id_1")


MIGRATIONS = (Migration("0001_drop_index_of_people", _drop_index_of_people),)
