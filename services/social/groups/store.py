"""How groups are kept: collection `groups` by id, `memberships` by group and person.

Whoever leaves keeps a row that says so, without role and name, until they come back or are erased.
Transactions about one group's people follow one another, because each begins by holding the group;
so `member_count` is always the number of rows that have not left.
"""

from collections.abc import Collection, Mapping
from typing import Any

from bson import MaxKey
from msgspec import structs

from services.social.groups import rules
from shared import ngrams
from shared.clock import now
from shared.contracts import groups
from shared.contracts.groups import GROUPS_MOST, MEMBERS_MOST, GroupRole
from shared.errors import AppError
from shared.mongo import (
    ASCENDING,
    Document,
    IndexModel,
    Mongo,
    ReturnDocument,
    Session,
    reachable,
)

_PRESENT = {"left": False}

INDEXES = {
    "groups": [
        IndexModel(
            [("creator_id", ASCENDING), ("name", ASCENDING)],
            name="dismissed_of",
            partialFilterExpression={"dismissed_at": {"$type": "date"}},
        )
    ],
    "memberships": [
        IndexModel(
            [("group", ASCENDING), ("user", ASCENDING)],
            name="members",
            partialFilterExpression=_PRESENT,
        ),
        IndexModel(
            [("group", ASCENDING), ("created_at", ASCENDING), ("user", ASCENDING)],
            name="longest_standing",
            partialFilterExpression=_PRESENT,
        ),
        IndexModel(
            [("user", ASCENDING), ("group", ASCENDING)],
            name="groups_of",
            partialFilterExpression=_PRESENT,
        ),
        IndexModel([("user", ASCENDING)], name="all_of_a_person"),
        IndexModel(
            [("group", ASCENDING), ("updated_at", ASCENDING)],
            name="departed",
            partialFilterExpression={"left": True},
        ),
    ],
}

_SHOWN = {"pieces": 0}

_SINCE_DIRECTORY = (
    "introduction",
    "direct_join",
    "history_shown",
    "category_id",
    "private",
    "hidden",
    "members_hidden",
    "ban_id",
)
"""What groups that are older than the directory do not have: the defaults go for them."""

_ROLES = {int(role): role for role in GroupRole}


def to_group(doc: Document) -> groups.Group:
    """Read a document of `groups`."""
    return groups.Group(
        group_id=doc["_id"],
        name=doc["name"],
        portrait=doc["portrait"],
        creator_id=doc["creator_id"],
        member_count=doc["member_count"],
        max_member_count=MEMBERS_MOST,
        bulletin=doc["bulletin"],
        dismissed_at=doc["dismissed_at"],
        created_at=doc["created_at"],
        **{name: doc[name] for name in _SINCE_DIRECTORY if name in doc},
    )


def to_member(doc: Document) -> groups.Member:
    """Read a document of `memberships`."""
    return groups.Member(
        group_id=doc["group"],
        user_id=doc["user"],
        role=_ROLES[doc["role"]],
        display_name=doc["display_name"],
        created_at=doc["created_at"],
        updated_at=doc["updated_at"],
    )


def membership_id(group_id: int, user_id: int) -> Document:
    """Give the id of a person's row in a group: MongoDB compares its fields in this order."""
    return {"g": group_id, "u": user_id}


def _found_by(group: groups.Group) -> Document:
    """Give what the directory finds a group by; see `directory/store.py`."""
    listed = rules.is_listed(group)
    return {
        "listed": listed,
        "folded_name": ngrams.folded(group.name) if listed else "",
        "pieces": ngrams.pieces(group.name) if listed else [],
    }


