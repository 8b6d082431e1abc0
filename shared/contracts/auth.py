"""What the auth service accepts, answers, refuses and announces.

Accounts and how one proves to be their owner: passwords, verification codes, captchas, sessions.
Beside this module, auth also answers `accounts` (looking people up, usernames), `administration`,
`bindings` (one's phone and e-mail address), `human_checks` (sliders and passes) and `tokens` (kinds
of token beside the session's own).
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
Username = Annotated[str, Meta(min_length=1, max_length=64)]
"""Unique, whatever its case; one line with something to be seen in it."""

Login = Annotated[str, Meta(min_length=1, max_length=254, extra={"log": "mask"})]
"""By what somebody names an account: with an `@` an e-mail address, with a leading `+` a phone
number in E.164, else a username."""

DeviceId = Annotated[str, Meta(max_length=512)]
"""What a client calls the installation it runs on; clients invent it, so nothing rests on it."""


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


class UsernameReserved(AppError):
    """This username is kept for those who run the site."""

    code, kind = "auth.username_reserved", Kind.INVALID


class HumanCheckNeeded(AppError):
    """Show first that a person is asking (`human_checks`)."""

    code, kind = "auth.human_check_needed", Kind.FORBIDDEN


class ResetNotBegun(AppError):
    """A reset has to be begun first (`human_checks.begin_reset`), at most 30 minutes before."""

    code, kind = "auth.reset_not_begun", Kind.FORBIDDEN


class LastRoot(AppError):
    """There would be nobody left with the highest role."""

    code, kind = "auth.last_root", Kind.CONFLICT


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
    needs_pass: bool = False
    """Spend a pass of this address on it (`human_checks`), or refuse with `HumanCheckNeeded`; the
    pass is kept if the code could not be sent."""


class CheckCode(Message):
    """Show a code that was sent; it is used up by this if it is right."""

    address: Address
    purpose: Purpose
    code: Secret
    """Never right if it is empty, or if none was sent."""
    ip: Ip


class ByCode(CheckCode, tag="code"):
    """Prove an address with the code itself; five wrong tries burn it, ten an hour are counted.

    The code is used up when what it is shown for is done (or the address turns out to be taken),
    and stays good when that is refused for another reason.
    """


class ByToken(Message, tag="token"):
    """Prove an address with the token that `check_code` gave for a code."""

    token: Secret
    purpose: Purpose


Proof = ByCode | ByToken
"""What shows that an address is in the hands of who asks."""


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
    device_id: DeviceId = ""
    """If given, an earlier session of this person in this dialect with the same one ends."""
    platform: Annotated[str, Meta(max_length=100)] = ""
    """What kind of device the client says it is; shown in the list of devices."""
    access_lifetime: Annotated[int, Meta(ge=60, le=86400)] | None = None
    """Seconds; if given, the session also has an access token and a refresh token (`tokens`)."""
    renewable_for: Annotated[int, Meta(ge=60, le=31 * 86400)] | None = None
    """Seconds from now in which `tokens.renew_session` may exchange the token, also after its own
    end; if not given it cannot be exchanged."""


class Session(Message):
    """A session that has begun."""

    user_id: UserId
    session_id: SessionId
    token: Secret
    expires_at: datetime
    access: Secret | None = None
    """A token of `access_lifetime`, of use `access`."""
    access_expires_at: datetime | None = None
    refresh: Secret | None = None
    """A token as long as the session, of use `refresh`: good for nothing but new access tokens."""
    renewable_until: datetime | None = None


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


HumanAfter = Annotated[int, Meta(ge=1, le=100)]
"""Consecutive failures of one login, whatever its spelling, after which a pass is asked for.

While so many are counted every attempt is refused with `HumanCheckNeeded`; it is over when a pass
is spent or half an hour after the last failure. Any attempt spends a pass that is there. Passwords
and codes count together, a success begins anew.
"""


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
    device_id: DeviceId = ""
    platform: str = ""


class EndDevice(Message):
    """End the sessions of one's own that began in a dialect on a device."""

    user_id: UserId
    dialect: Dialect
    device_id: Annotated[DeviceId, Meta(min_length=1)]


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


class DeleteAccount(Message):
    """Close one's own account for good.

    A proof, where the dialect asks for one, is a code to an address of this very person.
    """

    user_id: UserId
    proof: ByCode | None = None


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


class UsernameChanged(Event):
    """A person has another username."""

    fact: ClassVar[str] = "auth.username_changed"
    username: str


class AddressChanged(Event):
    """A person has another phone number or e-mail address, or none of that kind any more."""

    fact: ClassVar[str] = "auth.address_changed"
    kind: str
    """`phone` or `email`."""
    how: str
    """`bound`, `replaced` or `unbound`."""


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
    UsernameChanged,
    AddressChanged,
    UserDisabled,
    UserEnabled,
    UserDeleting,
    UserDeleted,
)

# ---------------------------------------------------------------------------------- calls

send_code = Call("auth.codes.send", SendCode, type(None), (LimitReached, HumanCheckNeeded))
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
log_out = Call("auth.sessions.log_out", LogOut, type(None), (), acts_for="user_id")
end_session = Call("auth.sessions.end", LogOut, type(None), (NoSuchSession,), acts_for="user_id")
end_device = Call(
    "auth.sessions.end_device", EndDevice, type(None), (NoSuchSession,), acts_for="user_id"
)
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
    "auth.passwords.reset",
    ResetPassword,
    type(None),
    (UnknownVerification, WrongCode, ExpiredCode, ResetNotBegun, NoSuchAccount, WeakPassword),
)
check_address = Call("auth.accounts.check_address", ByAddress, Availability)
find_by_address = Call("auth.accounts.find_by_address", ByAddress, Found, (NoSuchAccount,))
read_account = Call("auth.accounts.read", ByUser, Account, (NoSuchAccount,), acts_for="user_id")
read_phones = Call("auth.accounts.phones", ReadPhones, list[PhoneOf])
"""In any order, without those who have no number, are disabled or are gone."""
delete_account = Call(
    "auth.accounts.delete",
    DeleteAccount,
    type(None),
    (NoSuchAccount, WrongCode, ExpiredCode, LastRoot),
    acts_for="user_id",
)
take_ids = Call("auth.ids.take", TakeIds, IdBlock)
