"""How blacklists are kept: a row per owner and person in `blacklist`, which stays when it ends."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.contracts import blacklist, relations, sync
from shared.mongo import ASCENDING, DESCENDING, Document, IndexModel, Mongo, Session, reachable

INDEXES = {
    "blacklist": [
        IndexModel([("owner", ASCENDING), ("listed", ASCENDING), ("target", ASCENDING)]),
        IndexModel(
            [("owner", ASCENDING), ("updated_at", DESCENDING), ("target", DESCENDING)],
            name="latest",
            partialFilterExpression={"listed": True},
        ),
        IndexModel([("target", ASCENDING)]),
    ]
}


class BlacklistStore:
    """The blacklists in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["blacklist"]

    async def lists(self, session: Session, owner_id: int, target_id: int) -> bool:
        """Tell, as a transaction sees it, whether the owner does not want to hear from somebody."""
        row = await self._docs.find_one({"_id": _id(owner_id, target_id)}, session=session)
        return bool(row and row["listed"])

    async def who_lists(
        self, session: Session, owner_ids: Iterable[int], target_id: int
    ) -> set[int]:
        """Give those of these people, as a transaction sees it, who do not want to hear of one."""
        ids = [_id(owner_id, target_id) for owner_id in owner_ids]
        cursor = self._docs.find({"_id": {"$in": ids}, "listed": True}, session=session)
        return {row["owner"] for row in await cursor.to_list(None)}

    async def listed_among(self, owner_id: int, target_ids: Iterable[int]) -> list[int]:
        """Give those of these people whom the owner does not want to hear from, by id."""
        ids = [_id(owner_id, target_id) for target_id in sorted(set(target_ids))]
        async with reachable():
            rows = await self._docs.find({"_id": {"$in": ids}, "listed": True}).to_list(None)
        return sorted(row["target"] for row in rows)

    async def put(
        self, session: Session, owner_id: int, target_id: int, listed: bool, now: datetime
    ) -> None:
        """Put somebody on a blacklist, or take them off."""
        await self._docs.update_one(
            {"_id": _id(owner_id, target_id)},
            {
                "$set": {
                    "owner": owner_id,
                    "target": target_id,
                    "listed": listed,
                    "updated_at": now,
                }
            },
            upsert=True,
            session=session,
        )

    async def page(self, owner_id: int, after: int) -> list[blacklist.BlacklistEntry]:
        """Give the next people on a blacklist."""
        query = {"owner": owner_id, "listed": True, "target": {"$gt": after}}
        async with reachable():
            rows = (
                await self._docs.find(query)
                .sort("target", ASCENDING)
                .limit(relations.PAGE_MOST)
                .to_list(relations.PAGE_MOST)
            )
        return [_entry(row) for row in rows]

    async def latest(
        self, owner_id: int, limit: int, offset: int
    ) -> list[blacklist.BlacklistEntry]:
        """Give people on a blacklist, the latest first."""
        cursor = self._docs.find({"owner": owner_id, "listed": True})
        cursor = cursor.sort([("updated_at", DESCENDING), ("target", DESCENDING)])
        async with reachable():
            rows = await cursor.skip(offset).limit(limit).to_list(limit)
        return [_entry(row) for row in rows]

    async def whole(
        self, session: Session, owner_id: int, versions: Mapping[int, int]
    ) -> list[sync.SyncedBlacklist]:
        """Give a whole blacklist for a sync, with the versions that are known."""
        query = {"owner": owner_id, "listed": True}
        rows = self._docs.find(query, session=session).sort("target", ASCENDING)
        return [
            _synced(row["target"], True, versions.get(row["target"], 0))
            for row in await rows.to_list(None)
        ]

    async def changed(
        self, session: Session, owner_id: int, versions: Mapping[int, int]
    ) -> list[sync.SyncedBlacklist]:
        """Give for a sync what is true now of these people."""
        query = {"_id": {"$in": [_id(owner_id, target_id) for target_id in versions]}}
        rows = await self._docs.find(query, session=session).to_list(None)
        listed = {row["target"] for row in rows if row["listed"]}
        return [_synced(one, one in listed, version) for one, version in versions.items()]

    async def rows_about(self, user_id: int, session: Session, most: int) -> list[Document]:
        """Give rows in which a person has or is somebody on a blacklist."""
        mine = await self._docs.find({"owner": user_id}, session=session).limit(most).to_list(most)
        if len(mine) == most:
            return mine
        of_others = self._docs.find({"target": user_id}, session=session)
        rest = most - len(mine)
        return mine + await of_others.limit(rest).to_list(rest)

    async def remove(self, rows: list[Document], session: Session) -> None:
        """Remove rows."""
        await self._docs.delete_many(
            {"_id": {"$in": [row["_id"] for row in rows]}}, session=session
        )


def _id(owner_id: int, target_id: int) -> dict[str, int]:
    return {"o": owner_id, "t": target_id}


def _entry(row: Document) -> blacklist.BlacklistEntry:
    return blacklist.BlacklistEntry(
        owner_id=row["owner"], target_id=row["target"], updated_at=row["updated_at"]
    )


def _synced(target_id: int, listed: bool, version: int) -> sync.SyncedBlacklist:
    return sync.SyncedBlacklist(target_id=target_id, listed=listed, version=version)
