"""Sessions in MongoDB."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from shared.contracts import sessions
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

INDEXES = {
    "sessions": [
        IndexModel([("user_id", ASCENDING), ("began_at", DESCENDING)]),
        IndexModel(
            [("user_id", ASCENDING), ("device_id", ASCENDING)],
            partialFilterExpression={"device_id": {"$exists": True}},
        ),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
        IndexModel(
            [("ended_at", ASCENDING)], partialFilterExpression={"ended_at": {"$exists": True}}
        ),
    ]
}

LISTED = 100
"""Sessions shown of one person, newest first."""


class StoredSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is kept."""

    session_id: str
    user_id: int
    dialect: str
    device: str
    ip: str
    epoch: int
    began_at: datetime
    last_used_at: datetime
    expires_at: datetime
    """When the last of its tokens is over."""
    device_id: str = ""
    platform: str = ""
    renewable_until: datetime | None = None
    family: str = ""
    """The first of the sessions that were renewed one into the next; empty for the first."""


_KEPT = frozenset(StoredSession.__struct_fields__)


def _read(document: Document) -> StoredSession:
    fields = {name: value for name, value in document.items() if name in _KEPT}
    return StoredSession(session_id=document["_id"], **fields)


def shown(one: StoredSession) -> sessions.Device:
    """Show a session to its owner."""
    return sessions.Device(
        session_id=one.session_id,
        dialect=one.dialect,
        device=one.device,
        ip=one.ip,
        began_at=one.began_at,
        last_used_at=one.last_used_at,
        expires_at=one.expires_at,
        device_id=one.device_id,
        platform=one.platform,
    )


class MongoSessions:
    """The sessions, those that ended included until their time is over."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs, self._turns = mongo["sessions"], mongo["session_turns"]

    async def insert(self, session: Session | None, begun: StoredSession) -> None:
        """Add a session."""
        document = msgspec.structs.asdict(begun)
        document["_id"] = document.pop("session_id")
        for name in ("device_id", "platform", "renewable_until", "family"):
            if not document[name]:
                del document[name]
        async with reachable():
            await self._docs.insert_one(document, session=session)

    async def lock(self, session: Session, user_id: int) -> None:
        """Have transactions that count the sessions of one person come one after the other."""
        await self._turns.update_one(
            {"_id": user_id}, {"$inc": {"turn": 1}}, upsert=True, session=session
        )

    async def active(self, user_id: int, epoch: int, kept: str | None) -> list[StoredSession]:
        """Give a person's sessions that are good now, newest first."""
        async with reachable():
            cursor = self._docs.find(_active(user_id, epoch, kept))
            return [
                _read(d)
                for d in await cursor.sort("began_at", DESCENDING).limit(LISTED).to_list(LISTED)
            ]

    async def last_began(self, user_id: int) -> datetime | None:
        """Tell when the newest session of a person began that is remembered."""
        async with reachable():
            newest = await self._docs.find_one(
                {"user_id": user_id}, {"began_at": 1}, sort=[("began_at", DESCENDING)]
            )
        return newest["began_at"] if newest else None

    async def surplus(
        self, session: Session, user_id: int, epoch: int, kept: str | None, dialect: str, most: int
    ) -> list[StoredSession]:
        """Give the sessions of a dialect beyond the newest `most`."""
        query = {**_active(user_id, epoch, kept), "dialect": dialect}
        cursor = self._docs.find(query, session=session).sort("began_at", DESCENDING).skip(most)
        return [_read(d) for d in await cursor.limit(LISTED).to_list(LISTED)]

    async def on_device(
        self, session: Session, user_id: int, dialect: str, device_id: str
    ) -> list[StoredSession]:
        """Give the sessions that a person began in a dialect on a device and that go on."""
        query = {
            "user_id": user_id,
            "device_id": device_id,
            "dialect": dialect,
            "ended_at": {"$exists": False},
        }
        return [
            _read(d)
            for d in await self._docs.find(query, session=session).limit(LISTED).to_list(LISTED)
        ]

    async def end(self, session: Session, user_id: int, session_id: str) -> StoredSession | None:
        """End one session of a person; none if there is no such one that goes on."""
        document = await self._docs.find_one_and_update(
            {"_id": session_id, "user_id": user_id, "ended_at": {"$exists": False}},
            {"$set": {"ended_at": datetime.now(UTC)}},
            session=session,
        )
        return _read(document) if document else None

    async def end_renewable(
        self, session: Session, user_id: int, session_id: str
    ) -> StoredSession | None:
        """End a session that may be renewed now; none if there is no such one."""
        now = datetime.now(UTC)
        document = await self._docs.find_one_and_update(
            {
                "_id": session_id,
                "user_id": user_id,
                "ended_at": {"$exists": False},
                "renewable_until": {"$gt": now},
            },
            {"$set": {"ended_at": now, "renewed": True}},
            session=session,
        )
        return _read(document) if document else None

    async def renewed_into(
        self, session: Session, user_id: int, session_id: str, before: datetime
    ) -> list[StoredSession]:
        """Give what goes on of a session that was renewed before then; nothing of any other."""
        old = await self._docs.find_one(
            {
                "_id": session_id,
                "user_id": user_id,
                "renewed": True,
                "ended_at": {"$lt": before},
            },
            session=session,
        )
        if old is None:
            return []
        family = {
            "user_id": user_id,
            "family": old.get("family", session_id),
            "ended_at": {"$exists": False},
        }
        found = await self._docs.find(family, session=session).limit(LISTED).to_list(LISTED)
        return [_read(one) for one in found]

    async def going_on(self, user_id: int, session_id: str) -> StoredSession | None:
        """Give a session that did not end and whose time is not over."""
        query = {
            "_id": session_id,
            "user_id": user_id,
            "ended_at": {"$exists": False},
            "expires_at": {"$gt": datetime.now(UTC)},
        }
        async with reachable():
            document = await self._docs.find_one(query)
        return _read(document) if document else None

    async def forget(self, session: Session, user_id: int) -> None:
        """Remove all sessions of a person, those of logins at the same moment included.

        Such a login conflicts with this, whether there was a turn before or not.
        """
        await self.lock(session, user_id)
        await self._docs.delete_many({"user_id": user_id}, session=session)
        await self._turns.delete_one({"_id": user_id}, session=session)

    async def remove_all(self, user_ids: Sequence[int]) -> int:
        """Remove all sessions of these people; gives how many there were."""
        async with reachable():
            removed = await self._docs.delete_many({"user_id": {"$in": list(user_ids)}})
        return int(removed.deleted_count)

    async def record_use(self, uses: Sequence[sessions.SessionUse]) -> None:
        """Note when sessions were last used; an earlier time changes nothing."""
        if not uses:
            return
        async with reachable():
            await self._docs.bulk_write(
                [
                    UpdateOne({"_id": use.session_id}, {"$max": {"last_used_at": use.at}})
                    for use in uses
                ],
                ordered=False,
            )

    async def ended(self, after: str, count: int) -> list[StoredSession]:
        """Page through sessions that ended before their time, by id."""
        async with reachable():
            cursor = self._docs.find({"ended_at": {"$exists": True}, "_id": {"$gt": after}})
            return [
                _read(d) for d in await cursor.sort("_id", ASCENDING).limit(count).to_list(count)
            ]


def _active(user_id: int, epoch: int, kept: str | None) -> Document:
    return {
        "user_id": user_id,
        "expires_at": {"$gt": datetime.now(UTC)},
        "ended_at": {"$exists": False},
        "$or": [{"epoch": {"$gte": epoch}}, {"_id": kept}],
    }
