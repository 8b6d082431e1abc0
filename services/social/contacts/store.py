"""How applications to groups are kept: `group_applications`, one per group and person.

Whatever changes one holds its group, so that it is answered once and the limit of a group holds.
The database removes what has expired; until it gets to that, the time decides.
"""

from collections.abc import Collection
from datetime import datetime

from services.social.contacts.rules import Application
from shared.mongo import ASCENDING, Document, IndexModel, Mongo, Session, reachable

_WAITING = {"refused": False}

INDEXES = {
    "group_applications": [
        IndexModel([("group", ASCENDING), ("user", ASCENDING)], unique=True),
        IndexModel(
            [("group", ASCENDING), ("_id", ASCENDING)],
            name="waiting",
            partialFilterExpression=_WAITING,
        ),
        IndexModel([("user", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]
}


class ApplicationStore:
    """Applications to groups in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["group_applications"]

    async def of(self, session: Session, group_id: int, user_id: int) -> Application | None:
        """Give somebody's application to a group."""
        found = await self._docs.find_one({"group": group_id, "user": user_id}, session=session)
        return _to_application(found) if found else None

    async def find(self, session: Session, application_id: int) -> Application | None:
        """Give an application."""
        found = await self._docs.find_one({"_id": application_id}, session=session)
        return _to_application(found) if found else None

    async def put(self, session: Session, application: Application) -> None:
        """Keep an application, in place of an earlier one of the same person to the same group."""
        await self.withdraw(session, application.group_id, [application.user_id])
        await self._docs.insert_one(
            {
                "_id": application.application_id,
                "group": application.group_id,
                "user": application.user_id,
                "message": application.message,
                "created_at": application.created_at,
                "refused": application.refused,
                "expires_at": application.expires_at,
            },
            session=session,
        )

    async def refuse(self, session: Session, application_id: int, until: datetime) -> None:
        """Keep that an application was refused, and until when that stands."""
        await self._docs.update_one(
            {"_id": application_id},
            {"$set": {"refused": True, "message": "", "expires_at": until}},
            session=session,
        )

    async def withdraw(self, session: Session, group_id: int, user_ids: Collection[int]) -> None:
        """Remove what these people have applied for to a group."""
        theirs = {"group": group_id, "user": {"$in": list(user_ids)}}
        await self._docs.delete_many(theirs, session=session)

    async def is_full(
        self, session: Session, group_id: int, user_id: int, most: int, now: datetime
    ) -> bool:
        """Tell whether so many applications to a group wait, or of a person, whatever became."""
        to_group = {"group": group_id, **_WAITING, "expires_at": {"$gt": now}}
        if await self._docs.count_documents(to_group, limit=most, session=session) >= most:
            return True
        theirs = {"user": user_id, "expires_at": {"$gt": now}}
        return await self._docs.count_documents(theirs, limit=most, session=session) >= most

    async def waiting(
        self, group_ids: Collection[int], after: int, limit: int, now: datetime
    ) -> list[Application]:
        """Give applications to any of these groups that wait, by id."""
        query = {
            "group": {"$in": list(group_ids)},
            **_WAITING,
            "_id": {"$gt": after},
            "expires_at": {"$gt": now},
        }
        async with reachable():
            cursor = self._docs.find(query).sort("_id", ASCENDING).hint("waiting")
            docs = await cursor.limit(limit).to_list(limit)
        return [_to_application(doc) for doc in docs]

    async def forget(self, user_id: int, session: Session) -> bool:
        """Remove all that a person has applied for; there are at most 500."""
        await self._docs.delete_many({"user": user_id}, session=session)
        return True


def _to_application(doc: Document) -> Application:
    return Application(
        application_id=doc["_id"],
        group_id=doc["group"],
        user_id=doc["user"],
        message=doc["message"],
        created_at=doc["created_at"],
        refused=doc["refused"],
        expires_at=doc["expires_at"],
    )
