"""Groups, who is in them, and what their creators may do. Social answers.

How groups are found is in `directory`, how people apply to them in `contacts`.
"""

from datetime import datetime
from enum import IntEnum
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Event, Message, UserId
from shared.contracts.relations import DisplayName, ListOfOwner, NoSuchPerson, Oneself
from shared.errors import AppError, Kind

GroupId = UserId
"""Drawn from the same sequence as people's ids: an id alone names one thing."""

LONGEST_BULLETIN = 1024
LONGEST_INTRODUCTION = 500
"""Characters that a group or a bot says of itself to people who look for one."""

SHORTEST_GROUP_NAME, LONGEST_GROUP_NAME = 2, 32
MEMBERS_MOST = 500
"""Members of one group (sealtalk reference 3.2)."""

GROUPS_MOST = 500
"""Groups that one person is in."""

GroupName = Annotated[str, Meta(min_length=SHORTEST_GROUP_NAME, max_length=LONGEST_GROUP_NAME)]
PictureUrl = Annotated[str, Meta(max_length=512)]
Introduction = Annotated[str, Meta(max_length=LONGEST_INTRODUCTION)]
"""May have several lines."""


class GroupRole(IntEnum):
    """What a member may do (sealtalk's numbers)."""

    CREATOR = 0
    MEMBER = 1


class NoSuchGroup(AppError):
    """There is no such group, or not any more."""

    code, kind = "social.no_such_group", Kind.NOT_FOUND


class NotAMember(AppError):
    """This is for members of the group."""

    code, kind = "social.not_a_member", Kind.FORBIDDEN


class NoSuchMember(AppError):
    """This person is not a member of the group."""

    code, kind = "social.no_such_member", Kind.INVALID


class NotTheCreator(AppError):
    """Only the creator of the group may do this."""

    code, kind = "social.not_the_creator", Kind.FORBIDDEN


class AlreadyAMember(AppError):
    """This person is a member of the group already."""

    code, kind = "social.already_a_member", Kind.CONFLICT


class GroupFull(AppError):
    """The group has no room for so many more."""

    code, kind = "social.group_full", Kind.CONFLICT


class TooManyGroups(AppError):
    """A person is in as many groups as one can be in."""

    code, kind = "social.too_many_groups", Kind.CONFLICT


class GroupBanned(AppError):
    """This group was banned: nobody comes in."""

    code, kind = "social.group_banned", Kind.FORBIDDEN


class JoinByApplication(AppError):
    """Who wants to join this group must apply to its creator."""

    code, kind = "social.join_by_application", Kind.FORBIDDEN


class NoSuchCategory(AppError):
    """There is no such category of groups."""

    code, kind = "social.no_such_category", Kind.NOT_FOUND


class Group(Message):
    """A group as its members see it; one that was dismissed stays readable, without members."""

    group_id: GroupId
    name: str
    portrait: str
    creator_id: UserId
    member_count: int
    max_member_count: int
    bulletin: str
    dismissed_at: datetime | None = None
    created_at: datetime | None = None
    introduction: str = ""
    """What it says to people who look for a group."""
    direct_join: bool | None = None
    """Whether people come in by themselves; otherwise they apply to the creator.

    While nobody said, whoever was handed its public id (sealtalk) comes in; whoever names it by its
    number, which anybody can count up to, only if it is in the directory.
    """
    history_shown: bool = True
    """Whether newcomers may see what was written before: for messengers."""
    category_id: int = 0
    """See `directory.py`; 0 for none."""
    private: bool = False
    """Not in the directory, whatever `hidden` says."""
    hidden: bool = True
    """Not offered in the directory: its creator's switch."""
    members_hidden: bool = False
    """Whether clients should keep the list of members to the creator: a hint for them, as whoever
    is in a group syncs with all others in it."""
    ban_id: int = 0
    """Of the ban that it is under; 0 if it is not banned."""


class CreateGroup(Message):
    """Make a group of oneself, and others if there are.

    It is not in the directory unless `hidden` is false: a group of friends is nobody's business.
    """

    owner_id: UserId
    name: GroupName
    member_ids: Annotated[list[UserId], Meta(min_length=1, max_length=MEMBERS_MOST)]
    """With the owner among them."""
    portrait: PictureUrl = ""
    introduction: Introduction = ""
    hidden: bool = True


class GroupMade(Message):
    """The new group."""

    group_id: GroupId


class GroupMembers(Message):
    """Bring people into a group one is in, or (its creator only) put them out."""

    owner_id: UserId
    group_id: GroupId
    member_ids: Annotated[list[UserId], Meta(min_length=1, max_length=MEMBERS_MOST)]


class OneGroup(Message):
    """Join, leave or dismiss a group, or read it."""

    owner_id: UserId
    group_id: GroupId


class TransferGroup(Message):
    """Hand a group over to another member."""

    owner_id: UserId
    group_id: GroupId
    target_id: UserId


