"""The log that clients sync from: for each person, what is different since which version.

It holds pointers, never content: a read resolves them against the present tables, so that whatever
is late carries what is true by then. Collection `sync_heads` has one number per person, `sync_log`
one row per person and thing, with the version at which that thing last changed for them.

Every change that a person can see raises their head in its own transaction. Two such transactions
therefore conflict, and versions follow the order of commits: whoever has read version n can be
shown nothing later that has a version of n or less.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.mongo import ASCENDING, Document, IndexModel, Mongo, Session, UpdateOne

INDEXES = {"sync_log": [IndexModel([("u", ASCENDING), ("version", ASCENDING)])]}

FORGET_AT_ONCE = 500
"""Rows of a person's log that one transaction removes."""


class Section(StrEnum):
    """What kind of thing a pointer points to."""

    SELF = "self"
    """What the person shows of themselves; no key."""
    BLACKLIST = "blacklist"
    """Their blacklist; key: the other person."""
    FRIEND = "friend"
    """How they stand to somebody, or what that one shows; key: the other person."""
    GROUP = "group"
    """A group and their place in it; key: the group."""
    ROSTER = "roster"
    """All members of a group, for somebody who has just come into it; key: the group."""
    MEMBER = "member"
    """One member of a group; key: the group, member: the person."""


@dataclass(frozen=True)
class Change:
    """For `user_id`, this is different now."""

    user_id: int
    section: Section
    key: int = 0
    member: int | None = None


@dataclass(frozen=True)
class Pointer:
    """What is different for somebody, since which version."""

    section: Section
    key: int
    member: int | None
    version: int


class SyncLog:
    """Heads and pointers in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._heads, self._rows = mongo["sync_heads"], mongo["sync_log"]

    async def stamp(self, session: Session, changes: Iterable[Change]) -> None:
        """Note, in the transaction that makes them, that these things are different now.

        Raises each person's head once, and gives all of their changes that version. Three commands
        for however many people; they count as two documents per change.
        """
        changes = list(dict.fromkeys(changes))
        if not changes:
            return
        people = sorted({change.user_id for change in changes})
        await self._heads.bulk_write(
            [UpdateOne({"_id": one}, {"$inc": {"version": 1}}, upsert=True) for one in people],
            session=session,
        )
        heads = self._heads.find({"_id": {"$in": people}}, session=session)
        versions = {head["_id"]: head["version"] async for head in heads}
        await self._rows.bulk_write(
            [
                UpdateOne(
                    {"_id": _row_id(change)},
                    {"$set": {"u": change.user_id, "version": versions[change.user_id]}},
                    upsert=True,
                )
                for change in changes
            ],
            session=session,
        )

    async def head(self, session: Session, user_id: int) -> int:
        """Give the version of the last change that a person can see, 0 before the first."""
        found = await self._heads.find_one({"_id": user_id}, session=session)
        return int(found["version"]) if found else 0

    async def since(self, session: Session, user_id: int, version: int) -> list[Pointer]:
        """Give what is different for a person after a version, oldest first."""
        cursor = self._rows.find(
            {"u": user_id, "version": {"$gt": version}}, {"version": 1}, session=session
        ).sort([("u", ASCENDING), ("version", ASCENDING)])
        return [_pointer(row) for row in await cursor.to_list(None)]

    async def forget(self, user_id: int, session: Session) -> bool:
        """Remove some of a person's log; true once nothing of it is left."""
        # Written even if there is none: whatever would raise it at this moment conflicts with this
        # and finds, when it runs again, that the person sees nothing any more.
        await self._heads.update_one(
            {"_id": user_id}, {"$inc": {"version": 1}}, upsert=True, session=session
        )
        await self._heads.delete_one({"_id": user_id}, session=session)
        cursor = self._rows.find({"u": user_id}, {"_id": 1}, session=session)
        ids = [row["_id"] for row in await cursor.limit(FORGET_AT_ONCE).to_list(FORGET_AT_ONCE)]
        await self._rows.delete_many({"_id": {"$in": ids}}, session=session)
        return len(ids) < FORGET_AT_ONCE


def _row_id(change: Change) -> Document:
    row: dict[str, Any] = {"u": change.user_id, "s": change.section.value, "k": change.key}
    if change.member is not None:
        row["m"] = change.member
    return row


def _pointer(row: Document) -> Pointer:
    found = row["_id"]
    return Pointer(Section(found["s"]), found["k"], found.get("m"), row["version"])
