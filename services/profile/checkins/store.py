"""How check-ins are kept: one document per person in collection `checkins`, by user id."""

from services.profile.checkins.rules import State
from shared.mongo import Document, IndexModel, Mongo, Session, reachable

INDEXES: dict[str, list[IndexModel]] = {}
"""None beside the one on `_id`."""


def _state(doc: Document) -> State:
    return State(
        user_id=doc["_id"], total=doc["total"], streak=doc["streak"], last_day=doc["last_day"]
    )


class CheckinStore:
    """Check-ins in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["checkins"]

    async def read(self, user_ids: list[int]) -> list[State]:
        """Give the states of these people in their order, each once."""
        async with reachable():
            docs = await self._docs.find({"_id": {"$in": user_ids}}).to_list(None)
        found = {doc["_id"]: _state(doc) for doc in docs}
        return [found.get(one) or State(user_id=one) for one in dict.fromkeys(user_ids)]

    async def find(self, session: Session, user_id: int) -> State:
        """Give one state as a transaction sees it."""
        doc = await self._docs.find_one({"_id": user_id}, session=session)
        return _state(doc) if doc else State(user_id=user_id)

    async def keep(self, session: Session, state: State) -> None:
        """Keep a state; of two transactions that do, one begins again."""
        values = {"total": state.total, "streak": state.streak, "last_day": state.last_day}
        await self._docs.update_one(
            {"_id": state.user_id}, {"$set": values}, upsert=True, session=session
        )

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's check-ins."""
        await self._docs.delete_one({"_id": user_id}, session=session)
