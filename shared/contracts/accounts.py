"""A person's account: what it is called, who may do what, and what its owner sees. Auth answers.

What others may see of it is in `lookups`; how it comes to be and ends in `registration` and
`deletion`.
"""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Address, Call, Event, Message, UserId
from shared.errors import AppError, Kind

PHONES_AT_ONCE = 500
"""People in one question for phone numbers."""

Username = Annotated[str, Meta(min_length=1, max_length=64)]
"""Unique, whatever its case; one line with something to be seen in it."""

Login = Annotated[str, Meta(min_length=1, max_length=254, extra={"log": "mask"})]
"""By what somebody names an account: with an `@` an e-mail address, with a leading `+` a phone
number in E.164, else a username."""


class Role(IntEnum):
    """What a person may do to others; a higher role includes the lower ones."""

    USER = 0
    AUDITOR = 1
    ADMIN = 2
    ROOT = 3


class State(StrEnum):
    """Where an account is in its life."""

    ACTIVE = "active"
    DISABLED = "disabled"
    DELETING = "deleting"
    DELETED = "deleted"


class PhoneTaken(AppError):
    """Another account has this phone number."""

    code, kind = "auth.phone_taken", Kind.CONFLICT


class EmailTaken(AppError):
    """Another account has this e-mail address."""

    code, kind = "auth.email_taken", Kind.CONFLICT


class UsernameTaken(AppError):
    """Another account has this username."""

    code, kind = "auth.username_taken", Kind.CONFLICT


class UsernameReserved(AppError):
    """This username is kept for those who run the site."""

    code, kind = "auth.username_reserved", Kind.INVALID


class LastRoot(AppError):
    """There would be nobody left with the highest role."""

    code, kind = "auth.last_root", Kind.CONFLICT


class AccountDisabled(AppError):
    """This account is disabled."""

    code, kind = "auth.account_disabled", Kind.FORBIDDEN


class NoSuchAccount(AppError):
    """There is no such account."""

    code, kind = "auth.no_such_account", Kind.NOT_FOUND


class ByUser(Message):
    """Which person."""

    user_id: UserId


class ByAddress(Message):
    """Which phone number or e-mail address."""

    address: Address


class Availability(Message):
    """Whether an address may register."""

    available: bool


class Account(Message):
    """An account as the gateway and its owner see it."""

    user_id: UserId
    username: str
    created_at: datetime
    phone: Address | None = None
    email: Address | None = None
    role: Role = Role.USER
    state: State = State.ACTIVE
    has_password: bool = False
    last_login_at: datetime | None = None
    """When the last session began; none if that was longer ago than a session lasts."""


class Found(Message):
    """Whose address it is."""

    user_id: UserId


class ReadPhones(Message):
    """Whose phone numbers. For a dialect that shows them between friends.

    Who asks must know from the social service that each of these people and the reader of the
    answer are friends (`friendships.Friendship.mutual`): auth does not know who is whose friend.
    """

    user_ids: Annotated[list[UserId], Meta(max_length=PHONES_AT_ONCE)]


class PhoneOf(Message):
    """Somebody's phone number."""

    user_id: UserId
    phone: Address


class ChangeUsername(Message):
    """Take another username; to keep one's own is no failure."""

    user_id: UserId
    username: Username


class RoleChanged(Event):
    """A person may do more or less than before."""

    fact: ClassVar[str] = "auth.role_changed"
    role: Role


class UsernameChanged(Event):
    """A person has another username."""

    fact: ClassVar[str] = "auth.username_changed"
    username: str


class UserDisabled(Event):
    """A person is locked out."""

    fact: ClassVar[str] = "auth.user_disabled"


class UserEnabled(Event):
    """A person is let in again."""

    fact: ClassVar[str] = "auth.user_enabled"


check_address = Call("auth.accounts.check_address", ByAddress, Availability, read_only=True)
find_by_address = Call(
    "auth.accounts.find_by_address", ByAddress, Found, (NoSuchAccount,), read_only=True
)
read_account = Call(
    "auth.accounts.read", ByUser, Account, (NoSuchAccount,), acts_for="user_id", read_only=True
)
read_phones = Call("auth.accounts.phones", ReadPhones, list[PhoneOf], read_only=True)
"""In any order, without those who have no number, are disabled or are gone."""
change_username = Call(
    "auth.accounts.change_username",
    ChangeUsername,
    type(None),
    (NoSuchAccount, UsernameTaken, UsernameReserved),
    acts_for="user_id",
)
"""Announced as `UsernameChanged` if it is another one."""
