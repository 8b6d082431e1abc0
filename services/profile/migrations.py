"""Changes to profile's stored data, in order."""

from itertools import product

from shared.migrations import Migration, Progress
from shared.mongo import Mongo

_MUNICIPALITIES = ("北京", "上海", "天津", "重庆", "香港", "澳门")
_WRITTEN_AFTER = (("", "市"), ("", "特别行政区"), ("", "郊县"), ("", "城区"))


async def _municipalities_by_their_names(mongo: Mongo, _: Progress) -> None:
    """Have 北京城区 be the city of 北京 where a place was kept before it was, and in rankings."""
    endings = ["".join(parts) for parts in product(*_WRITTEN_AFTER)]
    for city in _MUNICIPALITIES:
        before = {"city": {"$in": [city + ending for ending in endings if ending]}}
        for collection in ("profiles", "points", "points_days"):
            await mongo[collection].update_many(before, {"$set": {"city": city}})


async def _drop_indexes_of_days(mongo: Mongo, _: Progress) -> None:
    """Let go of the indexes by which ranks were summed: those with the incomes in them do."""
    there = await mongo["points_days"].index_information()
    for name in {"day_1", "city_1_day_1"} & set(there):
        await mongo["points_days"].drop_index(name)


MIGRATIONS = (
    Migration("0001_municipalities_by_their_names", _municipalities_by_their_names),
    Migration("0002_drop_indexes_of_days", _drop_indexes_of_days),
)
