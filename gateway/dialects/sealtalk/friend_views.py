"""What goes over the wire about blacklists and friendships."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.dialects.sealtalk import rules
from gateway.dialects.sealtalk.views import Text, User, moment
from shared.contracts import blacklist, friendships, relations


class Friend(msgspec.Struct, rename="camel"):
    """Somebody, by public id."""

    friend_id: Text


class Invitation(Friend):
    """Whom to ask to be friends, and with what words."""

    message: Annotated[str, Meta(min_length=1, max_length=friendships.LONGEST_MESSAGE)]


class FriendName(Friend):
    """What to call a friend; nothing, to call them by their own name."""

    display_name: relations.DisplayName | None


class BlockedUser(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody on the blacklist, as clients read it."""

    id: str
    nickname: str
    portrait_uri: str
    updated_at: str


class Blocked(BlockedUser, frozen=True):
    """Somebody on the blacklist, as the page shows it, and as clients read it in `user`."""

    user: BlockedUser


class Action(msgspec.Struct, frozen=True):
    """What an invitation led to."""

    action: friendships.InviteAction


class FriendUser(msgspec.Struct, frozen=True, rename="camel"):
    """A person with their phone, which is empty unless the two are friends."""

    id: str
    nickname: str
    region: str
    phone: str
    portrait_uri: str


class FriendRow(msgspec.Struct, frozen=True, rename="camel"):
    """How one stands to a person."""

    display_name: str
    message: str
    status: friendships.FriendStatus
    updated_at: str
    user: FriendUser


class FriendShown(msgspec.Struct, frozen=True, rename="camel"):
    """A friend."""

    display_name: str
    user: FriendUser


def blocked(entry: blacklist.BlacklistEntry, user: User) -> Blocked:
    """Show somebody on the blacklist."""
    fields = (user.id, user.nickname, user.portrait_uri, moment(entry.updated_at))
    return Blocked(*fields, user=BlockedUser(*fields))


def friend_user(user: User, phone: str | None) -> FriendUser:
    """Show a person, with their number if that may be shown."""
    region, number = rules.parts_of_phone(phone) if phone else ("", "")
    return FriendUser(user.id, user.nickname, region, number, user.portrait_uri)


def friend_row(row: friendships.Friendship, user: User, phone: str | None) -> FriendRow:
    """Show how one stands to a person."""
    return FriendRow(
        display_name=row.display_name,
        message=row.message,
        status=row.status,
        updated_at=moment(row.updated_at),
        user=friend_user(user, phone),
    )
