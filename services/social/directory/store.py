"""How the directory is kept: `group_categories`, and what the documents of `groups` have for it.

A group that is in the directory has `listed`, and the pieces of its name (`shared/ngrams.py`) in an
array; all indexes are on such groups only. So a search is one range of one index in the order in
which it answers, however many groups there are that nobody is to find.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from services.social.groups.store import to_group
from shared import ngrams
from shared.contracts import directory, groups
from shared.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    IndexModel,
    Mongo,
    Session,
    reachable,
)

_LISTED = {"listed": True}
_MOST_MEMBERS = [("member_count", DESCENDING), ("_id", DESCENDING)]
_TREE = 0
"""The id of the document that every change of categories writes, so that one follows another."""

INDEXES = {
    "groups": [
        IndexModel(_MOST_MEMBERS, name="listed", partialFilterExpression=_LISTED),
        IndexModel(
            [("category_id", ASCENDING), *_MOST_MEMBERS],
            name="listed_by_category",
            partialFilterExpression=_LISTED,
        ),
        IndexModel(
            [("pieces", ASCENDING), *_MOST_MEMBERS],
            name="listed_by_name",
            partialFilterExpression=_LISTED,
        ),
        IndexModel(
            [("picked_at", DESCENDING), ("_id", DESCENDING)],
            name="listed_picks",
            partialFilterExpression={**_LISTED, "picked_at": {"$type": "date"}},
        ),
    ]
}


class DirectoryStore:
    """The directory in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._groups, self._categories = mongo["groups"], mongo["group_categories"]

    # -------------------------------------------------------------------------- categories

    async def plant(self, tree: Collection[directory.Category]) -> None:
        """Keep the first categories; nothing happens to those that are there."""
        for one in tree:
            await self._categories.update_one(
                {"_id": one.category_id}, {"$setOnInsert": _values(one)}, upsert=True
            )

    async def tree(self, session: Session | None = None) -> list[directory.Category]:
        """Give all categories, in no order."""
        async with reachable():
            cursor = self._categories.find({"_id": {"$gt": _TREE}}, session=session)
            return [_to_category(doc) for doc in await cursor.to_list(None)]

    async def hold_tree(self, session: Session) -> list[directory.Category]:
        """Give all categories for a change: of two changes at once one runs again."""
        await self._categories.update_one(
            {"_id": _TREE}, {"$inc": {"revision": 1}}, upsert=True, session=session
        )
        return await self.tree(session)

    async def put(self, session: Session, one: directory.Category) -> None:
        """Keep a category of a tree that is held."""
        await self._categories.replace_one(
            {"_id": one.category_id}, _values(one), upsert=True, session=session
        )

    async def remove(self, session: Session, category_id: int) -> None:
        """Remove a category of a tree that is held."""
        await self._categories.delete_one({"_id": category_id}, session=session)

    async def check_category(self, session: Session, category_id: int) -> None:
        """Refuse a category that is not there, as a transaction sees it."""
        there = await self._categories.find_one({"_id": category_id}, session=session)
        if there is None or category_id == _TREE:
            raise groups.NoSuchCategory

    # ------------------------------------------------------------------------------ search

    async def search(
        self, ask: directory.SearchGroups, categories: Sequence[int] | None
    ) -> list[groups.Group]:
        """Give a page of what is looked for; `categories` none stands for all."""
        query: Document = {**_LISTED, **ngrams.having(ask.keyword, "pieces", "folded_name")}
        order = _MOST_MEMBERS
        if categories is not None:
            query["category_id"] = {"$in": list(categories)}
        if ask.picked:
            query["picked_at"] = {"$type": "date"}
            order = [("picked_at", DESCENDING), ("_id", DESCENDING)]
        cursor = self._groups.find(query, {"pieces": 0}).sort(order)
        async with reachable():
            docs = await cursor.skip(ask.offset).limit(ask.limit).to_list(ask.limit)
        return [to_group(doc) for doc in docs]

    async def pick(self, session: Session, group_id: int, at: datetime | None) -> None:
        """Note when a group that is held was picked, or that it is not."""
        values: dict[str, Any] = {"picked_at": at}
        await self._groups.update_one({"_id": group_id}, {"$set": values}, session=session)


def _values(one: directory.Category) -> Document:
    return {
        "name": one.name,
        "parent_id": one.parent_id,
        "position": one.position,
        "shown_at": one.shown_at,
    }


def _to_category(doc: Document) -> directory.Category:
    return directory.Category(
        category_id=doc["_id"],
        name=doc["name"],
        parent_id=doc["parent_id"],
        position=doc["position"],
        shown_at=doc["shown_at"],
    )