class ChangeGroup(Message):
    """Change what a group shows; the creator only. What is not given stays as it is."""

    owner_id: UserId
    group_id: GroupId
    name: GroupName | UnsetType = UNSET
    bulletin: Annotated[str, Meta(max_length=LONGEST_BULLETIN)] | UnsetType = UNSET
    portrait: PictureUrl | UnsetType = UNSET
    introduction: Introduction | UnsetType = UNSET
    direct_join: bool | UnsetType = UNSET
    history_shown: bool | UnsetType = UNSET
    category_id: Annotated[int, Meta(ge=0, le=2**31 - 1)] | UnsetType = UNSET
    """Of a category that exists, or 0 for none."""
    private: bool | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET
    members_hidden: bool | UnsetType = UNSET


class SetMemberName(Message):
    """Go by another name in a group; an empty one clears it."""

    owner_id: UserId
    group_id: GroupId
    display_name: DisplayName


class Member(Message):
    """Somebody in a group."""

    group_id: GroupId
    user_id: UserId
    role: GroupRole
    display_name: str
    created_at: datetime
    updated_at: datetime


class Membership(Message):
    """A group that one is in."""

    role: GroupRole
    display_name: str
    group: Group


class GroupCreated(Event):
    """`user_id` made a group of these people."""

    fact: ClassVar[str] = "social.group_created"
    group_id: GroupId
    name: str
    member_ids: list[UserId]


class GroupJoined(Event):
    """`user_id` brought these people (or only themselves) into a group."""

    fact: ClassVar[str] = "social.group_joined"
    group_id: GroupId
    member_ids: list[UserId]
    name: str = ""
    """The group's; instant messaging wants it with who joins."""


class GroupLeft(Event):
    """`user_id` left a group; `successor_id` leads it now, if that was its creator."""

    fact: ClassVar[str] = "social.group_left"
    group_id: GroupId
    successor_id: UserId | None = None


class MembersKicked(Event):
    """`user_id` put these people out of a group."""

    fact: ClassVar[str] = "social.members_kicked"
    group_id: GroupId
    member_ids: list[UserId]


class GroupDismissed(Event):
    """`user_id`, its creator, ended a group that had these members."""

    fact: ClassVar[str] = "social.group_dismissed"
    group_id: GroupId
    member_ids: list[UserId]


class GroupTransferred(Event):
    """`user_id` handed a group to `target_id`."""

    fact: ClassVar[str] = "social.group_transferred"
    group_id: GroupId
    target_id: UserId


class GroupChanged(Event):
    """`user_id` changed what a group shows; `changed` names the fields, `name` is the present."""

    fact: ClassVar[str] = "social.group_changed"
    group_id: GroupId
    changed: list[str]
    name: str


create_group = Call(
    "social.groups.create",
    CreateGroup,
    GroupMade,
    (NoSuchPerson, TooManyGroups),
    acts_for="owner_id",
)
add_members = Call(
    "social.groups.add",
    GroupMembers,
    type(None),
    (
        NoSuchGroup,
        NotAMember,
        NoSuchPerson,
        AlreadyAMember,
        GroupFull,
        TooManyGroups,
        GroupBanned,
    ),
    acts_for="owner_id",
)
join_group = Call(
    "social.groups.join",
    OneGroup,
    type(None),
    (
        NoSuchGroup,
        NoSuchPerson,
        AlreadyAMember,
        GroupFull,
        TooManyGroups,
        GroupBanned,
        JoinByApplication,
    ),
    acts_for="owner_id",
)
kick_members = Call(
    "social.groups.kick",
    GroupMembers,
    type(None),
    (NoSuchGroup, NotTheCreator, NoSuchMember, Oneself),
    acts_for="owner_id",
)
quit_group = Call(
    "social.groups.quit", OneGroup, type(None), (NoSuchGroup, NotAMember), acts_for="owner_id"
)
dismiss_group = Call(
    "social.groups.dismiss",
    OneGroup,
    type(None),
    (NoSuchGroup, NotTheCreator),
    acts_for="owner_id",
)
transfer_group = Call(
    "social.groups.transfer",
    TransferGroup,
    type(None),
    (NoSuchGroup, NotTheCreator, NoSuchMember, Oneself),
    acts_for="owner_id",
)
change_group = Call(
    "social.groups.change",
    ChangeGroup,
    type(None),
    (NoSuchGroup, NotTheCreator, NoSuchCategory),
    acts_for="owner_id",
)
set_member_name = Call(
    "social.groups.set_display_name",
    SetMemberName,
    type(None),
    (NoSuchGroup, NotAMember),
    acts_for="owner_id",
)
read_group = Call(
    "social.groups.read", OneGroup, Group, (NoSuchGroup,), acts_for="owner_id", read_only=True
)
list_members = Call(
    "social.groups.members",
    OneGroup,
    list[Member],
    (NoSuchGroup, NotAMember),
    acts_for="owner_id",
    read_only=True,
)
list_groups = Call(
    "social.groups.list", ListOfOwner, list[Membership], (), acts_for="owner_id", read_only=True
)
"""By group id, `GROUPS_MOST` at the most: all that one is in."""
