"""Notices that wait in MongoDB until notify's stream has them.

They hold addresses, which no event may; that is why they are not made of the event alone.
"""

from datetime import datetime

import msgspec

from shared.mongo import ASCENDING, IndexModel, Mongo, Session, reachable

INDEXES = {"notices": [IndexModel([("user_id", ASCENDING)])]}

FLUSHED_AT_ONCE = 100
"""Notices of one person handed over at once."""


class StoredNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice to one address."""

    id: str
    user_id: int
    to: str
    template: str
    parameters: dict[str, str]
    locale: str
    expires_at: datetime


class MongoNotices:
    """The notices that wait."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["notices"]

    async def insert(self, session: Session, notice: StoredNotice) -> None:
        """Add a notice to the transaction of what it is about."""
        document = msgspec.structs.asdict(notice)
        document["_id"] = document.pop("id")
        await self._docs.insert_one(document, session=session)

    async def waiting(self, user_id: int) -> list[StoredNotice]:
        """Give the notices of a person that wait."""
        async with reachable():
            found = (
                await self._docs.find({"user_id": user_id})
                .limit(FLUSHED_AT_ONCE)
                .to_list(FLUSHED_AT_ONCE)
            )
        return [StoredNotice(id=one.pop("_id"), **one) for one in found]

    async def remove(self, notice_id: str) -> None:
        """Forget a notice that was handed over."""
        async with reachable():
            await self._docs.delete_one({"_id": notice_id})
