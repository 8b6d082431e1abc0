"""How activity is kept: one document per person in collection `activity`.

It says as well whether the person is locked out, so that a list passes over them by its index.
"""

from datetime import datetime

from msgspec import Struct

from services.profile import days
from shared.contracts import activity
from shared.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    IndexModel,
    Mongo,
    Session,
    UpdateOne,
    reachable,
)

_LATEST = [("last_at", DESCENDING), ("_id", DESCENDING)]
INDEXES = {"activity": [IndexModel([("locked_out", ASCENDING), *_LATEST])]}


class Seen(Struct, frozen=True):
    """That somebody was here."""

    user_id: int
    at: datetime
    country: str


class ActivityStore:
    """Activity in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["activity"]

    async def known(self, user_ids: list[int]) -> set[int]:
        """Give those of these people who were here before."""
        async with reachable():
            docs = await self._docs.find({"_id": {"$in": user_ids}}, {"_id": 1}).to_list(None)
        return {doc["_id"] for doc in docs}

    async def begin(self, session: Session, user_id: int, *, locked_out: bool) -> None:
        """Begin to keep the activity of a person, unless it is kept."""
        nothing = {
            "days": 0,
            "streak": 0,
            "last_day": 0,
            "last_at": days.start_of(0),
            "locked_out": locked_out,
        }
        await self._docs.update_one(
            {"_id": user_id}, {"$setOnInsert": nothing}, upsert=True, session=session
        )

    async def record(self, seen: list[Seen]) -> None:
        """Note who was here, of those whose activity is kept, each person's days in order.

        Telling again changes nothing.
        """
        if not seen:
            return
        async with reachable():
            await self._docs.bulk_write(
                [UpdateOne({"_id": one.user_id}, _steps(one)) for one in seen]
            )

    async def read(self, user_ids: list[int], today: int) -> list[activity.Activity]:
        """Give the activity of these people in their order, each once."""
        async with reachable():
            docs = await self._docs.find({"_id": {"$in": user_ids}}).to_list(None)
        found = {doc["_id"]: _activity(doc, today) for doc in docs if doc["days"]}
        return [found.get(one) or activity.Activity(user_id=one) for one in dict.fromkeys(user_ids)]

    async def page(self, skip: int, limit: int) -> list[int]:
        """Give who was here last, latest first, without people who are locked out."""
        async with reachable():
            cursor = self._docs.find({"locked_out": False}, {"_id": 1}).sort(_LATEST).skip(skip)
            return [doc["_id"] for doc in await cursor.limit(limit).to_list(limit)]

    async def lock_out(self, session: Session, user_id: int, *, locked_out: bool) -> None:
        """Take a person off the list, or put them onto it again."""
        await self._docs.update_one(
            {"_id": user_id}, {"$set": {"locked_out": locked_out}}, session=session
        )

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's activity."""
        await self._docs.delete_one({"_id": user_id}, session=session)


def _steps(one: Seen) -> list[Document]:
    """Count the day if it is a later one than the last; keep the later time and its country."""
    day = days.day_of(one.at)
    later_day, later = {"$lt": ["$last_day", day]}, {"$lt": ["$last_at", one.at]}
    next_day = {"$eq": ["$last_day", day - 1]}
    grown = {"$cond": [next_day, {"$add": ["$streak", 1]}, 1]}
    values: Document = {
        "days": {"$cond": [later_day, {"$add": ["$days", 1]}, "$days"]},
        "streak": {"$cond": [later_day, grown, "$streak"]},
        "last_day": {"$max": ["$last_day", day]},
        "last_at": {"$max": ["$last_at", one.at]},
    }
    if one.country:
        country = {"$literal": one.country}
        values["country"] = {"$cond": [later, country, {"$ifNull": ["$country", country]}]}
    return [{"$set": values}]


def _activity(doc: Document, today: int) -> activity.Activity:
    return activity.Activity(
        user_id=doc["_id"],
        online_days=doc["days"],
        streak=days.streak_on(today, doc["last_day"], doc["streak"]),
        last_active_at=doc["last_at"],
        country=doc.get("country", ""),
    )
