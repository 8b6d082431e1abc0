"""What the auth service accepts, answers, refuses and announces.

Accounts and how one proves to be their owner: passwords, verification codes, captchas, sessions.
"""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Address, Call, Event, Message, Secret, UserId
from shared.errors import AppError, Kind, LimitReached
from shared.texts import LONGEST_NICKNAME

PHONES_AT_ONCE = 500
"""People in one question for phone numbers."""

Dialect = Annotated[str, Meta(pattern="^[a-z]{1,16}$")]
Purpose = Annotated[str, Meta(pattern="^[a-z_.]{1,40}$")]
"""What a code or token is for; it is good for nothing else. Begins with the dialect's name."""

Ip = Annotated[str, Meta(max_length=45)]
SessionId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Password = Annotated[str, Meta(min_length=1, max_length=1024, extra={"log": "hide"})]
"""At most 1,024 characters go into a hash, so that nobody can make hashing expensive."""

Nickname = Annotated[str, Meta(min_length=1, max_length=LONGEST_NICKNAME)]


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


# ---------------------------------------------------------------------------------- refusals


class PhoneTaken(AppError):
    """Another account has this phone number."""

    code, kind = "auth.phone_taken", Kind.CONFLICT


class EmailTaken(AppError):
    """Another account has this e-mail address."""

    code, kind = "auth.email_taken", Kind.CONFLICT


class UsernameTaken(AppError):
    """Another account has this username."""

    code, kind = "auth.username_taken", Kind.CONFLICT


class WrongCredentials(AppError):
    """No account has this name and password."""

    code, kind = "auth.wrong_credentials", Kind.UNAUTHENTICATED


class WrongPassword(AppError):
    """The present password is another one."""

    code, kind = "auth.wrong_password", Kind.FORBIDDEN


class WeakPassword(AppError):
    """This password is among the first that others would try; choose another."""

    code, kind = "auth.weak_password", Kind.INVALID


class TooManyFailures(AppError):
    """Too many failed attempts; wait before the next."""

    code, kind = "auth.too_many_failures", Kind.EXHAUSTED


class AccountDisabled(AppError):
    """This account is disabled."""

    code, kind = "auth.account_disabled", Kind.FORBIDDEN


class NoSuchAccount(AppError):
    """There is no such account."""

    code, kind = "auth.no_such_account", Kind.NOT_FOUND


class NoSuchSession(AppError):
    """There is no such session of yours."""

    code, kind = "auth.no_such_session", Kind.NOT_FOUND


class WrongCode(AppError):
    """The code is not the one that was sent."""

    code, kind = "auth.wrong_code", Kind.INVALID


class ExpiredCode(AppError):
    """The code was sent too long ago; ask for a new one."""

    code, kind = "auth.expired_code", Kind.INVALID


class UnknownVerification(AppError):
    """The verification token is unknown, used or too old."""

    code, kind = "auth.unknown_verification", Kind.NOT_FOUND


class NoSuchCaptcha(AppError):
    """There is no such captcha, or its time is over."""

    code, kind = "auth.no_such_captcha", Kind.NOT_FOUND


class WrongCaptcha(AppError):
    """The picture shows something else; ask for a new one."""

    code, kind = "auth.wrong_captcha", Kind.INVALID


# ---------------------------------------------------------------------------------- codes


class SendCode(Message):
    """Send a code of six digits to a phone or an e-mail address."""

    address: Address
    purpose: Purpose
    ip: Ip
    lifetime: Annotated[int, Meta(ge=30, le=600)] = 300
    """Seconds."""
    cooldown: Annotated[int, Meta(ge=0, le=600)] = 60
    """Seconds before another code may go to this address for this purpose."""
    digits: Annotated[int, Meta(ge=4, le=8)] = 6
    locale: str = "zh-CN"


class CheckCode(Message):
    """Show a code that was sent; it is used up by this if it is right."""

    address: Address
    purpose: Purpose
    code: Secret
    ip: Ip


class Verification(Message):
    """Proof, good once and for ten minutes, that an address is in the hands of who asks."""

    token: Secret


# ---------------------------------------------------------------------------------- captchas


class MakeCaptcha(Message):
    """Draw a picture with characters to be read by a person."""

    ip: Ip


