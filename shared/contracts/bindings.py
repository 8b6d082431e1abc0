"""The phone number and the e-mail address that belong to one's account. Auth answers.

A new one is proved by a code that was sent to it. The old one is told of the change, and so
is the one that notices go to from then on.
"""

from enum import StrEnum
from typing import ClassVar

from shared.contract import Call, Event, Ip, Message, UserId
from shared.contracts.accounts import EmailTaken, NoSuchAccount, PhoneTaken
from shared.contracts.codes import ByCode, ExpiredCode, WrongCode
from shared.contracts.passwords import Password, TooManyFailures, WrongPassword
from shared.errors import AppError, Kind


class AddressKind(StrEnum):
    """What kind of address."""

    PHONE = "phone"
    EMAIL = "email"


class Expects(StrEnum):
    """What must be bound before."""

    ANYTHING = "anything"
    NONE = "none"
    """Nothing of this kind, else `AlreadyBound`."""
    ONE = "one"
    """Something of this kind, else `NothingBound`."""


class AlreadyBound(AppError):
    """There is one already; replace it."""

    code, kind = "auth.already_bound", Kind.CONFLICT


class NothingBound(AppError):
    """There is none to be replaced or taken away."""

    code, kind = "auth.nothing_bound", Kind.CONFLICT


class LastAddress(AppError):
    """This is the only address that the account has."""

    code, kind = "auth.last_address", Kind.CONFLICT


class BindAddress(Message):
    """Have this phone number or e-mail address from now on, in place of one of its kind."""

    user_id: UserId
    proof: ByCode
    """A code that was sent to the new address."""
    expects: Expects = Expects.ANYTHING


class UnbindAddress(Message):
    """Have no phone number, or no e-mail address, any more.

    Proved by the password and a code that was sent to the address which goes; `WrongPassword` to
    who has no password.
    """

    user_id: UserId
    kind: AddressKind
    password: Password
    proof: ByCode
    ip: Ip


class AddressChanged(Event):
    """A person has another phone number or e-mail address, or none of that kind any more."""

    fact: ClassVar[str] = "auth.address_changed"
    kind: str
    """`phone` or `email`."""
    how: str
    """`bound`, `replaced` or `unbound`."""


bind_address = Call(
    "auth.bindings.bind",
    BindAddress,
    type(None),
    (NoSuchAccount, WrongCode, ExpiredCode, PhoneTaken, EmailTaken, AlreadyBound, NothingBound),
    acts_for="user_id",
)
"""Announced as `AddressChanged`; to bind what is bound already changes nothing."""
unbind_address = Call(
    "auth.bindings.unbind",
    UnbindAddress,
    type(None),
    (
        NoSuchAccount,
        WrongPassword,
        TooManyFailures,
        WrongCode,
        ExpiredCode,
        NothingBound,
        LastAddress,
    ),
    acts_for="user_id",
)
