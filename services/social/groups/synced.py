"""What a sync reads of groups, through the session of that sync: all as of one moment."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import TypeVar

from services.social.groups import rules
from services.social.groups.store import GroupStore, membership_id, to_member
from shared.contracts import groups, sync
from shared.contracts.groups import GroupRole
from shared.mongo import Mongo, Session

AT_ONCE = 1000
"""Rows that one query names: far below the 16 MiB of a MongoDB message."""

GROUPS_AT_ONCE = 10
"""Groups whose members are read in one go: 5,000 rows at the most, then others get a turn."""

T = TypeVar("T")

CLOCKS_APART = timedelta(minutes=1)
"""How far the clocks of two instances may differ."""


class SyncedGroups:
    """Groups and members as somebody sees them who is in them, or was."""

    def __init__(self, mongo: Mongo, groups: GroupStore) -> None:
        self._rows, self._groups = mongo["memberships"], groups

    async def whole_groups(
        self, session: Session, owner_id: int, versions: Mapping[int, int]
    ) -> list[sync.SyncedGroup]:
        """Give all groups that a person is in; what has no version has 0."""
        mine = {row.group_id: row for row in await self._groups.of(owner_id, session=session)}
        found = await self._groups.find(mine, session)
        return [
            _synced_group(found[group_id], mine[group_id], versions.get(group_id, 0))
            for group_id in mine
        ]

    async def changed_groups(
        self, session: Session, owner_id: int, versions: Mapping[int, int]
    ) -> list[sync.SyncedGroup]:
        """Give these groups, as deleted if the person is not in them (any more)."""
        rows = await self._present(session, ((one, owner_id) for one in versions))
        found = await self._groups.find(versions, session)
        return [
            _synced_group(group, rows.get((group_id, owner_id)), versions[group_id])
            for group_id, group in found.items()
        ]

    async def whole_members(
        self,
        session: Session,
        owner_id: int,
        rosters: Mapping[int, int],
        members: Mapping[tuple[int, int], int],
    ) -> list[sync.SyncedMember]:
        """Give all members of all groups that a person is in.

        A member's version is the greater one of their own and their group's, 0 where there is none.
        """
        groups = await self._groups.groups_of(session, owner_id)
        return await self._all_of(session, groups, rosters, members)

    async def changed_members(
        self,
        session: Session,
        owner_id: int,
        rosters: Mapping[int, int],
        members: Mapping[tuple[int, int], int],
    ) -> list[sync.SyncedMember]:
        """Give all members of the groups in `rosters` and, beside those, these members.

        Of groups that the person is in only. Who is not in such a group any more is given as
        deleted: those that `members` names, and of the groups in `rosters` who left since the
        person first did, as the client may have rows of them from the time before.
        """
        named = {*rosters, *(group_id for group_id, _ in members)}
        mine = {group for group, _ in await self._present(session, ((g, owner_id) for g in named))}
        read_whole = sorted(mine.intersection(rosters))
        whole = await self._all_of(session, read_whole, rosters, members)
        given = {(one.group_id, one.user_id) for one in whole}
        departed = await self._departed(session, owner_id, read_whole)
        others = {key: rosters[key[0]] for key in departed} | {
            key: version for key, version in members.items() if key[0] in mine
        }
        rest = [key for key in others if key not in given]
        present = await self._present(session, rest)
        return whole + [_synced_member(key, present.get(key), others[key]) for key in rest]

    async def _departed(
        self, session: Session, owner_id: int, groups: Iterable[int]
    ) -> list[tuple[int, int]]:
        """Give, by group and person, who left while somebody who came back may have been away."""
        own = {"_id": {"$in": [membership_id(group_id, owner_id) for group_id in groups]}}
        returned = {**own, "first_left_at": {"$ne": None}}
        found = []
        for row in await self._rows.find(returned, session=session).to_list(None):
            since = row["first_left_at"] - CLOCKS_APART
            gone = {"group": row["group"], "left": True, "updated_at": {"$gte": since}}
            cursor = self._rows.find(gone, {"user": 1}, session=session)
            found += [(row["group"], other["user"]) for other in await cursor.to_list(None)]
        return found

    async def _all_of(
        self,
        session: Session,
        groups: Collection[int],
        rosters: Mapping[int, int],
        members: Mapping[tuple[int, int], int],
    ) -> list[sync.SyncedMember]:
        found: list[sync.SyncedMember] = []
        for some in _batches(groups, GROUPS_AT_ONCE):
            wanted = {"group": {"$in": some}, "left": False}
            for row in await self._rows.find(wanted, session=session).to_list(None):
                key = row["group"], row["user"]
                version = max(rosters.get(key[0], 0), members.get(key, 0))
                found.append(_synced_member(key, to_member(row), version))
        return found

    async def _present(
        self, session: Session, keys: Iterable[tuple[int, int]]
    ) -> dict[tuple[int, int], groups.Member]:
        """Give the rows of those, by group and person, who are in."""
        found = {}
        for some in _batches(keys):
            ids = [membership_id(group_id, user_id) for group_id, user_id in some]
            cursor = self._rows.find({"_id": {"$in": ids}, "left": False}, session=session)
            for row in await cursor.to_list(None):
                found[row["group"], row["user"]] = to_member(row)
        return found


def _batches(keys: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    rest = iter(keys)
    while some := list(islice(rest, size)):
        yield some


def _synced_group(
    group: groups.Group, mine: groups.Member | None, version: int
) -> sync.SyncedGroup:
    return sync.SyncedGroup(
        group=rules.shown_to(group, mine is not None),
        role=mine.role if mine else GroupRole.MEMBER,
        display_name=mine.display_name if mine else "",
        is_deleted=mine is None,
        version=version,
    )


def _synced_member(
    key: tuple[int, int], row: groups.Member | None, version: int
) -> sync.SyncedMember:
    return sync.SyncedMember(
        group_id=key[0],
        user_id=key[1],
        role=row.role if row else GroupRole.MEMBER,
        display_name=row.display_name if row else "",
        is_deleted=row is None,
        version=version,
    )
