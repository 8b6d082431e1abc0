"""What changed in one's blacklist, friendships and groups since one last asked. Social answers."""

from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, UserId
from shared.contracts.friendships import FriendStatus
from shared.contracts.groups import Group, GroupId, GroupRole


class Sync(Message):
    """Ask what changed since a version; 0, or one that was never given, asks for everything."""

    owner_id: UserId
    since: Annotated[int, Meta(ge=0, le=2**53)]


class SyncedBlacklist(Message):
    """Somebody who is on the blacklist, or not any more."""

    target_id: UserId
    listed: bool
    version: int


class SyncedFriend(Message):
    """How one stands to somebody now."""

    target_id: UserId
    display_name: str
    status: FriendStatus
    version: int


class SyncedGroup(Message):
    """A group that one is in, or not any more.

    Its number of members is no news by itself: who came and went is among the members.
    """

    group: Group
    role: GroupRole
    display_name: str
    is_deleted: bool
    version: int


class SyncedMember(Message, array_like=True):
    """Somebody in a group that one is in, or not in it any more.

    Written without the names of its fields: there may be 250,000, which are then 4 MB, not 18.
    """

    group_id: GroupId
    user_id: UserId
    role: GroupRole
    display_name: str
    is_deleted: bool
    version: int


class Changes(Message):
    """What changed, as of one moment; `version` is what to ask with next."""

    version: int
    own_version: int | None
    """The version of one's own profile's last change, if that is among what changed."""
    blacklist: list[SyncedBlacklist]
    friends: list[SyncedFriend]
    groups: list[SyncedGroup]
    members: list[SyncedMember]


sync = Call("social.sync.read", Sync, Changes, (), acts_for="owner_id", read_only=True)
