"""How memberships are kept: one document per person in collection `vips`, by user id."""

from datetime import datetime

from services.profile.vip.rules import Kept
from shared.contracts.vip import Level
from shared.mongo import Document, IndexModel, Mongo, Session, reachable

INDEXES: dict[str, list[IndexModel]] = {}
"""None beside the one on `_id`."""


def _kept(doc: Document) -> Kept:
    return Kept(user_id=doc["_id"], level=Level(doc["level"]), name=doc["name"], until=doc["until"])


class VipStore:
    """Memberships in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["vips"]

    async def read(self, user_ids: list[int]) -> list[Kept]:
        """Give the memberships, over or not, of those who have one, in this order, each once."""
        async with reachable():
            docs = await self._docs.find({"_id": {"$in": user_ids}}).to_list(None)
        found = {doc["_id"]: _kept(doc) for doc in docs}
        return [found[one] for one in dict.fromkeys(user_ids) if one in found]

    async def find(self, session: Session, user_id: int) -> Kept | None:
        """Give one membership as a transaction sees it."""
        doc = await self._docs.find_one({"_id": user_id}, session=session)
        return _kept(doc) if doc else None

    async def is_vip(self, user_id: int, now: datetime) -> bool:
        """Whether somebody is a member at this moment."""
        return any(kept.until > now for kept in await self.read([user_id]))

    async def keep(self, session: Session, one: Kept) -> None:
        """Keep a membership; of two transactions that do, one begins again."""
        values = {"level": str(one.level), "name": one.name, "until": one.until}
        await self._docs.update_one(
            {"_id": one.user_id}, {"$set": values}, upsert=True, session=session
        )

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's membership."""
        await self._docs.delete_one({"_id": user_id}, session=session)
