"""Reading accounts as anyone may see them; nothing else of them leaves the database."""

import re
from typing import Any

from services.auth.accounts import rules
from shared.contracts import lookups
from shared.contracts.accounts import Role, State
from shared.mongo import ASCENDING, DESCENDING, Document, IndexModel, Mongo, reachable
from shared.texts import NOT_IN_LINE

INDEXES = {
    "accounts": [
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("username_parts", ASCENDING), ("state", ASCENDING), ("_id", ASCENDING)]),
    ]
}

PUBLIC = {"username": 1, "created_at": 1, "role": 1, "state": 1, "named_at": 1}
HERE = {"$in": [State.ACTIVE, State.DISABLED]}
"""Where an account is that is not being deleted."""


def _read(document: Document) -> lookups.PublicAccount:
    return lookups.PublicAccount(
        user_id=document["_id"],
        username=document["username"],
        created_at=document["created_at"],
        role=Role(document["role"]),
        state=State(document["state"]),
        named_at=document.get("named_at"),
    )


class MongoLookups:
    """The accounts, for reading."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["accounts"]

    async def find(self, **fields: Any) -> lookups.PublicAccount | None:
        """Find an account by one of `phone`, `email_key`, `username_key`."""
        async with reachable():
            document = await self._docs.find_one({**fields, "state": HERE}, PUBLIC)
        return _read(document) if document else None

    async def read(self, user_ids: list[int]) -> list[lookups.PublicAccount]:
        """Give the accounts of these people that are there."""
        query = {"_id": {"$in": user_ids}, "state": HERE}
        async with reachable():
            found = await self._docs.find(query, PUBLIC).to_list(None)
        return [_read(one) for one in found]

    async def present(self, after: int, limit: int) -> list[int]:
        """Give the ids of who is there of all people behind this id, in their order."""
        query = {"_id": {"$gt": after}, "state": HERE}
        async with reachable():
            cursor = self._docs.find(query, {"_id": 1}).sort("_id", ASCENDING).hint("_id_")
            return [one["_id"] for one in await cursor.limit(limit).to_list(limit)]

    async def list(self, ask: lookups.ListAccounts) -> list[lookups.PublicAccount]:
        """Give a page by id."""
        query, order = list_query(ask), DESCENDING if ask.newest_first else ASCENDING
        async with reachable():
            cursor = self._docs.find(query, PUBLIC).sort("_id", order).limit(ask.limit)
            return [_read(one) for one in await cursor.to_list(ask.limit)]


def list_query(ask: lookups.ListAccounts) -> Document:
    """Give what holds of everybody on a page."""
    ids: Document = {}
    if ask.after is not None:
        ids["$lt" if ask.newest_first else "$gt"] = ask.after
    if ask.user_ids is not None:
        ids["$in"] = ask.user_ids
    query: Document = {"state": State.ACTIVE if ask.user_ids is None else HERE}
    if ids:
        query["_id"] = ids
    names: Document = {}
    if ask.usernames is not None:
        names["$in"] = [rules.username_key(name) for name in ask.usernames]
    if ask.name_part is not None:
        key = rules.username_key(ask.name_part)
        if NOT_IN_LINE.search(key):
            names["$in"] = []  # no username has it, and a pattern could not either
        else:
            names["$regex"] = re.escape(key)
            query["username_parts"] = {"$all": rules.parts_to_find(key)}
    if names:
        query["username_key"] = names
    return query
