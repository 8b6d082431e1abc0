"""Changing a password, and setting one anew. Auth answers."""

from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Ip, Message, UserId
from shared.contracts.accounts import NoSuchAccount
from shared.contracts.codes import ExpiredCode, Proof, UnknownVerification, WrongCode
from shared.contracts.human_checks import ResetNotBegun
from shared.contracts.sessions import SessionId
from shared.errors import AppError, Kind

Password = Annotated[str, Meta(min_length=1, max_length=1024, extra={"log": "hide"})]
"""At most 1,024 characters go into a hash, so that nobody can make hashing expensive."""


class WrongPassword(AppError):
    """The present password is another one."""

    code, kind = "auth.wrong_password", Kind.FORBIDDEN


class WeakPassword(AppError):
    """This password is among the first that others would try; choose another."""

    code, kind = "auth.weak_password", Kind.INVALID


class TooManyFailures(AppError):
    """Too many failed attempts; wait before the next."""

    code, kind = "auth.too_many_failures", Kind.EXHAUSTED


class ChangePassword(Message):
    """Set a new password, knowing the present one; ends the person's other sessions.

    Who has no password gives none; without one it is `WrongPassword` to who has.
    """

    user_id: UserId
    session_id: SessionId
    new: Password
    ip: Ip
    present: Password | None = None


class ResetPassword(Message):
    """Set a new password for the owner of a proved address; ends all sessions.

    `NoSuchAccount` is told only to who proved the address.
    """

    proof: Proof
    new: Password
    ip: Ip = ""
    """Who proved the address logs in from here without the delay that failures brought."""
    must_be_begun: bool = False
    """Refuse with `ResetNotBegun` unless `human_checks.begin_reset` allowed it; the leave is used
    up with the code."""


class PasswordChanged(Event):
    """The password is another one; `how` is `changed` or `reset`."""

    fact: ClassVar[str] = "auth.password_changed"
    how: str
    kept_session_id: SessionId | None = None


change_password = Call(
    "auth.passwords.change",
    ChangePassword,
    type(None),
    (WrongPassword, WeakPassword, TooManyFailures, NoSuchAccount),
    acts_for="user_id",
)
reset_password = Call(
    "auth.passwords.reset",
    ResetPassword,
    type(None),
    (UnknownVerification, WrongCode, ExpiredCode, ResetNotBegun, NoSuchAccount, WeakPassword),
)
