"""How pictures are known: a document each in `pictures`, and how many a person uploaded."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from services.profile.pictures import rules
from shared.clock import now
from shared.contracts import pictures
from shared.erasure import may_keep
from shared.errors import LimitReached
from shared.mongo import (
    ASCENDING,
    Document,
    DuplicateKeyError,
    IndexModel,
    Mongo,
    Session,
    reachable,
)

REMOVED_AT_ONCE = 100
"""Pictures of a leaving person that are removed at once."""

_EVER = datetime(1970, 1, 1, tzinfo=UTC)

INDEXES = {
    "pictures": [
        IndexModel([("owner", ASCENDING)]),
        IndexModel(
            [("unused_since", ASCENDING)],
            name="unused",
            partialFilterExpression={"unused_since": {"$gt": _EVER}},
        ),
    ],
    "uploads": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)],
    "arrivals": [IndexModel([("at", ASCENDING)], expireAfterSeconds=2 * rules.TICKET_LIFETIME)],
}

_IS_PUBLIC = {"$ne": str(pictures.Channel.PRIVATE)}
"""Pictures from before there were channels are public."""


def _to_picture(doc: Document) -> pictures.Picture:
    return pictures.Picture(
        key=doc["_id"],
        width=doc["width"],
        height=doc["height"],
        size=doc["size"],
        media_type=doc["media_type"],
        created_at=doc["created_at"],
        channel=pictures.Channel(doc.get("channel", "public")),
    )


def unused_before(before: datetime) -> Document:
    """Ask for pictures that nothing uses since before then.

    `unused_since` is absent where a picture is kept in any case, and null while it is used.
    """
    return {"unused_since": {"$gt": _EVER, "$lt": before}}


class PictureStore:
    """The documents of pictures in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._docs, self._uploads = mongo["pictures"], mongo["uploads"]
        self._arrivals = mongo["arrivals"]

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

    async def insert(self, owner: int, picture: pictures.Picture, *, unused: bool = False) -> bool:
        """Keep a picture's document; false if its owner was erased meanwhile.

        Refuses, as a token that was used, a key under which one came already, even if that was
        removed, and one picture too many.
        """

        async def work(session: Session) -> bool:
            if not await may_keep(self._mongo, session, owner):
                return False
            # Nobody adds another of this person's meanwhile: `may_keep` lets one do so at a time.
            mine = await self._docs.count_documents({"owner": owner}, session=session)
            if mine >= pictures.MOST_PICTURES:
                raise pictures.TooManyPictures(limit=pictures.MOST_PICTURES)
            document = msgspec.structs.asdict(picture)
            document["_id"] = document.pop("key")
            document["channel"] = str(picture.channel)
            document |= {"owner": owner} | ({"unused_since": now()} if unused else {})
            await self._docs.insert_one(document, session=session)
            # Outlives the picture: a removed one is not put back by its announcement.
            await self._arrivals.insert_one({"_id": picture.key, "at": now()}, session=session)
            return True

        try:
            return await self._mongo.transact(work)
        except DuplicateKeyError:
            raise pictures.BadTicket from None

    async def came(self, key: str) -> bool:
        """Whether a picture came under this key in the last two hours, there or removed since."""
        async with reachable():
            return await self._arrivals.find_one({"_id": key}) is not None

    async def find(self, key: str) -> pictures.Picture | None:
        """Give a picture by its key."""
        async with reachable():
            doc = await self._docs.find_one({"_id": key})
        return _to_picture(doc) if doc else None

    async def find_with_owner(self, key: str) -> pictures.OwnedPicture | None:
        """Give a picture by its key, and whose it is."""
        async with reachable():
            doc = await self._docs.find_one({"_id": key})
        if doc is None:
            return None
        return pictures.OwnedPicture(picture=_to_picture(doc), owner=doc["owner"])

    async def remove_one(self, key: str) -> None:
        """Remove a picture's document."""
        async with reachable():
            await self._docs.delete_one({"_id": key})

    async def find_own(self, owner: int, key: str) -> pictures.Picture | None:
        """Give a public picture by its key, if it is this person's."""
        async with reachable():
            doc = await self._docs.find_one({"_id": key, "owner": owner, "channel": _IS_PUBLIC})
        return _to_picture(doc) if doc else None

    async def public(self, keys: Sequence[str]) -> list[pictures.Picture]:
        """Give those of these pictures that are there and public."""
        async with reachable():
            cursor = self._docs.find({"_id": {"$in": list(keys)}, "channel": _IS_PUBLIC})
            return [_to_picture(doc) async for doc in cursor]

    async def check_owner(self, owner: int, keys: set[str], session: Session) -> None:
        """Refuse pictures that are another's, or nobody's."""
        wanted = {"_id": {"$in": list(keys)}, "owner": owner}
        if await self._docs.count_documents(wanted, session=session) != len(keys):
            raise pictures.NotYourPicture

    async def make_private(self, owner: int, keys: Iterable[str], session: Session) -> None:
        """Let nobody see these pictures of a person without a pass any more."""
        await self._docs.update_many(
            {"_id": {"$in": list(keys)}, "owner": owner},
            {"$set": {"channel": str(pictures.Channel.PRIVATE)}, "$unset": {"unused_since": ""}},
            session=session,
        )

    async def insert_private(self, key: str, copy: str, session: Session) -> None:
        """Keep the document of a picture's private copy.

        It does not count among how many a person may have: a verification has two at most.
        """
        document = await self._docs.find_one({"_id": key}, {"unused_since": 0}, session=session)
        if document is None:
            raise pictures.NotYourPicture
        document |= {"_id": copy, "channel": str(pictures.Channel.PRIVATE)}
        await self._docs.insert_one(document, session=session)

    async def use(self, owner: int, keys: Iterable[str], session: Session) -> bool:
        """Note that this person shows these of their pictures; another's are as unused as before.

        False if one is private: nobody would see it.
        """
        private = {"channel": str(pictures.Channel.PRIVATE)}
        own = {"_id": {"$in": list(keys)}, "owner": owner}
        if await self._docs.find_one(own | private, {"_id": 1}, session=session):
            return False
        await self._docs.update_many(
            own | {"unused_since": {"$exists": True}},
            {"$set": {"unused_since": None}},
            session=session,
        )
        return True

    async def release(self, owner: int, keys: Iterable[str], session: Session) -> None:
        """Note that this person does not use these of their pictures any more."""
        await self._docs.update_many(
            {"_id": {"$in": list(keys)}, "owner": owner, "unused_since": {"$type": "null"}},
            {"$set": {"unused_since": now()}},
            session=session,
        )

    async def unused(self, before: datetime, limit: int) -> list[str]:
        """Give pictures that nothing uses since before then, those of longest ago first."""
        async with reachable():
            cursor = self._docs.find(unused_before(before), {"_id": 1})
            return [
                doc["_id"]
                for doc in await cursor.sort("unused_since", 1).limit(limit).to_list(limit)
            ]

    async def remove_unused(self, keys: Sequence[str], before: datetime) -> int:
        """Remove the documents of those that are not used meanwhile; gives how many."""
        wanted = {"_id": {"$in": list(keys)}, **unused_before(before)}
        async with reachable():
            removed = await self._docs.delete_many(wanted)
        return int(removed.deleted_count)

    async def some(self, keys: Iterable[str]) -> list[pictures.Picture]:
        """Give those of these pictures that are there, private ones too."""
        async with reachable():
            return [_to_picture(doc) async for doc in self._docs.find({"_id": {"$in": list(keys)}})]

    async def remove(self, owner: int, keys: Iterable[str], session: Session) -> None:
        """Remove the documents of these pictures of a person."""
        await self._docs.delete_many({"_id": {"$in": list(keys)}, "owner": owner}, session=session)

    async def keys_of(self, owner: int, session: Session) -> list[str]:
        """Give the keys of a person's pictures."""
        cursor = self._docs.find({"owner": owner}, {"_id": 1}, session=session)
        return [doc["_id"] async for doc in cursor]

    async def some_of(self, owner: int) -> list[str]:
        """Give the keys of some of a person's pictures."""
        async with reachable():
            found = self._docs.find({"owner": owner}, {"_id": 1}).limit(REMOVED_AT_ONCE)
            return [doc["_id"] for doc in await found.to_list(REMOVED_AT_ONCE)]

    async def remove_some(self, owner: int, keys: Iterable[str]) -> None:
        """Remove the documents of these pictures of a person, whose bytes are gone."""
        async with reachable():
            await self._docs.delete_many({"_id": {"$in": list(keys)}, "owner": owner})

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
