"""How an account comes to be. Auth answers."""

from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Dialect, Event, Message, UserId
from shared.contracts.accounts import (
    EmailTaken,
    PhoneTaken,
    Username,
    UsernameReserved,
    UsernameTaken,
)
from shared.contracts.codes import ExpiredCode, Proof, UnknownVerification, WrongCode
from shared.contracts.passwords import Password, WeakPassword
from shared.contracts.sessions import Session, Terms
from shared.texts import LONGEST_NICKNAME

Nickname = Annotated[str, Meta(min_length=1, max_length=LONGEST_NICKNAME)]


class NewAccount(Message):
    """What an account begins with; a name that is not given is made from the other."""

    password: Password | None = None
    """Without one, only codes open the account."""
    nickname: Nickname | None = None
    username: Username | None = None


class Register(NewAccount, kw_only=True):
    """Make an account of a proved address, and log its owner in if `terms` are given."""

    proof: Proof
    dialect: Dialect
    terms: Terms | None = None


class Registered(Message):
    """The new account, and its first session if one was asked for."""

    user_id: UserId
    session: Session | None = None


class UserRegistered(Event):
    """A person has an account."""

    fact: ClassVar[str] = "auth.user_registered"
    username: str
    nickname: str
    dialect: Dialect


register = Call(
    "auth.accounts.register",
    Register,
    Registered,
    (
        UnknownVerification,
        WrongCode,
        ExpiredCode,
        PhoneTaken,
        EmailTaken,
        UsernameTaken,
        UsernameReserved,
        WeakPassword,
    ),
)
