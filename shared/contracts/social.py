"""What the social service accepts, answers, refuses and announces.

Who wants to hear from whom: blacklists, friendships, groups, and the log that clients sync from.
Names and pictures of people are the profile service's; here are ids, relations and what was written
about them.
"""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Event, Message, UserId
from shared.errors import AppError, Kind

GroupId = UserId
"""Drawn from the same sequence as people's ids: an id alone names one thing."""

LONGEST_MESSAGE = 64
"""Characters of an invitation's message (sealtalk reference 3.1)."""

LONGEST_DISPLAY_NAME = 32
LONGEST_BULLETIN = 1024
LONGEST_INTRODUCTION = 500
"""Characters that a group or a bot says of itself to people who look for one."""

SHORTEST_GROUP_NAME, LONGEST_GROUP_NAME = 2, 32
MEMBERS_MOST = 500
"""Members of one group (sealtalk reference 3.2)."""

GROUPS_MOST = 500
"""Groups that one person is in."""

FRIENDS_MOST = 10_000
"""Friends and own invitations of one person; invitations from others may be as many again."""

BLACKLIST_MOST = 10_000
"""People on one blacklist."""

PAGE_MOST = 1000
"""Rows in one answer to a question that pages."""

LATEST_MOST = 100
"""Rows in one answer that begins with the latest."""

BLOCKED_AT_ONCE = 500
"""People in one question for who of them is blocked."""

DisplayName = Annotated[str, Meta(max_length=LONGEST_DISPLAY_NAME)]
GroupName = Annotated[str, Meta(min_length=SHORTEST_GROUP_NAME, max_length=LONGEST_GROUP_NAME)]
PictureUrl = Annotated[str, Meta(max_length=512)]
Introduction = Annotated[str, Meta(max_length=LONGEST_INTRODUCTION)]
"""May have several lines."""


class NoSuchPerson(AppError):
    """There is no such person."""

    code, kind = "social.no_such_person", Kind.NOT_FOUND


class Oneself(AppError):
    """This cannot be done to oneself."""

    code, kind = "social.oneself", Kind.INVALID


class TooMany(AppError):
    """There is no room for one more."""

    code, kind = "social.too_many", Kind.CONFLICT


# ---------------------------------------------------------------------------------- blacklist


class BlacklistEntry(Message):
    """Somebody that the owner does not want to hear from."""

    owner_id: UserId
    target_id: UserId
    updated_at: datetime


class Blacklisting(Message):
    """Put somebody on one's blacklist, or take them off; asking again changes nothing."""

    owner_id: UserId
    target_id: UserId


class LatestBlocked(Message):
    """A page of a blacklist, the latest first; `offset` is how many are passed over."""

    owner_id: UserId
    limit: Annotated[int, Meta(ge=1, le=LATEST_MOST)]
    offset: Annotated[int, Meta(ge=0)] = 0


class AmongBlacklist(Message):
    """Which of these people are on the owner's blacklist."""

    owner_id: UserId
    target_ids: Annotated[list[UserId], Meta(max_length=BLOCKED_AT_ONCE)]


class ListOfOwner(Message):
    """Whose list, and where the last page ended (the greatest id seen)."""

    owner_id: UserId
    after: int = 0


# ---------------------------------------------------------------------------------- friendships


class FriendStatus(IntEnum):
    """How the owner of a row stands to the other person (sealtalk's numbers)."""

    INVITED = 10
    """I asked, and wait."""
    ASKED = 11
    """I was asked."""
    FRIENDS = 20
    IGNORED = 21
    """I was asked, and do not answer."""
    DELETED = 30
    """I am no longer their friend; they may still be mine."""


class InviteAction(StrEnum):
    """What an invitation led to."""

    ADDED = "Added"
    """Both are friends now."""
    SENT = "Sent"
    """The other was asked."""
    NONE = "None"
    """Nothing happened, or nothing that one may know of."""


class NotFriends(AppError):
    """This is only possible between friends."""

    code, kind = "social.not_friends", Kind.FORBIDDEN


class NoSuchInvitation(AppError):
    """There is no invitation to answer."""

    code, kind = "social.no_such_invitation", Kind.NOT_FOUND


class NoSuchFriend(AppError):
    """This person is not among one's friends."""

    code, kind = "social.no_such_friend", Kind.NOT_FOUND


class AlreadyFriends(AppError):
    """The two are friends already."""

    code, kind = "social.already_friends", Kind.CONFLICT


class Invite(Message):
    """Ask somebody to be one's friend."""

    owner_id: UserId
    target_id: UserId
    message: Annotated[str, Meta(max_length=LONGEST_MESSAGE)] = ""


