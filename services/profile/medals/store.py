"""How medals are kept: the catalogue in `medals`, who has which in `medals_worn`.

A person's medals are one document, so that its conditions bound how many there are and keep each
one single. A medal that left the catalogue may still be named there; it is passed over.
"""

from datetime import datetime

from services.profile.medals import rules
from shared.contracts import medals
from shared.mongo import (
    ASCENDING,
    Document,
    DuplicateKeyError,
    IndexModel,
    Mongo,
    ReturnDocument,
    Session,
    reachable,
)

INDEXES = {
    "medals": [IndexModel([("sort", ASCENDING), ("_id", ASCENDING)])],
    "medals_worn": [IndexModel([("medals.id", ASCENDING)])],
}


def _medal(doc: Document) -> medals.Medal:
    return medals.Medal(medal_id=doc["_id"], **{name: doc[name] for name in rules.FIELDS})


class MedalStore:
    """Medals in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs, self._worn = mongo["medals"], mongo["medals_worn"]
        self._counters = mongo["counters"]

    async def catalogue(self) -> list[medals.Medal]:
        """Give all medals in order."""
        async with reachable():
            docs = (
                await self._docs.find()
                .sort([("sort", ASCENDING), ("_id", ASCENDING)])
                .limit(medals.CATALOGUE_MOST)
                .to_list(medals.CATALOGUE_MOST)
            )
        return [_medal(doc) for doc in docs]

    async def insert(self, session: Session, new: medals.NewMedal) -> medals.Medal:
        """Add a medal with the next number, if there is room."""
        try:
            counter = await self._counters.find_one_and_update(
                {"_id": "medals", "present": {"$lt": medals.CATALOGUE_MOST}},
                {"$inc": {"last": 1, "present": 1}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
                session=session,
            )
        except DuplicateKeyError:  # there is a counter, and it is not below the limit
            raise medals.TooManyMedals from None
        assert counter is not None  # made if absent
        values = {name: getattr(new, name) for name in rules.FIELDS}
        doc: Document = {"_id": counter["last"], **values}
        await self._docs.insert_one(doc, session=session)
        return _medal(doc)

    async def update(self, medal_id: int, values: Document) -> medals.Medal:
        """Change a medal; refuses if there is no such one."""
        async with reachable():
            doc = await self._docs.find_one_and_update(
                {"_id": medal_id},
                {"$set": values},
                return_document=ReturnDocument.AFTER,
            )
        if not doc:
            raise medals.NoSuchMedal
        return _medal(doc)

    async def delete(self, session: Session, medal_id: int) -> None:
        """Take a medal out of the catalogue; refuses if there is no such one."""
        if not (await self._docs.delete_one({"_id": medal_id}, session=session)).deleted_count:
            raise medals.NoSuchMedal
        await self._counters.update_one(
            {"_id": "medals"}, {"$inc": {"present": -1}}, session=session
        )

    async def strip(self, medal_id: int) -> None:
        """Take a medal from everybody; may stop halfway."""
        async with reachable():
            await self._worn.update_many(
                {"medals.id": medal_id}, {"$pull": {"medals": {"id": medal_id}}}
            )

    async def check_exists(self, session: Session, medal_id: int) -> None:
        """Refuse a medal that is not in the catalogue."""
        if not await self._docs.find_one({"_id": medal_id}, {"_id": 1}, session=session):
            raise medals.NoSuchMedal

    async def begin(self, session: Session, user_id: int) -> None:
        """Begin to keep the medals of a person, unless they are kept."""
        await self._worn.update_one(
            {"_id": user_id}, {"$setOnInsert": {"medals": []}}, upsert=True, session=session
        )

    async def is_kept(self, session: Session, user_id: int) -> bool:
        """Whether medals of a person are kept, be it none."""
        return bool(await self._worn.find_one({"_id": user_id}, {"_id": 1}, session=session))

    async def award(self, session: Session, ask: medals.Award, at: datetime) -> bool:
        """Give a medal to a person whose medals are kept; false if they have it."""
        done = await self._worn.update_one(
            {
                "_id": ask.user_id,
                "medals.id": {"$ne": ask.medal_id},
                f"medals.{medals.MEDALS_MOST - 1}": {"$exists": False},
            },
            {"$push": {"medals": {"id": ask.medal_id, "at": at}}},
            session=session,
        )
        if done.modified_count:
            return True
        has_it = {"_id": ask.user_id, "medals.id": ask.medal_id}
        if not await self._worn.find_one(has_it, {"_id": 1}, session=session):
            raise medals.TooManyMedals
        return False

    async def take(self, session: Session, ask: medals.Award) -> bool:
        """Take a medal from a person; false if they do not have it."""
        done = await self._worn.update_one(
            {"_id": ask.user_id, "medals.id": ask.medal_id},
            {"$pull": {"medals": {"id": ask.medal_id}}},
            session=session,
        )
        return bool(done.modified_count)

    async def read(self, user_ids: list[int]) -> list[medals.Worn]:
        """Give the medals of these people in their order, each once."""
        async with reachable():
            docs = await self._worn.find({"_id": {"$in": user_ids}}).to_list(None)
            ids = sorted({one["id"] for doc in docs for one in doc["medals"]})
            there = await self._docs.find({"_id": {"$in": ids}}).to_list(None) if ids else []
        known = {doc["_id"]: _medal(doc) for doc in there}
        theirs = {
            doc["_id"]: [known[one["id"]] for one in doc["medals"] if one["id"] in known]
            for doc in docs
        }
        return [
            medals.Worn(user_id=one, medals=rules.in_order(theirs.get(one, [])))
            for one in dict.fromkeys(user_ids)
        ]

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's medals."""
        await self._worn.delete_one({"_id": user_id}, session=session)