class Captcha(Message):
    """A captcha that waits to be solved, for five minutes."""

    captcha_id: str


class CaptchaById(Message):
    """Which captcha."""

    captcha_id: Annotated[str, Meta(max_length=64)]


class CaptchaPicture(Message):
    """What is shown."""

    png: bytes


class CaptchaAnswer(Message):
    """What is to be read (development only)."""

    answer: Secret


class SolveCaptcha(Message):
    """Answer a captcha: one try, which uses it up."""

    captcha_id: Annotated[str, Meta(max_length=64)]
    answer: Secret


# ---------------------------------------------------------------------------------- sessions


class Terms(Message):
    """What kind of session a dialect gives, and to whom."""

    dialect: Dialect
    ip: Ip
    device: Annotated[str, Meta(max_length=200)] = ""
    """What the client says it is (its User-Agent, or a device name it sends)."""
    lifetime: Annotated[int, Meta(ge=60, le=31 * 86400)] = 30 * 86400
    """Seconds."""
    at_most: Annotated[int, Meta(ge=1, le=100)] | None = None
    """How many sessions a person may have in this dialect; the oldest end first."""


class Session(Message):
    """A session that has begun."""

    user_id: UserId
    session_id: SessionId
    token: Secret
    expires_at: datetime


class Register(Message):
    """Make an account of a verified address, and log its owner in if `terms` are given."""

    verification: Secret
    purpose: Purpose
    password: Password
    dialect: Dialect
    nickname: Nickname | None = None
    username: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    terms: Terms | None = None


class Registered(Message):
    """The new account, and its first session if one was asked for."""

    user_id: UserId
    session: Session | None = None


class LogIn(Message):
    """Begin a session with a password."""

    address: Address
    password: Password
    terms: Terms


class LogOut(Message):
    """End one session of one's own."""

    user_id: UserId
    session_id: SessionId


class Device(Message):
    """A session as its owner sees it."""

    session_id: SessionId
    dialect: Dialect
    device: str
    ip: Ip
    began_at: datetime
    last_used_at: datetime
    expires_at: datetime


class ByUser(Message):
    """Which person."""

    user_id: UserId


class SessionUse(Message):
    """When a session was last used."""

    session_id: SessionId
    at: datetime


class RecordUse(Message):
    """Sessions that were used since the last such message of a gateway."""

    uses: Annotated[list[SessionUse], Meta(max_length=1000)]


# ---------------------------------------------------------------------------------- accounts


class ChangePassword(Message):
    """Set a new password, knowing the present one; ends the person's other sessions."""

    user_id: UserId
    session_id: SessionId
    present: Password
    new: Password
    ip: Ip


class ResetPassword(Message):
    """Set a new password for the owner of a verified address; ends all sessions."""

    verification: Secret
    purpose: Purpose
    new: Password
    ip: Ip = ""
    """Who proved the address logs in from here without the delay that failures brought."""


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


class Found(Message):
    """Whose address it is."""

    user_id: UserId


class ReadPhones(Message):
    """Whose phone numbers. For a dialect that shows them between friends.

    Who asks must know from the social service that each of these people and the reader of the
    answer are friends (`social.Friendship.mutual`): auth does not know who is whose friend.
    """

    user_ids: Annotated[list[UserId], Meta(max_length=PHONES_AT_ONCE)]


class PhoneOf(Message):
    """Somebody's phone number."""

    user_id: UserId
    phone: Address


class SetRole(Message):
    """Give a person another role."""

    user_id: UserId
    role: Role


class SetDisabled(Message):
    """Lock a person out, or let them in again."""

    user_id: UserId
    disabled: bool


class TakeIds(Message):
    """Ask for ids that nobody else has or will have."""

    count: Annotated[int, Meta(ge=1, le=1000)]


class IdBlock(Message):
    """The ids from `first` on, `count` of them."""

    first: int
    count: int


# ---------------------------------------------------------------------------------- events


class UserRegistered(Event):
    """A person has an account."""

    fact: ClassVar[str] = "auth.user_registered"
    username: str
    nickname: str
    dialect: Dialect


