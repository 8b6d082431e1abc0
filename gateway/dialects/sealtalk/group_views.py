"""What goes over the wire about groups."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.views import Text, User, moment
from shared.contracts import groups, relations


class NewGroup(msgspec.Struct, rename="camel"):
    """A group to be made."""

    name: groups.GroupName
    member_ids: Annotated[list[Text], Meta(min_length=2, max_length=groups.MEMBERS_MOST)]


class GroupId(msgspec.Struct, rename="camel"):
    """A group, by public id."""

    group_id: Text


class GroupAndMembers(GroupId):
    """People to be brought into a group, or put out of it."""

    member_ids: Annotated[list[Text], Meta(min_length=1, max_length=groups.MEMBERS_MOST)]


class GroupAndUser(GroupId):
    """Somebody in a group."""

    user_id: Text


class GroupAndName(GroupId):
    """A group's new name."""

    name: groups.GroupName


class GroupAndBulletin(GroupId):
    """What is to be read in a group; nothing, to take it down."""

    bulletin: Annotated[str, Meta(max_length=groups.LONGEST_BULLETIN)] | None


class GroupAndPortrait(GroupId):
    """A group's new portrait."""

    portrait_uri: Text


class GroupAndDisplayName(GroupId):
    """What one goes by in a group; nothing, to go by one's own name."""

    display_name: relations.DisplayName | None


class GroupInside(msgspec.Struct, frozen=True, rename="camel"):
    """A group that one is in, as clients read it."""

    id: str
    name: str
    portrait_uri: str
    creator_id: str
    member_count: int
    max_member_count: int


class GroupRow(msgspec.Struct, frozen=True, rename="camel"):
    """A group that one is in, as the page shows it, and as clients read it in `group`."""

    id: str
    name: str
    portrait_uri: str
    creator_id: str
    member_count: int
    role: groups.GroupRole
    group: GroupInside


class GroupShown(msgspec.Struct, frozen=True, rename="camel"):
    """A group; `deletedAt` is set once it was dismissed."""

    id: str
    name: str
    portrait_uri: str
    member_count: int
    max_member_count: int
    creator_id: str
    bulletin: str
    deleted_at: str | None


class MemberRow(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody in a group."""

    display_name: str
    role: groups.GroupRole
    created_at: str
    updated_at: str
    user: User


def group_row(one: groups.Membership, ids: PublicIds) -> GroupRow:
    """Show a group that one is in."""
    group = one.group
    inside = GroupInside(
        id=ids.encode(group.group_id),
        name=group.name,
        portrait_uri=group.portrait,
        creator_id=ids.encode(group.creator_id),
        member_count=group.member_count,
        max_member_count=group.max_member_count,
    )
    return GroupRow(
        id=inside.id,
        name=inside.name,
        portrait_uri=inside.portrait_uri,
        creator_id=inside.creator_id,
        member_count=inside.member_count,
        role=one.role,
        group=inside,
    )


def group_shown(group: groups.Group, ids: PublicIds) -> GroupShown:
    """Show a group."""
    return GroupShown(
        id=ids.encode(group.group_id),
        name=group.name,
        portrait_uri=group.portrait,
        member_count=group.member_count,
        max_member_count=group.max_member_count,
        creator_id=ids.encode(group.creator_id),
        bulletin=group.bulletin,
        deleted_at=moment(group.dismissed_at) if group.dismissed_at else None,
    )


def member_row(member: groups.Member, user: User) -> MemberRow:
    """Show somebody in a group."""
    return MemberRow(
        display_name=member.display_name,
        role=member.role,
        created_at=moment(member.created_at),
        updated_at=moment(member.updated_at),
        user=user,
    )
