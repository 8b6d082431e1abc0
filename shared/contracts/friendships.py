"""Friendships, the invitations that lead to them, and what friends are called. Social answers."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.contracts.relations import DisplayName, ListOfOwner, NoSuchPerson, TooMany
from shared.errors import AppError, Kind

LONGEST_MESSAGE = 64
"""Characters of an invitation's message (sealtalk reference 3.1)."""

FRIENDS_MOST = 10_000
"""Friends and own invitations of one person; invitations from others may be as many again."""


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
    "social.friendships.list",
    ListOfOwner,
    list[Friendship],
    (),
    acts_for="owner_id",
    read_only=True,
)
"""By `target_id`, every status, `relations.PAGE_MOST` rows at the most."""
read_friendship = Call(
    "social.friendships.read",
    OneFriend,
    Friendship,
    (NotFriends,),
    acts_for="owner_id",
    read_only=True,
)
