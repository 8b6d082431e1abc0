"""How friendships are kept: one row per direction in `friendships`."""

from collections.abc import Iterable, Mapping

from services.social.friendships.rules import Pair, Row
from shared.contracts import friendships, relations, sync
from shared.contracts.friendships import FriendStatus
from shared.mongo import ASCENDING, Document, IndexModel, Mongo, Session, reachable

INDEXES = {
    "friendships": [
        IndexModel([("owner", ASCENDING), ("target", ASCENDING)]),
        IndexModel(
            [("owner", ASCENDING), ("target", ASCENDING)],
            name="asked",
            partialFilterExpression={"status": FriendStatus.ASKED.value},
        ),
        # With the status, so that the audience of a person is read from the index alone.
        IndexModel([("target", ASCENDING), ("owner", ASCENDING), ("status", ASCENDING)]),
    ]
}


class FriendshipStore:
    """The rows in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["friendships"]

    async def pair(self, session: Session, owner_id: int, target_id: int) -> Pair:
        """Give both rows of two people as a transaction sees them."""
        mine, other = _id(owner_id, target_id), _id(target_id, owner_id)
        query = {"_id": {"$in": [mine, other]}}
        rows = await self._docs.find(query, session=session).to_list(2)
        found = {row["owner"]: to_row(row) for row in rows}
        return Pair(owner_id, target_id, found.get(owner_id), found.get(target_id))

    async def write(self, session: Session, owner_id: int, target_id: int, row: Row) -> None:
        """Keep one row."""
        values = {
            "owner": owner_id,
            "target": target_id,
            "status": row.status.value,
            "display_name": row.display_name,
            "message": row.message,
            "updated_at": row.updated_at,
        }
        await self._docs.update_one(
            {"_id": _id(owner_id, target_id)}, {"$set": values}, upsert=True, session=session
        )

    async def page(self, owner_id: int, after: int) -> list[friendships.Friendship]:
        """Give the next rows of a person, whatever their status."""
        query = {"owner": owner_id, "target": {"$gt": after}}
        async with reachable():
            rows = (
                await self._docs.find(query)
                .sort("target", ASCENDING)
                .limit(relations.PAGE_MOST)
                .to_list(relations.PAGE_MOST)
            )
        mutual = await self._friends_back(owner_id, rows)
        return [_friendship(row, row["target"] in mutual) for row in rows]

    async def asked(self, owner_id: int, after: int, limit: int) -> list[friendships.Friendship]:
        """Give the next people who asked a person and have no answer."""
        waiting = FriendStatus.ASKED.value
        query = {"owner": owner_id, "target": {"$gt": after}, "status": waiting}
        # Said, as the server tells it from the one of all rows by trying only.
        cursor = self._docs.find(query).sort("target", ASCENDING).hint("asked")
        async with reachable():
            rows = await cursor.limit(limit).to_list(limit)
        return [_friendship(row, mutual=False) for row in rows]

    async def find(self, owner_id: int, target_id: int) -> friendships.Friendship | None:
        """Give one row of a person."""
        async with reachable():
            row = await self._docs.find_one({"_id": _id(owner_id, target_id)})
        if row is None:
            return None
        return _friendship(row, target_id in await self._friends_back(owner_id, [row]))

    async def names(self, owner_id: int, target_ids: Iterable[int]) -> dict[int, str]:
        """Give what a person calls those of these people who are their friends."""
        ids = [_id(owner_id, target_id) for target_id in target_ids]
        query = {"_id": {"$in": ids}, "status": FriendStatus.FRIENDS.value}
        async with reachable():
            rows = await self._docs.find(query, {"target": 1, "display_name": 1}).to_list(None)
        return {row["target"]: row["display_name"] for row in rows}

    async def _friends_back(self, owner_id: int, rows: Iterable[Document]) -> set[int]:
        """Tell which friends in these rows count the owner among theirs."""
        ids = [
            _id(row["target"], owner_id) for row in rows if row["status"] == FriendStatus.FRIENDS
        ]
        query = {"_id": {"$in": ids}, "status": FriendStatus.FRIENDS.value}
        async with reachable():
            return {row["owner"] for row in await self._docs.find(query).to_list(None)}

    async def whole(
        self, session: Session, owner_id: int, versions: Mapping[int, int]
    ) -> list[sync.SyncedFriend]:
        """Give all that a person's list shows for a sync, with the versions that are known."""
        query = {"owner": owner_id, "status": {"$ne": FriendStatus.DELETED.value}}
        rows = self._docs.find(query, session=session).sort("target", ASCENDING)
        return [
            _synced(row["target"], to_row(row), versions.get(row["target"], 0))
            for row in await rows.to_list(None)
        ]

    async def changed(
        self, session: Session, owner_id: int, versions: Mapping[int, int]
    ) -> list[sync.SyncedFriend]:
        """Give for a sync how a person stands to these others now."""
        query = {"_id": {"$in": [_id(owner_id, target_id) for target_id in versions]}}
        rows = await self._docs.find(query, session=session).to_list(None)
        found = {row["target"]: to_row(row) for row in rows}
        return [_synced(one, found.get(one), version) for one, version in versions.items()]

    async def audience(self, session: Session, user_id: int, after: int, limit: int) -> list[int]:
        """Give the next people whose list shows this person."""
        query = {
            "target": user_id,
            "owner": {"$gt": after},
            "status": {"$ne": FriendStatus.DELETED.value},
        }
        rows = self._docs.find(query, {"_id": 0, "owner": 1}, session=session)
        order = [("target", ASCENDING), ("owner", ASCENDING)]
        return [row["owner"] for row in await rows.sort(order).limit(limit).to_list(limit)]

    async def rows_about(self, user_id: int, session: Session, most: int) -> list[Document]:
        """Give rows of others about a person, or once there are none, the person's own."""
        for query in ({"target": user_id}, {"owner": user_id}):
            if rows := await self._docs.find(query, session=session).limit(most).to_list(most):
                return rows
        return []

    async def remove(self, rows: Iterable[Document], session: Session) -> None:
        """Remove rows."""
        await self._docs.delete_many(
            {"_id": {"$in": [row["_id"] for row in rows]}}, session=session
        )


def to_row(doc: Document) -> Row:
    """Read a document."""
    return Row(
        status=FriendStatus(doc["status"]),
        updated_at=doc["updated_at"],
        display_name=doc["display_name"],
        message=doc["message"],
    )


def _id(owner_id: int, target_id: int) -> dict[str, int]:
    return {"o": owner_id, "t": target_id}


def _friendship(doc: Document, mutual: bool) -> friendships.Friendship:
    row = to_row(doc)
    return friendships.Friendship(
        owner_id=doc["owner"],
        target_id=doc["target"],
        status=row.status,
        display_name=row.display_name,
        message=row.message,
        updated_at=row.updated_at,
        mutual=mutual,
    )


def _synced(target_id: int, row: Row | None, version: int) -> sync.SyncedFriend:
    return sync.SyncedFriend(
        target_id=target_id,
        display_name=row.display_name if row else "",
        status=row.status if row else FriendStatus.DELETED,
        version=version,
    )
