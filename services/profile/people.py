"""Of whom something may be kept: people who exist, and are not being erased at the same moment."""

from services.profile.profiles.store import ProfileStore
from shared.contracts import profile
from shared.erasure import may_keep
from shared.mongo import Document, Mongo, Session

VISIBLE: list[Document] = [
    {
        "$lookup": {
            "from": "profiles",
            "localField": "_id",
            "foreignField": "_id",
            "as": "profile",
            "pipeline": [{"$project": {"disabled": 1}}],
        }
    },
    {"$match": {"profile": {"$ne": []}, "profile.disabled": {"$exists": False}}},
    {"$unset": "profile"},
]
"""Stages that let through, of documents by user id, those of people who are not locked out."""


class People:
    """Asks for people within a transaction that begins to keep something of them."""

    def __init__(self, mongo: Mongo, profiles: ProfileStore) -> None:
        self._mongo, self._profiles = mongo, profiles

    async def keep(self, session: Session, user_id: int) -> profile.Profile | None:
        """Give the profile of somebody of whom something may be kept; none if they do not exist.

        Whoever only changes a document that an erasure would remove need not ask again: the two
        conflict on it.
        """
        there = await self._profiles.find(session, user_id)
        if there is None or not await may_keep(self._mongo, session, user_id):
            return None
        return there

    async def is_locked_out(self, session: Session, user_id: int) -> bool:
        """Whether somebody is locked out, as a transaction sees it."""
        return await self._profiles.is_disabled(session, user_id)
