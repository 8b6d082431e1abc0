"""How follows are kept: a row per follower and person in `follows`, numbers in `follow_counts`.

A row says whether the other follows back (`mutual`), so that those are a list of their own. Numbers
of one person are one document: whatever changes a follow writes both people's, so that of two that
happen to the same two at once one runs again and sees the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.social.follows.rules import Tally
from shared.contracts import follows
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

_MUTUAL = "mutual"

INDEXES = {
    "follows": [
        IndexModel([("user", ASCENDING), ("at", DESCENDING), ("target", DESCENDING)]),
        IndexModel([("target", ASCENDING), ("at", DESCENDING), ("user", DESCENDING)]),
        IndexModel(
            [("user", ASCENDING), ("at", DESCENDING), ("target", DESCENDING)],
            name=_MUTUAL,
            partialFilterExpression={"mutual": True},
        ),
    ]
}


class FollowStore:
    """Follows in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._rows, self._counts = mongo["follows"], mongo["follow_counts"]

    # ------------------------------------------------------------------------------ changes

    async def between(self, session: Session, one: int, other: int) -> tuple[bool, bool]:
        """Tell whether one follows the other, and the other the one, as a transaction sees it."""
        ids = [_id(one, other), _id(other, one)]
        rows = await self._rows.find({"_id": {"$in": ids}}, session=session).to_list(2)
        followers = {row["user"] for row in rows}
        return one in followers, other in followers

    async def add(
        self, session: Session, user_id: int, target_id: int, mutual: bool, now: datetime
    ) -> None:
        """Keep that somebody follows somebody."""
        await self._rows.insert_one(
            {
                "_id": _id(user_id, target_id),
                "user": user_id,
                "target": target_id,
                "at": now,
                "mutual": mutual,
            },
            session=session,
        )
        if mutual:
            await self._set_mutual(session, target_id, user_id, True)

    async def remove(self, session: Session, user_id: int, target_id: int, mutual: bool) -> None:
        """Keep that somebody follows somebody no longer."""
        await self._rows.delete_one({"_id": _id(user_id, target_id)}, session=session)
        if mutual:
            await self._set_mutual(session, target_id, user_id, False)

    async def _set_mutual(
        self, session: Session, user_id: int, target_id: int, mutual: bool
    ) -> None:
        await self._rows.update_one(
            {"_id": _id(user_id, target_id)}, {"$set": {"mutual": mutual}}, session=session
        )

    async def count(self, session: Session, by: Mapping[int, Tally]) -> None:
        """Change people's numbers."""
        if by:
            await self._counts.bulk_write(
                [
                    UpdateOne({"_id": user_id}, {"$inc": asdict(by[user_id])}, upsert=True)
                    for user_id in sorted(by)
                ],
                session=session,
            )

    async def follows_more_than(self, session: Session, user_id: int, most: int) -> bool:
        """Tell whether somebody follows more people than that, as a transaction sees it."""
        full = {"_id": user_id, "followings": {"$gt": most}}
        return await self._counts.find_one(full, {"_id": 1}, session=session) is not None

    # ------------------------------------------------------------------------------ reading

    async def followings(self, ask: follows.ListFollows) -> list[follows.Follow]:
        """Give a page of those whom somebody follows."""
        return await self._page({"user": ask.user_id}, "target", ask)

    async def followers(self, ask: follows.ListFollows) -> list[follows.Follow]:
        """Give a page of those who follow somebody."""
        return await self._page({"target": ask.user_id}, "user", ask)

    async def mutual(self, ask: follows.ListFollows) -> list[follows.Follow]:
        """Give a page of those whom somebody follows and who follow them."""
        return await self._page({"user": ask.user_id, "mutual": True}, "target", ask)

    async def _page(
        self, of: Document, other: str, ask: follows.ListFollows
    ) -> list[follows.Follow]:
        query: dict[str, Any] = dict(of)
        if ask.before:
            query["at"] = {"$lte": ask.before.since}
            earlier = {"at": {"$lt": ask.before.since}}
            query["$or"] = [earlier, {other: {"$lt": ask.before.user_id}}]
        cursor = self._rows.find(query, {"_id": 0, "at": 1, other: 1})
        cursor = cursor.sort([("at", DESCENDING), (other, DESCENDING)])
        if _MUTUAL in of:
            # Said, as the server tells it from the one of all followings by trying only.
            cursor = cursor.hint(_MUTUAL)
        async with reachable():
            rows = await cursor.skip(ask.offset).limit(ask.limit).to_list(ask.limit)
        return [follows.Follow(user_id=row[other], since=row["at"]) for row in rows]

    async def counts(self, user_ids: Iterable[int]) -> dict[int, follows.FollowCounts]:
        """Give the numbers of those of these people who have any."""
        async with reachable():
            docs = await self._counts.find({"_id": {"$in": list(user_ids)}}).to_list(None)
        return {
            doc["_id"]: follows.FollowCounts(
                user_id=doc["_id"],
                followings=doc["followings"],
                followers=doc["followers"],
                mutual=doc["mutual"],
            )
            for doc in docs
        }

    async def related(self, viewer_id: int, user_ids: Iterable[int]) -> set[tuple[int, int]]:
        """Give, as (follower, followed), what there is between one person and others."""
        others = set(user_ids)
        ids = [_id(viewer_id, one) for one in others] + [_id(one, viewer_id) for one in others]
        async with reachable():
            rows = await self._rows.find({"_id": {"$in": ids}}, {"_id": 1}).to_list(None)
        return {(row["_id"]["u"], row["_id"]["t"]) for row in rows}

    # ------------------------------------------------------------------------------ leaving

    async def rows_about(self, user_id: int, session: Session, most: int) -> list[Document]:
        """Give rows of others who follow a person, or once there are none, the person's own."""
        for query in ({"target": user_id}, {"user": user_id}):
            if rows := await self._rows.find(query, session=session).limit(most).to_list(most):
                return rows
        return []

    async def forget(self, session: Session, rows: Iterable[Document]) -> None:
        """Remove rows, and of those that are mutual the other one too."""
        ids = [row["_id"] for row in rows]
        ids += [_id(row["target"], row["user"]) for row in rows if row["mutual"]]
        await self._rows.delete_many({"_id": {"$in": ids}}, session=session)

    async def forget_counts(self, user_id: int, session: Session) -> None:
        """Remove a person's numbers."""
        await self._counts.delete_one({"_id": user_id}, session=session)


def _id(user_id: int, target_id: int) -> dict[str, int]:
    return {"u": user_id, "t": target_id}
