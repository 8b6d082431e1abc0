"""How profiles are kept: one document per person in collection `profiles`, by user id."""

from datetime import date
from typing import Any

from services.profile.profiles.batches import Batches
from shared import places
from shared.contracts import profile
from shared.encoding import to_builtins
from shared.mongo import ASCENDING, DESCENDING, Document, IndexModel, Mongo, Session, reachable

INDEXES: dict[str, list[IndexModel]] = {
    "profiles": [
        IndexModel(
            [("city", ASCENDING), ("_id", DESCENDING)],
            name="people_of_a_city",
            partialFilterExpression={"city": {"$gt": ""}},
        )
    ]
}
"""Beside the one on `_id`: profiles are read by their owner's id, and listed by city."""

QUERIES_AT_ONCE = 3
"""Look-ups under way: as many as calls that a gateway lets leave without waiting."""

_GENDERS = {int(gender): gender for gender in profile.Gender}


def to_values(values: dict[str, Any]) -> Document:
    """Turn fields of a profile into what BSON knows: it has no dates without a time."""
    doc = dict(values)
    if birthday := doc.get("birthday"):
        doc["birthday"] = birthday.isoformat()
    if "gender" in doc:
        doc["gender"] = int(doc["gender"])
    if region := doc.get("region"):
        doc["region"] = to_builtins(region)
        doc["city"] = places.city_key(region.city)
    return doc


def to_profile(doc: Document) -> profile.Profile:
    """Read a document; ids beyond 32 bits come as `Int64`, which msgspec does not encode."""
    birthday = doc.get("birthday")
    user_id = int(doc["_id"])
    region = doc.get("region")
    return profile.Profile(
        user_id=user_id,
        nickname=doc["nickname"],
        created_at=doc["created_at"],
        updated_at=doc["updated_at"],
        avatar=doc.get("avatar", ""),
        cover=doc.get("cover", ""),
        bio=doc.get("bio", ""),
        gender=_GENDERS[doc.get("gender", 0)],
        birthday=birthday and date.fromisoformat(birthday),
        birthday_second=doc.get("birthday_second", 0),
        place=doc.get("place", ""),
        region=profile.Region(**region) if region else profile.NOWHERE,
        # The first nickname and avatar of a person have the person's own number.
        name_id=doc.get("name_id", user_id),
        avatar_id=doc.get("avatar_id", user_id) if doc.get("avatar") else 0,
    )


class ProfileStore:
    """The profiles in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["profiles"]
        self._batches = Batches(self._fetch, profile.READ_AT_ONCE, QUERIES_AT_ONCE)

    async def read(self, user_ids: list[int]) -> list[profile.Profile]:
        """Give the profiles that there are, in this order."""
        return await self._batches.read(user_ids)

    async def _fetch(self, user_ids: list[int]) -> dict[int, profile.Profile]:
        # One more than can be found, so that the server is done with its first reply.
        cursor = self._docs.find({"_id": {"$in": user_ids}}, batch_size=len(user_ids) + 1)
        async with reachable():
            docs = await cursor.to_list(None)
        return {doc["_id"]: to_profile(doc) for doc in docs}

    async def find(self, session: Session, user_id: int) -> profile.Profile | None:
        """Give one profile as a transaction sees it."""
        doc = await self._docs.find_one({"_id": user_id}, session=session)
        return to_profile(doc) if doc else None

    async def hold(self, session: Session, user_id: int) -> profile.Profile | None:
        """Give one profile that nothing else changes until this transaction is over."""
        # A write, as a transaction that only read it would not conflict with one that changes it.
        doc = await self._docs.find_one_and_update(
            {"_id": user_id}, {"$inc": {"held": 1}}, session=session
        )
        return to_profile(doc) if doc else None

    async def insert(self, session: Session, new: profile.Profile) -> bool:
        """Keep a new profile; false if the person has one already."""
        result = await self._docs.update_one(
            {"_id": new.user_id},
            {
                "$setOnInsert": {
                    "nickname": new.nickname,
                    "created_at": new.created_at,
                    "updated_at": new.updated_at,
                }
            },
            upsert=True,
            session=session,
        )
        return result.upserted_id is not None

    async def update(self, session: Session, present: profile.Profile, *names: str) -> None:
        """Keep these fields, and the time, of a profile as it is now."""
        values = {name: getattr(present, name) for name in (*names, "updated_at")}
        await self._docs.update_one(
            {"_id": present.user_id}, {"$set": to_values(values)}, session=session
        )

    async def is_disabled(self, session: Session, user_id: int) -> bool:
        """Whether a person is locked out, as a transaction sees it."""
        locked_out = {"_id": user_id, "disabled": True}
        return bool(await self._docs.find_one(locked_out, {"_id": 1}, session=session))

    async def set_disabled(self, session: Session, user_id: int, *, disabled: bool) -> None:
        """Note whether a person is locked out, and so in no list of people."""
        change = {"$set": {"disabled": True}} if disabled else {"$unset": {"disabled": ""}}
        await self._docs.update_one({"_id": user_id}, change, session=session)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's profile."""
        await self._docs.delete_one({"_id": user_id}, session=session)
