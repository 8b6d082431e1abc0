"""People of a city, by the index on `profiles` that is declared beside their store."""

from shared.mongo import DESCENDING, Mongo, reachable


class NearbyStore:
    """Lists people by the key of their city (`shared.places.city_key`)."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["profiles"]

    async def city_of(self, user_id: int) -> str:
        """Give the key of a person's city, empty without one."""
        async with reachable():
            doc = await self._docs.find_one({"_id": user_id}, {"city": 1})
        return str(doc.get("city", "")) if doc else ""

    async def people_of(self, city: str, without: int, offset: int, limit: int) -> list[int]:
        """Give people of a city who are not locked out, the newest accounts first."""
        cursor = (
            self._docs.find(
                {"city": city, "_id": {"$ne": without}, "disabled": {"$exists": False}}, {"_id": 1}
            )
            .sort("_id", DESCENDING)
            .skip(offset)
            .limit(limit)
        )
        async with reachable():
            return [doc["_id"] async for doc in cursor]