class GroupStore:
    """Groups and memberships in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._groups, self._rows = mongo["groups"], mongo["memberships"]

    # ------------------------------------------------------------------------------ groups

    async def insert(self, session: Session, group: groups.Group) -> None:
        """Keep a new group."""
        await self._groups.insert_one(
            {
                "_id": group.group_id,
                "name": group.name,
                "portrait": group.portrait,
                "creator_id": group.creator_id,
                "member_count": group.member_count,
                "bulletin": group.bulletin,
                "created_at": now(),
                "dismissed_at": None,
                "revision": 0,
                **{name: getattr(group, name) for name in _SINCE_DIRECTORY},
                **_found_by(group),
            },
            session=session,
        )

    async def hold(self, session: Session, group_id: int) -> groups.Group:
        """Give a group for a change of its people or of itself; refuses one that is not there.

        To be the first thing in a transaction. Of two that hold a group at once only one can
        commit, so what is read after this stays true until then.
        """
        doc = await self._groups.find_one_and_update(
            {"_id": group_id, "dismissed_at": None},
            {"$inc": {"revision": 1}},
            _SHOWN,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if doc is None:
            raise groups.NoSuchGroup
        return to_group(doc)

    async def change(
        self, session: Session, group: groups.Group, values: Mapping[str, Any]
    ) -> None:
        """Keep other values of a group that is held, and how it is found with them."""
        known = {name: value for name, value in values.items() if hasattr(group, name)}
        after = _found_by(structs.replace(group, **known))
        changed = {"$set": {**values, **after}}
        await self._groups.update_one({"_id": group.group_id}, changed, session=session)

    async def resize(self, session: Session, group_id: int, by: int) -> None:
        """Count people in or out; refuses more than a group has room for."""
        result = await self._groups.update_one(
            {"_id": group_id, "member_count": {"$lte": MEMBERS_MOST - by}},
            {"$inc": {"member_count": by}},
            session=session,
        )
        if not result.matched_count:
            raise groups.GroupFull(most=MEMBERS_MOST)

    async def end(self, session: Session, group: groups.Group) -> None:
        """Note that a group that is held is over."""
        await self.change(session, group, {"dismissed_at": now()})

    async def blank(self, session: Session, creator_id: int, limit: int) -> bool:
        """Clear what some groups showed that are over, by who led them; true once none is left."""
        shown = {
            "creator_id": creator_id,
            "dismissed_at": {"$type": "date"},
            "name": {"$gt": ""},
        }
        cursor = self._groups.find(shown, {"_id": 1}, session=session)
        ids = [doc["_id"] for doc in await cursor.limit(limit).to_list(limit)]
        await self._groups.update_many(
            {"_id": {"$in": ids}},
            {"$set": dict.fromkeys(("name", "portrait", "bulletin", "introduction"), "")},
            session=session,
        )
        return len(ids) < limit

    async def refusal(self, group_id: int, session: Session | None = None) -> AppError:
        """Give what to tell somebody who is not in a group and would have to be."""
        found = (await self.find([group_id], session)).get(group_id)
        if found is None or found.dismissed_at:
            return groups.NoSuchGroup()
        return groups.NotAMember()

    async def find(
        self, group_ids: Collection[int], session: Session | None = None
    ) -> dict[int, groups.Group]:
        """Give what there is of these groups, dismissed ones too."""
        wanted = {"_id": {"$in": list(group_ids)}}
        async with reachable():
            docs = await self._groups.find(wanted, _SHOWN, session=session).to_list(None)
        return {doc["_id"]: to_group(doc) for doc in docs}

    # ------------------------------------------------------------------------------ people

    async def present(self, session: Session, group_id: int, user_ids: Collection[int]) -> set[int]:
        """Give those of these people who are in a group."""
        ids = [membership_id(group_id, one) for one in user_ids]
        cursor = self._rows.find({"_id": {"$in": ids}, **_PRESENT}, {"user": 1}, session=session)
        return {row["user"] for row in await cursor.to_list(None)}

    async def seat(
        self, session: Session, group_id: int, user_ids: Collection[int], creator_id: int = 0
    ) -> None:
        """Let people in who are not in; a row that says they left gives way to a new one."""
        time = now()
        ids = [membership_id(group_id, one) for one in user_ids]
        departed = {"_id": {"$in": ids}, "left": True}
        before = await self._rows.find(departed, session=session).to_list(None)
        first_left = {row["user"]: row["first_left_at"] for row in before}
        await self._rows.delete_many(departed, session=session)
        await self._rows.insert_many(
            [
                {
                    "_id": membership_id(group_id, one),
                    "group": group_id,
                    "user": one,
                    "role": int(GroupRole.CREATOR if one == creator_id else GroupRole.MEMBER),
                    "display_name": "",
                    "left": False,
                    "first_left_at": first_left.get(one),
                    "created_at": time,
                    "updated_at": time,
                }
                for one in user_ids
            ],
            session=session,
        )

    async def unseat(self, session: Session, group_id: int, user_ids: Collection[int]) -> None:
        """Note that people left; what they were and were called there is gone."""
        time = now()
        gone = {
            "left": True,
            "role": int(GroupRole.MEMBER),
            "display_name": "",
            "first_left_at": {"$ifNull": ["$first_left_at", time]},
            "updated_at": time,
        }
        ids = [membership_id(group_id, one) for one in user_ids]
        await self._rows.update_many(
            {"_id": {"$in": ids}, **_PRESENT}, [{"$set": gone}], session=session
        )

    async def assign(self, session: Session, group_id: int, user_id: int, role: GroupRole) -> None:
        """Give a member another role."""
        await self._rows.update_one(
            {"_id": membership_id(group_id, user_id), **_PRESENT},
            {"$set": {"role": int(role), "updated_at": now()}},
            session=session,
        )

    async def rename_member(self, session: Session, group_id: int, user_id: int, name: str) -> bool:
        """Let a member go by a name; false if they do already. Refuses whoever is not in."""
        row = await self._rows.find_one(
            {"_id": membership_id(group_id, user_id), **_PRESENT}, session=session
        )
        if row is None:
            raise await self.refusal(group_id, session)
        if row["display_name"] == name:
            return False
        await self._rows.update_one(
            {"_id": row["_id"]},
            {"$set": {"display_name": name, "updated_at": now()}},
            session=session,
        )
        return True

    async def next_in_line(self, session: Session, group_id: int, leaving: int) -> int | None:
        """Give whoever has been in a group longest, apart from one person."""
        cursor = self._rows.find({"group": group_id, **_PRESENT}, {"user": 1}, session=session)
        longest = cursor.sort([("created_at", ASCENDING), ("user", ASCENDING)]).limit(2)
        people = [row["user"] for row in await longest.to_list(2)]
        return next((one for one in people if one != leaving), None)

    async def page(
        self, session: Session, group_id: int, after: int = 0, limit: int = MEMBERS_MOST
    ) -> list[int]:
        """Give the next members of a group by id, for those who tell them something."""
        cursor = self._rows.find(
            {"group": group_id, "user": {"$gt": after}, **_PRESENT}, {"user": 1}, session=session
        ).sort([("group", ASCENDING), ("user", ASCENDING)])
        return [row["user"] for row in await cursor.limit(limit).to_list(limit)]

    async def page_of_ever(
        self, session: Session, group_id: int, after: int = 0, limit: int = MEMBERS_MOST
    ) -> list[int]:
        """Give the next people who are or were in a group, by id."""
        first, end = membership_id(group_id, after), {"g": group_id, "u": MaxKey()}
        cursor = self._rows.find(
            {"_id": {"$gt": first, "$lt": end}}, {"user": 1}, session=session
        ).sort("_id", ASCENDING)
        return [row["user"] for row in await cursor.limit(limit).to_list(limit)]

    async def members(self, group_id: int) -> list[groups.Member]:
        """Give the members of a group, longest-standing first."""
        cursor = self._rows.find({"group": group_id, **_PRESENT}).sort(
            [("created_at", ASCENDING), ("user", ASCENDING)]
        )
        async with reachable():
            return [
                to_member(row) for row in await cursor.limit(MEMBERS_MOST).to_list(MEMBERS_MOST)
            ]

    async def is_present(self, group_id: int, user_id: int) -> bool:
        """Tell whether somebody is in a group."""
        wanted = {"_id": membership_id(group_id, user_id), **_PRESENT}
        async with reachable():
            return await self._rows.find_one(wanted, {"_id": 1}) is not None

    async def of(
        self, user_id: int, after: int = 0, session: Session | None = None
    ) -> list[groups.Member]:
        """Give a person's rows in the groups that they are in, by group id."""
        cursor = self._rows.find(
            {"user": user_id, "group": {"$gt": after}, **_PRESENT}, session=session
        ).sort([("user", ASCENDING), ("group", ASCENDING)])
        async with reachable():
            return [to_member(row) for row in await cursor.limit(GROUPS_MOST).to_list(GROUPS_MOST)]

    async def led_by(self, user_id: int) -> list[int]:
        """Give the groups that a person leads, by id."""
        return [row.group_id for row in await self.of(user_id) if row.role is GroupRole.CREATOR]

    async def groups_of(
        self, session: Session, user_id: int, limit: int = GROUPS_MOST
    ) -> list[int]:
        """Give the groups that a person is in, by id."""
        cursor = self._rows.find({"user": user_id, **_PRESENT}, {"group": 1}, session=session).sort(
            [("user", ASCENDING), ("group", ASCENDING)]
        )
        return [row["group"] for row in await cursor.limit(limit).to_list(limit)]

    async def forget(self, session: Session, user_id: int, limit: int) -> bool:
        """Remove some of a person's rows in groups that they left; true once none is left."""
        cursor = self._rows.find({"user": user_id}, {"_id": 1}, session=session)
        ids = [row["_id"] for row in await cursor.limit(limit).to_list(limit)]
        await self._rows.delete_many({"_id": {"$in": ids}}, session=session)
        return len(ids) < limit
