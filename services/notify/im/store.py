"""How instant-messaging tokens are kept: the last one of each person."""

from datetime import UTC, datetime

from shared import erasure
from shared.contracts.notify import ImRefused
from shared.mongo import IndexModel, Mongo, Session, reachable

INDEXES: dict[str, list[IndexModel]] = {}
"""Tokens are found by person alone, which is their `_id`."""


class MongoImTokens:
    """The token that each person was given last, and by whom."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo, self._docs = mongo, mongo["im_tokens"]

    async def find(self, user_id: int, provider: str, im_id: str) -> str | None:
        """Give the stored token of a person, unless it is another provider's or another id's."""
        async with reachable():
            doc = await self._docs.find_one({"_id": user_id, "provider": provider, "im_id": im_id})
        return doc["token"] if doc else None

    async def keep(self, user_id: int, provider: str, im_id: str, token: str) -> None:
        """Keep a token in place of the one before; raises `ImRefused` for an erased person."""

        async def work(session: Session) -> None:
            if not await erasure.may_keep(self._mongo, session, user_id):
                raise ImRefused
            await self._docs.replace_one(
                {"_id": user_id},
                {"provider": provider, "im_id": im_id, "token": token, "at": datetime.now(UTC)},
                upsert=True,
                session=session,
            )

        await self._mongo.transact(work)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's token."""
        await self._docs.delete_one({"_id": user_id}, session=session)
