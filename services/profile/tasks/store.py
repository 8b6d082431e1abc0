"""How tasks are kept: one document per person in collection `tasks`, by user id."""

from services.profile.tasks.rules import State
from shared.mongo import Document, IndexModel, Mongo, Session, reachable

INDEXES: dict[str, list[IndexModel]] = {}
"""None beside the one on `_id`."""

_FIELDS = ("day", "raffles", "nickname_edits", "avatar_edits")


def _state(user_id: int, doc: Document | None) -> State:
    return State(user_id=user_id, **{name: doc[name] for name in _FIELDS} if doc else {})


class TaskStore:
    """Tasks in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["tasks"]

    async def read(self, user_id: int) -> State:
        """Give what somebody has done."""
        async with reachable():
            return _state(user_id, await self._docs.find_one({"_id": user_id}))

    async def find(self, session: Session, user_id: int) -> State:
        """Give the same as a transaction sees it."""
        return _state(user_id, await self._docs.find_one({"_id": user_id}, session=session))

    async def keep(self, session: Session, state: State) -> None:
        """Keep what somebody has done; of two transactions that do, one begins again."""
        values = {name: getattr(state, name) for name in _FIELDS}
        await self._docs.update_one(
            {"_id": state.user_id}, {"$set": values}, upsert=True, session=session
        )

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove what a person has done."""
        await self._docs.delete_one({"_id": user_id}, session=session)
