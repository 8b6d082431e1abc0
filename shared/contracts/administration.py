"""What administrators do to accounts. Auth answers.

Who acts is the signed caller, and the role that counts is the one that auth has of them at that
moment. An administrator acts on people with a lower role only, somebody with the highest role on
everyone; nobody changes their own role, locks out or deletes themselves this way, and the last one
with the highest role stays. Every change holds at once, at every gateway.
"""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Address, Call, Message, UserId
from shared.contracts.accounts import (
    Account,
    EmailTaken,
    LastRoot,
    NoSuchAccount,
    Role,
    Username,
    UsernameReserved,
    UsernameTaken,
)
from shared.contracts.sessions import Device, NoSuchSession, SessionId
from shared.errors import AppError, Kind

PAGE_MOST = 100
"""Accounts in one page."""

Skip = Annotated[int, Meta(ge=0, le=2**31)]
Limit = Annotated[int, Meta(ge=1, le=PAGE_MOST)]


class Oneself(AppError):
    """Nobody does this to themselves."""

    code, kind = "auth.oneself", Kind.FORBIDDEN


class ListPeople(Message):
    """A page of all accounts that are not deleted, oldest first."""

    limit: Limit
    skip: Skip = 0


class SearchPeople(Message):
    """Accounts whose id, username, e-mail address or phone number (E.164) is exactly this."""

    keyword: Annotated[str, Meta(max_length=254, extra={"log": "mask"})]
    limit: Limit
    skip: Skip = 0


class People(Message):
    """A page of accounts, and how many there are in all.

    Past ten thousand `total` may be a minute old.
    """

    total: int
    accounts: list[Account]


class ModifyAccount(Message):
    """Give a person another username or e-mail address; what is not given stays.

    One's own may be changed as well.
    """

    user_id: UserId
    username: Username | UnsetType = UNSET
    email: Address | UnsetType = UNSET


class OfPerson(Message):
    """Which person."""

    user_id: UserId


class SetRole(Message):
    """Give a person another role."""

    user_id: UserId
    role: Role


class SetDisabled(Message):
    """Lock a person out, which ends all sessions, or let them in again; twice changes nothing."""

    user_id: UserId
    disabled: bool


class EndSession(Message):
    """End one session of a person."""

    user_id: UserId
    session_id: SessionId


_NOT_THEM = (NoSuchAccount, Oneself)

list_people = Call(
    "auth.administration.list", ListPeople, People, (), least_role=Role.ADMIN, read_only=True
)
search_people = Call(
    "auth.administration.search", SearchPeople, People, (), least_role=Role.ADMIN, read_only=True
)
read_person = Call(
    "auth.administration.read",
    OfPerson,
    Account,
    (NoSuchAccount,),
    least_role=Role.ADMIN,
    read_only=True,
)
modify_account = Call(
    "auth.administration.modify",
    ModifyAccount,
    type(None),
    (NoSuchAccount, UsernameTaken, UsernameReserved, EmailTaken),
    least_role=Role.ADMIN,
)
set_role = Call(
    "auth.administration.set_role",
    SetRole,
    type(None),
    (*_NOT_THEM, LastRoot),
    least_role=Role.ROOT,
)
set_disabled = Call(
    "auth.administration.set_disabled",
    SetDisabled,
    type(None),
    (*_NOT_THEM, LastRoot),
    least_role=Role.ADMIN,
)
delete_person = Call(
    "auth.administration.delete",
    OfPerson,
    type(None),
    (*_NOT_THEM, LastRoot),
    least_role=Role.ADMIN,
)
list_sessions = Call(
    "auth.administration.list_sessions",
    OfPerson,
    list[Device],
    (NoSuchAccount,),
    least_role=Role.ADMIN,
    read_only=True,
)
end_person_session = Call(
    "auth.administration.end_session",
    EndSession,
    type(None),
    (NoSuchAccount, NoSuchSession),
    least_role=Role.ADMIN,
)
