"""How pictures are known: a document each in `pictures`, and how many a person uploaded."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from services.profile.pictures import rules
from shared.contracts import pictures
from shared.erasure import may_keep
from shared.errors import LimitReached
from shared.mongo import (
    ASCENDING,
    DuplicateKeyError,
    IndexModel,
    Mongo,
    Session,
    reachable,
)

INDEXES = {
    "pictures": [IndexModel([("owner", ASCENDING)])],
    "uploads": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)],
}


class PictureStore:
    """The documents of pictures in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._docs, self._uploads = mongo["pictures"], mongo["uploads"]

    async def count_upload(self, owner: int) -> None:
        """Count an upload of a person in this hour, or refuse it.

        Refuses the ticket of a person who was erased since it was issued.
        """
        hour, past = divmod(time.time(), rules.HOUR)

        async def work(session: Session) -> None:
            if not await may_keep(self._mongo, session, owner):
                raise pictures.BadTicket
            await self._uploads.update_one(
                {"_id": f"{owner}:{int(hour)}", "count": {"$lt": rules.UPLOADS_PER_HOUR}},
                {
                    "$inc": {"count": 1},
                    "$setOnInsert": {
                        "expires_at": datetime.fromtimestamp((hour + 1) * rules.HOUR, UTC)
                    },
                },
                upsert=True,
                session=session,
            )

        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:  # there is a count for this hour, and it is not below the limit
            raise LimitReached(retry_after=int(rules.HOUR - past) + 1) from None

    async def insert(self, owner: int, picture: pictures.Picture) -> bool:
        """Keep a picture's document; false if its owner was erased meanwhile."""

        async def work(session: Session) -> bool:
            if not await may_keep(self._mongo, session, owner):
                return False
            document = {
                "_id": picture.key,
                "owner": owner,
                "width": picture.width,
                "height": picture.height,
                "size": picture.size,
                "media_type": picture.media_type,
                "created_at": picture.created_at,
                "channel": picture.channel,
            }
            await self._docs.insert_one(document, session=session)
            return True

        return await self._mongo.transact(work)

    async def keys_of(self, owner: int, session: Session) -> list[str]:
        """Give the keys of a person's pictures."""
        cursor = self._docs.find({"owner": owner}, {"_id": 1}, session=session)
        return [doc["_id"] async for doc in cursor]

    async def known(self, keys: Sequence[str]) -> set[str]:
        """Give those of these keys that have a document."""
        async with reachable():
            cursor = self._docs.find({"_id": {"$in": list(keys)}}, {"_id": 1})
            return {doc["_id"] async for doc in cursor}

    async def erase(self, owner: int, session: Session) -> None:
        """Remove a person's documents and counts."""
        await self._docs.delete_many({"owner": owner}, session=session)
        # Every id that begins with "<owner>:"; ";" is the character after ":".
        counts = {"_id": {"$gte": f"{owner}:", "$lt": f"{owner};"}}
        await self._uploads.delete_many(counts, session=session)
