"""Reading accounts as administrators see them."""

import time
from typing import Any

from services.auth.accounts.store import StoredAccount, read_account
from services.auth.lookups.store import HERE
from shared.mongo import ASCENDING, Document, Mongo, reachable

COUNTED = 10_000
"""Accounts up to which their number is counted anew each time."""

REMEMBERED_SECONDS = 60
"""How long a larger number is remembered."""


class MongoRegister:
    """Every account that is not deleted, by id."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["accounts"]
        self._total, self._until = 0, 0.0

    async def page(self, skip: int, limit: int) -> list[StoredAccount]:
        """Give a page, oldest first."""
        async with reachable():
            cursor = self._docs.find({"state": HERE}).sort("_id", ASCENDING)
            found = await cursor.skip(skip).limit(limit).to_list(limit)
        return [read_account(one) for one in found]

    async def total(self) -> int:
        """Count the accounts: exactly while they are few, once a minute when they are many."""
        if time.monotonic() < self._until:
            return self._total
        async with reachable():
            few: int = await self._docs.count_documents({"state": HERE}, limit=COUNTED)
            if few < COUNTED:
                return few
            self._total = await self._docs.count_documents({"state": HERE})
        self._until = time.monotonic() + REMEMBERED_SECONDS
        return self._total

    async def exactly(self, *names: dict[str, Any]) -> list[StoredAccount]:
        """Give the accounts that have one of these names; each is unique, so they are few."""
        found: dict[int, Document] = {}
        async with reachable():
            for name in names:
                if document := await self._docs.find_one({**name, "state": HERE}):
                    found[document["_id"]] = document
        return [read_account(found[user_id]) for user_id in sorted(found)]
