"""What came in per person and day, kept to rank people by it: collection `points_days`.

A day's document is written with the entry; it leaves once no window reaches it any more. The city
in it, and in the balance, is that of the profile: it follows when the profile changes.
"""

from datetime import timedelta

from services.profile import days
from services.profile.people import VISIBLE
from shared.contracts import points
from shared.mongo import ASCENDING, DESCENDING, Document, IndexModel, Mongo, Session, reachable

KEPT = timedelta(days=points.LONGEST_WINDOW + 2)

LOCKED_OUT_MOST = 200
"""People who are locked out that can be passed over without a place of the rank staying empty."""

_SUMMED = [("user_id", ASCENDING), ("income", ASCENDING)]

INDEXES = {
    "points_days": [
        # With all that a rank needs: it reads no document, of which there are millions.
        IndexModel([("day", ASCENDING), *_SUMMED]),
        IndexModel([("city", ASCENDING), ("day", ASCENDING), *_SUMMED]),
        IndexModel([("user_id", ASCENDING), ("day", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ],
    "points": [
        IndexModel([("income", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("city", ASCENDING), ("income", DESCENDING), ("_id", ASCENDING)]),
    ],
}


def incomes(first_day: int | None, city: str) -> list[Document]:
    """Give the stages that make each person's income of their balances, or of the days since."""
    of_city: Document = {"city": city} if city else {}
    if first_day is None:
        return [{"$match": {**of_city, "income": {"$gt": 0}}}]
    return [
        {"$match": {**of_city, "day": {"$gte": first_day}}},
        {"$group": {"_id": "$user_id", "income": {"$sum": "$income"}}},
    ]


class IncomeStore:
    """Incomes by day in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._days, self._balances = mongo["points_days"], mongo["points"]

    async def add(self, session: Session, entry: points.Entry) -> None:
        """Count what came in."""
        day = days.day_of(entry.at)
        balance = await self._balances.find_one(
            {"_id": entry.user_id}, {"city": 1}, session=session
        )
        fixed = {
            "user_id": entry.user_id,
            "day": day,
            "expires_at": days.start_of(day) + KEPT,
            "city": balance["city"] if balance else "",
        }
        await self._days.update_one(
            {"_id": f"{entry.user_id}:{day}"},
            {"$inc": {"income": entry.change}, "$setOnInsert": fixed},
            upsert=True,
            session=session,
        )

    async def move(self, session: Session, user_id: int, city: str) -> None:
        """Have a person counted in another city from now on, with all they got."""
        await self._balances.update_one({"_id": user_id}, {"$set": {"city": city}}, session=session)
        await self._days.update_many(
            {"user_id": user_id}, {"$set": {"city": city}}, session=session
        )

    async def top(self, first_day: int | None, city: str) -> list[tuple[int, int]]:
        """Give who got the most, and how much, most first and among equals by id.

        Without people who are locked out.
        """
        source = self._balances if first_day is None else self._days
        most = points.RANKED_MOST
        stages: list[Document] = [
            *incomes(first_day, city),
            {"$sort": {"income": -1, "_id": 1}},
            {"$limit": most + LOCKED_OUT_MOST},
            *VISIBLE,
            {"$limit": most},
        ]
        async with reachable():
            docs = await (await source.aggregate(stages)).to_list(most)
        return [(doc["_id"], doc["income"]) for doc in docs]

    async def of(self, user_id: int, first_day: int | None) -> int:
        """Give what came in for one person in a window."""
        async with reachable():
            if first_day is None:
                balance = await self._balances.find_one({"_id": user_id}, {"income": 1})
                return balance["income"] if balance else 0
            query = {"user_id": user_id, "day": {"$gte": first_day}}
            docs = await self._days.find(query, {"income": 1}).to_list(None)
        return sum(doc["income"] for doc in docs)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove what is kept of a person by day."""
        await self._days.delete_many({"user_id": user_id}, session=session)