class NewNetworkSeen(Event):
    """A person logged in from a network that they did not log in from in the last 90 days.

    Other logins are not announced: they are logged, and listed among the person's devices.
    """

    fact: ClassVar[str] = "auth.new_network_seen"
    session_id: SessionId
    dialect: Dialect
    device: str


class SessionEnded(Event):
    """A session is over before its time."""

    fact: ClassVar[str] = "auth.session_ended"
    session_id: SessionId
    reason: str
    expires_at: int
    """When it would have ended anyway, in seconds since 1970."""


class PasswordChanged(Event):
    """The password is another one; `how` is `changed` or `reset`."""

    fact: ClassVar[str] = "auth.password_changed"
    how: str
    kept_session_id: SessionId | None = None


class RoleChanged(Event):
    """A person may do more or less than before."""

    fact: ClassVar[str] = "auth.role_changed"
    role: Role


class UserDisabled(Event):
    """A person is locked out."""

    fact: ClassVar[str] = "auth.user_disabled"


class UserEnabled(Event):
    """A person is let in again."""

    fact: ClassVar[str] = "auth.user_enabled"


class UserDeleting(Event):
    """A person leaves: every service erases what it has of them and announces that it did."""

    fact: ClassVar[str] = "auth.user_deleting"


class UserDeleted(Event):
    """A person's data are gone from every service."""

    fact: ClassVar[str] = "auth.user_deleted"


EVENTS: tuple[type[Event], ...] = (
    UserRegistered,
    NewNetworkSeen,
    SessionEnded,
    PasswordChanged,
    RoleChanged,
    UserDisabled,
    UserEnabled,
    UserDeleting,
    UserDeleted,
)

# ---------------------------------------------------------------------------------- calls

send_code = Call("auth.codes.send", SendCode, type(None), (LimitReached,))
check_code = Call("auth.codes.check", CheckCode, Verification, (WrongCode, ExpiredCode))

make_captcha = Call("auth.captchas.make", MakeCaptcha, Captcha, (LimitReached,))
captcha_picture = Call("auth.captchas.picture", CaptchaById, CaptchaPicture, (NoSuchCaptcha,))
captcha_answer = Call("auth.captchas.answer", CaptchaById, CaptchaAnswer, (NoSuchCaptcha,))
"""Served in development only."""
solve_captcha = Call("auth.captchas.solve", SolveCaptcha, type(None), (NoSuchCaptcha, WrongCaptcha))

register = Call(
    "auth.accounts.register",
    Register,
    Registered,
    (UnknownVerification, PhoneTaken, EmailTaken, UsernameTaken, WeakPassword),
)
log_in = Call(
    "auth.sessions.log_in",
    LogIn,
    Session,
    (WrongCredentials, TooManyFailures, AccountDisabled),
)
log_out = Call("auth.sessions.log_out", LogOut, type(None), (), acts_for="user_id")
end_session = Call("auth.sessions.end", LogOut, type(None), (NoSuchSession,), acts_for="user_id")
list_devices = Call("auth.sessions.list", ByUser, list[Device], (), acts_for="user_id")
record_use = Call("auth.sessions.record_use", RecordUse, type(None))

change_password = Call(
    "auth.passwords.change",
    ChangePassword,
    type(None),
    (WrongPassword, WeakPassword, TooManyFailures, NoSuchAccount),
    acts_for="user_id",
)
reset_password = Call(
    "auth.passwords.reset", ResetPassword, type(None), (UnknownVerification, WeakPassword)
)
check_address = Call("auth.accounts.check_address", ByAddress, Availability)
find_by_address = Call("auth.accounts.find_by_address", ByAddress, Found, (NoSuchAccount,))
read_account = Call("auth.accounts.read", ByUser, Account, (NoSuchAccount,), acts_for="user_id")
read_phones = Call("auth.accounts.phones", ReadPhones, list[PhoneOf])
"""In any order, without those who have no number, are disabled or are gone."""
delete_account = Call(
    "auth.accounts.delete", ByUser, type(None), (NoSuchAccount,), acts_for="user_id"
)
take_ids = Call("auth.ids.take", TakeIds, IdBlock)
set_role = Call("auth.accounts.set_role", SetRole, type(None), (NoSuchAccount,))
set_disabled = Call("auth.accounts.set_disabled", SetDisabled, type(None), (NoSuchAccount,))
