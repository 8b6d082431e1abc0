"""Who brought whom: everyone has a code, and names once whose code they came by.

The profile service answers. A person's standard code follows from their id and is good for ever;
beside it they may choose one of their own.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.errors import AppError, Kind

SHORTEST_CODE, LONGEST_CODE = 4, 16
"""Letters and digits of a code that its owner chose; small and capital letters are the same."""

REWARD = 1000
"""Hundredths of a point for whoever brought somebody."""

REWARDED_A_DAY, REWARDED_IN_ALL = 10, 100
"""Invitations that bring points to one person: on one day of UTC+8, and ever."""

INVITED_AT_ONCE = 100

CODE_BASE = 60_947_423
"""Added to an id, so that the code of the first person does not look like it (thinksns reference
2: id 4 is 10ABC3)."""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def standard_code(user_id: int) -> str:
    """Give the code that follows from an id: id and base in base 36."""
    value, code = user_id + CODE_BASE, ""
    while value:
        value, digit = divmod(value, 36)
        code = _DIGITS[digit] + code
    return code


def owner_of_standard(code: str) -> int | None:
    """Give the id that a standard code belongs to, in whatever case; none if it is not one."""
    upper = code.upper()
    if not 1 <= len(upper) <= 13 or not all(digit in _DIGITS for digit in upper):
        return None
    user_id = int(upper, 36) - CODE_BASE
    return user_id if 1 <= user_id < 2**63 and standard_code(user_id) == upper else None


class NoSuchCode(AppError):
    """This code belongs to nobody."""

    code, kind = "invitations.no_such_code", Kind.NOT_FOUND


class CodeTaken(AppError):
    """This code belongs to somebody else."""

    code, kind = "invitations.code_taken", Kind.CONFLICT


class AlreadyInvited(AppError):
    """Who brought one here is said once."""

    code, kind = "invitations.already_invited", Kind.CONFLICT


class NotInvitedBy(AppError):
    """One is not brought by oneself, nor by somebody who came later."""

    code, kind = "invitations.not_invited_by", Kind.CONFLICT


class NoSuchGuest(AppError):
    """There is no such person."""

    code, kind = "invitations.no_such_guest", Kind.NOT_FOUND


class Host(Message):
    """Whose invitations."""

    user_id: UserId


class Invitation(Message):
    """Somebody's code, and what it brought."""

    user_id: UserId
    code: str
    """The chosen one, else the standard one."""
    invited: int = 0
    invited_today: int = 0
    rewarded: int = 0
    rewarded_today: int = 0
    income: int = 0
    """Hundredths that inviting brought."""
    inviter_id: UserId | None = None
    """Who brought this person."""


class ChooseCode(Message):
    """Have another code: 4 to 16 letters and digits; the one before is free at once."""

    user_id: UserId
    code: Annotated[str, Meta(pattern=f"^[A-Za-z0-9]{{{SHORTEST_CODE},{LONGEST_CODE}}}$")]


class NameInviter(Message):
    """Say by whose code one came: once, and the inviter gets points."""

    user_id: UserId
    code: Annotated[str, Meta(min_length=1, max_length=64)]


class ListInvited(Message):
    """A page of those whom somebody brought, latest first."""

    user_id: UserId
    skip: Annotated[int, Meta(ge=0, le=10_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=INVITED_AT_ONCE)] = 20


class Invited(Message):
    """Somebody who was brought."""

    user_id: UserId
    at: datetime


class InvitedPage(Message):
    """A page, and how many there are in all."""

    invited: list[Invited]
    total: int


class PersonInvited(Event):
    """Somebody said who brought them here."""

    fact: ClassVar[str] = "profile.person_invited"
    inviter_id: int


read_invitation = Call(
    "profile.invitations.read", Host, Invitation, acts_for="user_id", read_only=True
)
choose_code = Call(
    "profile.invitations.choose_code",
    ChooseCode,
    type(None),
    (CodeTaken, NoSuchGuest),
    acts_for="user_id",
)
name_inviter = Call(
    "profile.invitations.name_inviter",
    NameInviter,
    type(None),
    (NoSuchCode, AlreadyInvited, NotInvitedBy, NoSuchGuest),
    acts_for="user_id",
)
list_invited = Call(
    "profile.invitations.list", ListInvited, InvitedPage, acts_for="user_id", read_only=True
)
