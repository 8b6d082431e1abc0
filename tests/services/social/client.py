"""A client that keeps what sealtalk's clients keep, and follows their rules when it syncs."""

from typing import Any

from msgspec.structs import replace

from shared.contracts import sync
from shared.contracts.friendships import FriendStatus


class Client:
    """One person's device: local tables, and the version of the last sync."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        self.version = 0
        self.own: int | None = None
        self.blacklist: dict[int, sync.SyncedBlacklist] = {}
        self.friends: dict[int, sync.SyncedFriend] = {}
        self.groups: dict[int, sync.SyncedGroup] = {}
        self.members: dict[tuple[int, int], sync.SyncedMember] = {}

    def apply(self, changes: sync.Changes) -> None:
        """Take in an answer: insert, update, or delete where a row says so (reference 4.1)."""
        if changes.own_version is not None:
            self.own = changes.own_version
        for entry in changes.blacklist:
            keep(self.blacklist, entry.target_id, entry, entry.listed)
        for friend in changes.friends:
            there = friend.status is not FriendStatus.DELETED
            keep(self.friends, friend.target_id, friend, there)
        for row in changes.groups:
            # How many there are is no news by itself: `members` has who came and went.
            shown = replace(row, group=replace(row.group, member_count=0))
            keep(self.groups, row.group.group_id, shown, not row.is_deleted)
            if row.is_deleted:
                gone = [key for key in self.members if key[0] == row.group.group_id]
                for key in gone:
                    del self.members[key]
        for member in changes.members:
            there = not member.is_deleted
            keep(self.members, (member.group_id, member.user_id), member, there)
        self.version = changes.version

    @property
    def tables(self) -> tuple[Any, ...]:
        """Everything that the device shows."""
        return self.own, self.blacklist, self.friends, self.groups, self.members


def keep(table: dict[Any, Any], key: Any, row: Any, there: bool) -> None:
    if there:
        table[key] = row
    else:
        table.pop(key, None)


def is_empty(changes: sync.Changes) -> bool:
    """Whether an answer says that nothing is different."""
    sections = (changes.blacklist, changes.friends, changes.groups, changes.members)
    return changes.own_version is None and not any(sections)
