"""How verifications are kept: a document per person in collection `verifications`, by their id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from shared.contracts import verification
from shared.contracts.verification import State, Type
from shared.mongo import ASCENDING, Document, IndexModel, Mongo, Session, reachable

INDEXES = {
    "verifications": [
        IndexModel([("state", ASCENDING), ("updated_at", ASCENDING), ("_id", ASCENDING)])
    ]
}

_PUBLIC = ("type", "state", "desc", "slogan", "created_at", "updated_at")
"""What is read for others: the rest does not even leave the database."""


def _to_public(doc: Document) -> verification.PublicVerification:
    return verification.PublicVerification(
        user_id=doc["_id"],
        type=Type(doc["type"]),
        state=State(doc["state"]),
        desc=doc["desc"],
        slogan=doc.get("slogan") or doc["desc"],
        created_at=doc["created_at"],
        updated_at=doc["updated_at"],
    )


def _to_whole(doc: Document) -> verification.Verification:
    person, org = doc.get("person"), doc.get("org")
    return verification.Verification(
        **msgspec.structs.asdict(_to_public(doc)),
        submission=doc["submission"],
        phone_number=doc["phone_number"],
        person=person and verification.PersonData(**person),
        org=org and verification.OrgData(**org),
        reason=doc.get("reason"),
        reviewer_id=doc.get("reviewer_id"),
        pictures=[],
    )


def to_values(ask: verification.SubmitVerification) -> Document:
    """Give what is kept of a submission."""
    values: dict[str, Any] = {"phone_number": ask.phone_number, "desc": ask.desc}
    for name in ("person", "org"):
        if data := getattr(ask, name):
            values[name] = msgspec.structs.asdict(data)
    return values


def page_after(state: int, updated_at: datetime, user_id: int) -> Document:
    """Ask for what comes behind one in its state, by the time of the last change and the id."""
    return {
        "state": state,
        "updated_at": {"$gte": updated_at},  # where the index scan begins
        "$or": [{"updated_at": {"$gt": updated_at}}, {"_id": {"$gt": user_id}}],
    }


class VerificationStore:
    """The verifications in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["verifications"]

    async def find(
        self, user_id: int, session: Session | None = None
    ) -> verification.Verification | None:
        """Give a person's whole verification, with no passes to its pictures."""
        async with reachable():
            doc = await self._docs.find_one({"_id": user_id}, session=session)
        return _to_whole(doc) if doc else None

    async def public(self, user_ids: Sequence[int]) -> list[verification.PublicVerification]:
        """Give what everyone sees of these people's."""
        cursor = self._docs.find({"_id": {"$in": list(user_ids)}}, list(_PUBLIC))
        async with reachable():
            return [_to_public(doc) async for doc in cursor]

    async def page(
        self, state: State, after: verification.PublicVerification | None, limit: int
    ) -> list[verification.PublicVerification]:
        """Give verifications in a state, those changed longest ago first, after that one."""
        wanted: Document = {"state": int(state)}
        if after:
            wanted = page_after(int(state), after.updated_at, after.user_id)
        cursor = (
            self._docs.find(wanted, list(_PUBLIC))
            .sort([("updated_at", ASCENDING), ("_id", ASCENDING)])
            .limit(limit)
        )
        async with reachable():
            return [_to_public(doc) async for doc in cursor]

    async def insert(
        self,
        ask: verification.SubmitVerification,
        type_: Type,
        submission: str,
        at: datetime,
        session: Session,
    ) -> bool:
        """Keep a first submission; false if the person has one."""
        values = {
            **to_values(ask),
            "type": str(type_),
            "state": int(State.WAITING),
            "submission": submission,
            "created_at": at,
            "updated_at": at,
        }
        result = await self._docs.update_one(
            {"_id": ask.user_id}, {"$setOnInsert": values}, upsert=True, session=session
        )
        return result.upserted_id is not None

    async def replace(
        self, ask: verification.SubmitVerification, submission: str, at: datetime, session: Session
    ) -> None:
        """Keep another submission in place of the present one."""
        values = {
            **to_values(ask),
            "state": int(State.WAITING),
            "submission": submission,
            "updated_at": at,
        }
        gone = {"reason": "", "reviewer_id": "", "slogan": ""}
        await self._docs.update_one(
            {"_id": ask.user_id}, {"$set": values, "$unset": gone}, session=session
        )

    async def decide(self, user_id: int, submission: str, session: Session, **values: Any) -> bool:
        """Keep a decision about what waits; false if it is not that which waits any more."""
        result = await self._docs.update_one(
            {"_id": user_id, "submission": submission, "state": int(State.WAITING)},
            {"$set": values},
            session=session,
        )
        return result.matched_count == 1

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's verification."""
        await self._docs.delete_one({"_id": user_id}, session=session)
