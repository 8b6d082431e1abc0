"""Beginning a session, with a password or with a code. Auth answers."""

from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Address, Call, Dialect, Event, Message, Purpose, Secret
from shared.contracts.accounts import (
    AccountDisabled,
    Login,
    NoSuchAccount,
    UsernameReserved,
    UsernameTaken,
)
from shared.contracts.codes import ExpiredCode, WrongCode
from shared.contracts.human_checks import HumanCheckNeeded
from shared.contracts.passwords import Password, TooManyFailures, WeakPassword
from shared.contracts.registration import NewAccount
from shared.contracts.sessions import Session, SessionId, Terms
from shared.errors import AppError, Kind

HumanAfter = Annotated[int, Meta(ge=1, le=100)]
"""Consecutive failures of one login, whatever its spelling, after which a pass is asked for.

While so many are counted every attempt is refused with `HumanCheckNeeded`; it is over when a pass
is spent or half an hour after the last failure. Any attempt spends a pass that is there. Passwords
and codes count together, a success begins anew.
"""


class WrongCredentials(AppError):
    """No account has this name and password."""

    code, kind = "auth.wrong_credentials", Kind.UNAUTHENTICATED


class LogIn(Message):
    """Begin a session with a password."""

    login: Login
    password: Password
    terms: Terms
    human_after: HumanAfter | None = None


class LogInByCode(Message):
    """Begin a session with a code that was sent to an address.

    If nobody has the address: with `create` an account is made, else `NoSuchAccount` is told, and
    only to who showed the right code.
    """

    address: Address
    code: Secret
    purpose: Purpose
    terms: Terms
    create: NewAccount | None = None
    human_after: HumanAfter | None = None


class Entered(Message):
    """A session, and whether its account was made with it."""

    session: Session
    created: bool = False


class NewNetworkSeen(Event):
    """A person logged in from a network that they did not log in from in the last 90 days.

    Or from one where ten passwords were wrong before. Other logins are not announced: they are
    logged, and listed among the person's devices.
    """

    fact: ClassVar[str] = "auth.new_network_seen"
    session_id: SessionId
    dialect: Dialect
    device: str


log_in = Call(
    "auth.sessions.log_in",
    LogIn,
    Session,
    (WrongCredentials, TooManyFailures, AccountDisabled, HumanCheckNeeded),
)
log_in_by_code = Call(
    "auth.sessions.log_in_by_code",
    LogInByCode,
    Entered,
    (
        WrongCode,
        ExpiredCode,
        NoSuchAccount,
        AccountDisabled,
        HumanCheckNeeded,
        UsernameTaken,
        UsernameReserved,
        WeakPassword,
    ),
)
