"""How points are kept: a balance per person in `points`, its changes in `points_entries`.

Both are written in one transaction, in which the balance comes first: two changes of one balance
conflict there, and the second begins again and sees the first. Entries are numbered per person, and
per person and direction, so that a page is a range of an index, however far back it is.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from services.profile.points import rules
from shared.contracts import points
from shared.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    IndexModel,
    Mongo,
    ReturnDocument,
    Session,
    reachable,
)

INDEXES = {
    "points_entries": [
        IndexModel([("user_id", ASCENDING), ("number", ASCENDING)], unique=True),
        IndexModel([("user_id", ASCENDING), ("key", ASCENDING)], unique=True),
        IndexModel(
            [("user_id", ASCENDING), ("income", ASCENDING), ("turn", ASCENDING)], unique=True
        ),
        IndexModel(
            [("user_id", ASCENDING), ("at", ASCENDING)],
            name="adverts_watched",
            partialFilterExpression={"cause": str(points.Cause.ADVERT)},
        ),
    ],
}

CHUNK = 1000
"""Entries that are read at once to add a ledger up."""


def _balance(doc: Document) -> points.Balance:
    return points.Balance(
        user_id=doc["_id"], points=doc["points"], income=doc["income"], entries=doc["entries"]
    )


def _entry(doc: Document) -> points.Entry:
    return points.Entry(
        user_id=doc["user_id"],
        number=doc["number"],
        at=doc["at"],
        cause=points.Cause(doc["cause"]),
        before=doc["before"],
        change=doc["change"],
        after=doc["after"],
        reason=doc["reason"],
        remark=doc["remark"],
        actor_id=doc.get("actor_id"),
    )


class PointStore:
    """Balances and entries in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._balances, self._entries = mongo["points"], mongo["points_entries"]

    async def read(self, user_ids: list[int]) -> list[points.Balance]:
        """Give the balances of these people in their order, each once; zeros where none is kept."""
        async with reachable():
            docs = await self._balances.find({"_id": {"$in": user_ids}}).to_list(None)
        found = {doc["_id"]: _balance(doc) for doc in docs}
        return [found.get(one) or points.Balance(user_id=one) for one in dict.fromkeys(user_ids)]

    async def find(self, session: Session, user_id: int) -> points.Balance | None:
        """Give one balance as a transaction sees it."""
        doc = await self._balances.find_one({"_id": user_id}, session=session)
        return _balance(doc) if doc else None

    async def find_entry(self, session: Session, user_id: int, key: str) -> points.Entry | None:
        """Give the entry that a key names."""
        doc = await self._entries.find_one({"user_id": user_id, "key": key}, session=session)
        return _entry(doc) if doc else None

    async def change_key(self, session: Session, user_id: int, key: str, other: str) -> None:
        """Name an entry otherwise."""
        await self._entries.update_one(
            {"user_id": user_id, "key": key}, {"$set": {"key": other}}, session=session
        )

    async def open(self, session: Session, user_id: int, city: str) -> None:
        """Begin the ledger of somebody from a city."""
        zeros = dict.fromkeys(("points", "income", "entries", "incomes", "spendings"), 0)
        await self._balances.insert_one({"_id": user_id, "city": city, **zeros}, session=session)

    async def change(self, session: Session, want: rules.Want, at: datetime) -> points.Entry | None:
        """Change a balance and enter it; none if there is no ledger or it cannot be changed so."""
        least, most = rules.bounds(want.change)
        incoming = want.change > 0
        steps = {"points": want.change, "entries": 1, "incomes" if incoming else "spendings": 1}
        if incoming:
            steps["income"] = want.change
        doc = await self._balances.find_one_and_update(
            {"_id": want.user_id, "points": {"$gte": least, "$lte": most}},
            {"$inc": steps},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if not doc:
            return None
        entry: Document = {
            "user_id": want.user_id,
            "number": doc["entries"],
            "income": incoming,
            "turn": doc["incomes" if incoming else "spendings"],
            "at": at,
            "cause": str(want.cause),
            "before": doc["points"] - want.change,
            "change": want.change,
            "after": doc["points"],
            "reason": want.reason,
            "remark": want.remark,
            "key": want.key,
        }
        if want.actor_id is not None:
            entry["actor_id"] = want.actor_id
        await self._entries.insert_one(entry, session=session)
        return _entry(entry)

    async def page(self, ask: points.ListEntries) -> points.EntryPage:
        """Give a page of entries, newest first, and how many there are."""
        async with reachable():
            kept = await self._balances.find_one({"_id": ask.user_id})
            if kept is None:
                return points.EntryPage(entries=[], total=0)
            total, query, order = _range(ask, kept)
            cursor = self._entries.find(query).sort(order, DESCENDING)
            docs = await cursor.limit(ask.limit).to_list(ask.limit)
        return points.EntryPage(entries=[_entry(doc) for doc in docs], total=total)

    async def adverts_since(self, user_id: int, at: datetime) -> int:
        """Count the advertisements that somebody was paid for since a moment."""
        query = {"user_id": user_id, "cause": str(points.Cause.ADVERT), "at": {"$gte": at}}
        async with reachable():
            return await self._entries.count_documents(query)

    async def all_of(self, session: Session, user_id: int) -> AsyncIterator[list[points.Entry]]:
        """Give a whole ledger, oldest first, in chunks."""
        last = 0
        while True:
            query = {"user_id": user_id, "number": {"$gt": last}}
            cursor = self._entries.find(query, session=session).sort("number", ASCENDING)
            chunk = [_entry(doc) for doc in await cursor.limit(CHUNK).to_list(CHUNK)]
            if not chunk:
                return
            yield chunk
            last = chunk[-1].number

    async def erase_ahead(self, user_id: int) -> None:
        """Remove a person's entries, some at a time: there may be very many."""
        async with reachable():
            while docs := await self._some(user_id):
                ids = [doc["_id"] for doc in docs]
                await self._entries.delete_many({"_id": {"$in": ids}})

    async def _some(self, user_id: int) -> list[Document]:
        cursor = self._entries.find({"user_id": user_id}, {"_id": 1})
        return await cursor.limit(CHUNK).to_list(CHUNK)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's ledger."""
        await self._balances.delete_one({"_id": user_id}, session=session)
        await self._entries.delete_many({"user_id": user_id}, session=session)


def _range(ask: points.ListEntries, kept: Document) -> tuple[int, Document, str]:
    """Give how many there are, what to look for, and by which number it is ordered."""
    query: Document = {"user_id": ask.user_id}
    if ask.income is None:
        total, order = kept["entries"], "number"
    else:
        total, order = kept["incomes" if ask.income else "spendings"], "turn"
        query["income"] = ask.income
    query[order] = {"$lte": rules.newest_shown(total, ask.skip)}
    if ask.before is not None:
        query.setdefault("number", {})["$lt"] = ask.before
    return total, query, order
