"""What a client that syncs is told: the five sections of the page, and what clients lack there.

Timestamps are versions, not moments. Beside the page's keys there is a `user` where a row is about
a person and a `groupId` beside `group`, without which a client cannot fill its tables (reference
4.2).
"""

import msgspec

from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.views import User
from shared.contracts import friendships, groups, sync


class Oneself(msgspec.Struct, frozen=True, rename="camel"):
    """One's own profile."""

    id: str
    nickname: str
    portrait_uri: str
    timestamp: int


class BlacklistChange(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody is on the blacklist, or not any more."""

    friend_id: str
    status: bool
    timestamp: int
    user: User


class FriendChange(msgspec.Struct, frozen=True, rename="camel"):
    """How one stands to somebody now."""

    friend_id: str
    display_name: str
    status: friendships.FriendStatus
    timestamp: int
    user: User


class ChangedGroup(msgspec.Struct, frozen=True, rename="camel"):
    """What a group shows."""

    id: str
    name: str
    portrait_uri: str
    timestamp: int


class GroupChange(msgspec.Struct, frozen=True, rename="camel"):
    """A group that one is in, or not any more."""

    group_id: str
    display_name: str
    role: groups.GroupRole
    is_deleted: bool
    group: ChangedGroup


class MemberChange(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody is in a group, or not any more."""

    group_id: str
    member_id: str
    display_name: str
    role: groups.GroupRole
    is_deleted: bool
    timestamp: int
    user: User


class Synced(msgspec.Struct, frozen=True):
    """What changed; `user` only if one's own profile did."""

    version: int
    user: Oneself | None
    blacklist: list[BlacklistChange]
    friends: list[FriendChange]
    groups: list[GroupChange]
    group_members: list[MemberChange]


def oneself(user: User, version: int) -> Oneself:
    """Show one's own profile."""
    return Oneself(user.id, user.nickname, user.portrait_uri, version)


def blacklist_change(row: sync.SyncedBlacklist, user: User) -> BlacklistChange:
    """Show that somebody is on the blacklist, or not any more."""
    return BlacklistChange(user.id, row.listed, row.version, user)


def friend_change(row: sync.SyncedFriend, user: User) -> FriendChange:
    """Show how one stands to somebody."""
    return FriendChange(user.id, row.display_name, row.status, row.version, user)


def group_change(row: sync.SyncedGroup, ids: PublicIds) -> GroupChange:
    """Show a group that one is in, or not any more."""
    word = ids.encode(row.group.group_id)
    group = ChangedGroup(word, row.group.name, row.group.portrait, row.version)
    return GroupChange(word, row.display_name, row.role, row.is_deleted, group)


def member_change(row: sync.SyncedMember, user: User, ids: PublicIds) -> MemberChange:
    """Show that somebody is in a group, or not any more."""
    return MemberChange(
        group_id=ids.encode(row.group_id),
        member_id=user.id,
        display_name=row.display_name,
        role=row.role,
        is_deleted=row.is_deleted,
        timestamp=row.version,
        user=user,
    )