class Invited(Message):
    """What the invitation led to."""

    action: InviteAction


class AnswerInvitation(Message):
    """Agree to be somebody's friend, ignore that they asked, or end a friendship on one's side."""

    owner_id: UserId
    target_id: UserId


class SetFriendName(Message):
    """Call a friend by another name; an empty one clears it."""

    owner_id: UserId
    target_id: UserId
    display_name: DisplayName


class Friendship(Message):
    """One row of one person's list: how they stand to another."""

    owner_id: UserId
    target_id: UserId
    status: FriendStatus
    display_name: str
    message: str
    updated_at: datetime
    mutual: bool = False
    """Whether each counts the other among their friends: only then may a phone number be shown."""


class OneFriend(Message):
    """Which friend of whom."""

    owner_id: UserId
    target_id: UserId


# ---------------------------------------------------------------------------------- groups


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


# ---------------------------------------------------------------------------------- sync


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


# ---------------------------------------------------------------------------------- events


class PersonBlocked(Event):
    """`user_id` no longer wants to hear from `target_id`."""

    fact: ClassVar[str] = "social.person_blocked"
    target_id: UserId


class PersonUnblocked(Event):
    """`user_id` may hear from `target_id` again."""

    fact: ClassVar[str] = "social.person_unblocked"
    target_id: UserId


class FriendInvited(Event):
    """`user_id` asked `target_id` to be friends."""

    fact: ClassVar[str] = "social.friend_invited"
    target_id: UserId
    message: str


class FriendsMade(Event):
    """`user_id` and `target_id` are friends; `agreed` if `user_id` agreed to an invitation."""

    fact: ClassVar[str] = "social.friends_made"
    target_id: UserId
    agreed: bool


class Unfriended(Event):
    """`user_id` is no longer a friend of `target_id`."""

    fact: ClassVar[str] = "social.unfriended"
    target_id: UserId


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


class UserErased(Event):
    """The social service has nothing left of this person."""

    fact: ClassVar[str] = "social.user_erased"


# ---------------------------------------------------------------------------------- calls

add_to_blacklist = Call(
    "social.blacklist.add",
    Blacklisting,
    type(None),
    (NoSuchPerson, Oneself, TooMany),
    acts_for="owner_id",
)
remove_from_blacklist = Call(
    "social.blacklist.remove", Blacklisting, type(None), (), acts_for="owner_id"
)
list_blacklist = Call(
    "social.blacklist.list", ListOfOwner, list[BlacklistEntry], (), acts_for="owner_id"
)
"""By `target_id`, `PAGE_MOST` rows at the most."""
latest_blocked = Call(
    "social.blacklist.latest", LatestBlocked, list[BlacklistEntry], (), acts_for="owner_id"
)
"""By `updated_at`, then by greater `target_id`; past the end it is empty."""
blocked_among = Call(
    "social.blacklist.among", AmongBlacklist, list[UserId], (), acts_for="owner_id"
)
"""For a whole page of people in one question."""

invite = Call(
    "social.friendships.invite",
    Invite,
    Invited,
    (NoSuchPerson, AlreadyFriends, TooMany),
    acts_for="owner_id",
)
agree = Call(
    "social.friendships.agree",
    AnswerInvitation,
    type(None),
    (NoSuchInvitation, TooMany),
    acts_for="owner_id",
)
ignore = Call(
    "social.friendships.ignore",
    AnswerInvitation,
    type(None),
    (NoSuchInvitation,),
    acts_for="owner_id",
)
unfriend = Call(
    "social.friendships.delete",
    AnswerInvitation,
    type(None),
    (NoSuchFriend,),
    acts_for="owner_id",
)
set_friend_name = Call(
    "social.friendships.set_display_name",
    SetFriendName,
    type(None),
    (NoSuchFriend,),
    acts_for="owner_id",
)
list_friendships = Call(
    "social.friendships.list", ListOfOwner, list[Friendship], (), acts_for="owner_id"
)
"""By `target_id`, every status, `PAGE_MOST` rows at the most."""
read_friendship = Call(
    "social.friendships.read", OneFriend, Friendship, (NotFriends,), acts_for="owner_id"
)

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
read_group = Call("social.groups.read", OneGroup, Group, (NoSuchGroup,), acts_for="owner_id")
list_members = Call(
    "social.groups.members",
    OneGroup,
    list[Member],
    (NoSuchGroup, NotAMember),
    acts_for="owner_id",
)
list_groups = Call("social.groups.list", ListOfOwner, list[Membership], (), acts_for="owner_id")
"""By group id, `GROUPS_MOST` at the most: all that one is in."""

sync = Call("social.sync.read", Sync, Changes, (), acts_for="owner_id")
