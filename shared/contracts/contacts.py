"""Contacts, which the social service answers: one way to people, groups and bots alike.

As yunhu's clients ask: whoever applies to a person invites them to be friends, to a group joins it
or asks its creator, and adds a bot. It is the same friendships, groups and bots as everywhere.
"""

from datetime import datetime
from enum import IntEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.contracts.bots import AlreadyAdded, BotBanned, NoSuchBot, TooManyBots
from shared.contracts.friendships import (
    LONGEST_MESSAGE,
    AlreadyFriends,
    Invited,
    NoSuchFriend,
    NoSuchInvitation,
)
from shared.contracts.groups import (
    AlreadyAMember,
    GroupBanned,
    GroupFull,
    GroupId,
    NoSuchGroup,
    NotAMember,
    TooManyGroups,
)
from shared.contracts.relations import NoSuchPerson, Oneself, TooMany

APPLICATIONS_MOST = 500
"""Applications to one group that wait; and of one person, with those refused in the last day."""

PAGE_MOST = 500
"""Applications in one page."""


class ContactKind(IntEnum):
    """What a contact is (yunhu's `chatType`)."""

    USER = 1
    GROUP = 2
    BOT = 3


class Apply(Message):
    """Ask for a contact; `message` is what a person or a group's creator is told."""

    owner_id: UserId
    contact_id: UserId
    kind: ContactKind
    message: Annotated[str, Meta(max_length=LONGEST_MESSAGE)] = ""


class OneContact(Message):
    """Which contact of whom to give up."""

    owner_id: UserId
    contact_id: UserId
    kind: ContactKind


class Application(Message):
    """Somebody who waits for the owner's answer.

    Its id is that of the person who asks to be friends; one to a group has an id of its own, of the
    same sequence, so that an id names one application.
    """

    application_id: UserId
    kind: ContactKind
    """`USER` for one to be friends, `GROUP` for one to a group that the owner leads."""
    user_id: UserId
    """Who asks."""
    message: str
    created_at: datetime
    group_id: GroupId | None = None


class AnswerApplication(Message):
    """Agree to an application, or refuse it."""

    owner_id: UserId
    application_id: UserId
    agreed: bool


class ListApplications(Message):
    """Whose applications, and where the last page ended (the greatest application id seen)."""

    owner_id: UserId
    after: int = 0


class GroupAppliedFor(Event):
    """`user_id` asked `creator_id` to be let into a group."""

    fact: ClassVar[str] = "social.group_applied_for"
    group_id: GroupId
    creator_id: UserId
    application_id: UserId
    message: str


class GroupApplicationRefused(Event):
    """`user_id` is not let into a group that they applied for."""

    fact: ClassVar[str] = "social.group_application_refused"
    group_id: GroupId
    application_id: UserId


"""The others are those of friendships, groups and bots; who is let in, has `GroupJoined`."""

apply = Call(
    "social.contacts.apply",
    Apply,
    Invited,
    (
        NoSuchPerson,
        NoSuchGroup,
        NoSuchBot,
        Oneself,
        AlreadyFriends,
        AlreadyAMember,
        AlreadyAdded,
        GroupBanned,
        GroupFull,
        BotBanned,
        TooMany,
        TooManyGroups,
        TooManyBots,
    ),
    acts_for="owner_id",
)
"""`ADDED` if it is a contact now, `SENT` if somebody is asked, `NONE` if nothing happened.

Nothing happens if they were asked not long ago, or do not want to hear of it."""
answer_application = Call(
    "social.contacts.answer",
    AnswerApplication,
    type(None),
    (
        NoSuchInvitation,
        NoSuchPerson,
        GroupBanned,
        GroupFull,
        TooMany,
        TooManyGroups,
    ),
    acts_for="owner_id",
)
"""Refuses where none waits, and where who asked cannot come in any more."""
list_applications = Call(
    "social.contacts.applications",
    ListApplications,
    list[Application],
    (),
    acts_for="owner_id",
    read_only=True,
)
"""By application id, `PAGE_MOST` at the most."""
remove_contact = Call(
    "social.contacts.remove",
    OneContact,
    type(None),
    (NoSuchFriend, NoSuchGroup, NotAMember, NoSuchBot),
    acts_for="owner_id",
)
"""Ends a friendship on one's own side, leaves a group, or removes a bot."""
