"""How remarks are kept: a document per owner and chat in `remarks`, none where nothing is noted."""

from collections.abc import Iterable

import msgspec
from msgspec import structs

from services.social.remarks import rules
from shared.contracts import remarks
from shared.encoding import to_builtins
from shared.mongo import ASCENDING, Document, IndexModel, Mongo, Session, reachable

_PINNED = {"pinned": True}

INDEXES = {
    "remarks": [
        IndexModel([("owner", ASCENDING), ("chat", ASCENDING)]),
        IndexModel(
            [("owner", ASCENDING), ("chat", ASCENDING)],
            name="pinned",
            partialFilterExpression=_PINNED,
        ),
        IndexModel([("chat", ASCENDING)]),
    ]
}


class RemarkStore:
    """Remarks in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["remarks"]

    async def find(self, session: Session, owner_id: int, chat_id: int) -> remarks.Remark | None:
        """Give a remark as a transaction sees it."""
        doc = await self._docs.find_one({"_id": _id(owner_id, chat_id)}, session=session)
        return _to_remark(doc) if doc else None

    async def put(self, session: Session, owner_id: int, remark: remarks.Remark) -> None:
        """Keep a remark."""
        values = {name: to_builtins(getattr(remark, name)) for name in rules.NOTED}
        await self._docs.replace_one(
            {"_id": _id(owner_id, remark.chat_id)},
            {"owner": owner_id, "chat": remark.chat_id, **values},
            upsert=True,
            session=session,
        )

    async def remove(self, session: Session, owner_id: int, chat_id: int) -> None:
        """Keep a remark no longer."""
        await self._docs.delete_one({"_id": _id(owner_id, chat_id)}, session=session)

    async def rename(self, session: Session, owner_id: int, chat_id: int, name: str) -> bool:
        """Keep another name in a remark that is there; true if nothing is left of it then."""
        before = await self.find(session, owner_id, chat_id)
        if before is None:
            return False
        after = structs.replace(before, name=name)
        if rules.is_empty(after):
            await self.remove(session, owner_id, chat_id)
            return True
        await self.put(session, owner_id, after)
        return False

    async def read(self, owner_id: int, chat_ids: Iterable[int]) -> dict[int, remarks.Remark]:
        """Give what somebody noted about these chats."""
        ids = [_id(owner_id, chat_id) for chat_id in chat_ids]
        async with reachable():
            docs = await self._docs.find({"_id": {"$in": ids}}).to_list(None)
        return {doc["chat"]: _to_remark(doc) for doc in docs}

    async def page(self, owner_id: int, after: int, pinned: bool) -> list[remarks.Remark]:
        """Give the next remarks of somebody, by chat."""
        query: Document = {"owner": owner_id, "chat": {"$gt": after}}
        cursor = self._docs.find({**query, **_PINNED} if pinned else query)
        if pinned:
            # Said, as the server tells it from the one of all remarks by trying only.
            cursor = cursor.hint("pinned")
        cursor = cursor.sort("chat", ASCENDING).limit(remarks.PAGE_MOST)
        async with reachable():
            return [_to_remark(doc) for doc in await cursor.to_list(remarks.PAGE_MOST)]

    async def rows_about(self, user_id: int, session: Session, most: int) -> list[Document]:
        """Give remarks about a person, or once there are none, the person's own."""
        for query in ({"chat": user_id}, {"owner": user_id}):
            cursor = self._docs.find(query, {"owner": 1}, session=session)
            if rows := await cursor.limit(most).to_list(most):
                return rows
        return []

    async def forget(self, rows: Iterable[Document], session: Session) -> None:
        """Remove remarks."""
        ids = [row["_id"] for row in rows]
        await self._docs.delete_many({"_id": {"$in": ids}}, session=session)


def _to_remark(doc: Document) -> remarks.Remark:
    values = {name: doc[name] for name in rules.NOTED}
    return msgspec.convert({"chat_id": doc["chat"], **values}, remarks.Remark)


def _id(owner_id: int, chat_id: int) -> Document:
    return {"o": owner_id, "c": chat_id}
