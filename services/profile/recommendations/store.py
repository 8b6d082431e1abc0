"""How recommendations are kept: a document per recommended person, by their id."""

from datetime import datetime

from services.profile.people import VISIBLE
from shared.contracts import recommendations
from shared.mongo import DESCENDING, DuplicateKeyError, IndexModel, Mongo, Session, reachable

INDEXES = {"recommendations": [IndexModel([("since", DESCENDING), ("_id", DESCENDING)])]}

_COUNT = "count"
"""The document in `recommendation_count` that says how many there are."""


class RecommendationStore:
    """The recommendations in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs, self._counts = mongo["recommendations"], mongo["recommendation_count"]

    async def insert(self, user_id: int, since: datetime, session: Session) -> None:
        """Recommend a person, unless they are; refuses more than there may be."""
        if await self._docs.find_one({"_id": user_id}, session=session):
            return
        await self._docs.insert_one({"_id": user_id, "since": since}, session=session)
        try:
            await self._counts.update_one(
                {"_id": _COUNT, "people": {"$lt": recommendations.MOST_RECOMMENDED}},
                {"$inc": {"people": 1}},
                upsert=True,
                session=session,
            )
        except DuplicateKeyError:  # the count is there, and not below the limit
            raise recommendations.TooManyRecommended from None

    async def remove(self, user_id: int, session: Session) -> None:
        """Recommend a person no more."""
        removed = await self._docs.delete_one({"_id": user_id}, session=session)
        if removed.deleted_count:
            await self._counts.update_one(
                {"_id": _COUNT}, {"$inc": {"people": -1}}, session=session
            )

    async def page(self, offset: int, limit: int) -> list[recommendations.Recommended]:
        """Give recommended people who are not locked out, the newest recommendation first."""
        stages = [
            {"$sort": {"since": -1, "_id": -1}},
            *VISIBLE,
            {"$skip": offset},
            {"$limit": limit},
        ]
        async with reachable():
            return [
                recommendations.Recommended(user_id=doc["_id"], since=doc["since"])
                async for doc in await self._docs.aggregate(stages)
            ]
