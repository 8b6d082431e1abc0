"""A session: one person logged in on one device, and the token that stands for it. Auth answers.

How one begins is in `logins` and `registration`; other kinds of token are in `tokens`.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Dialect, Event, Ip, Message, Secret, UserId
from shared.contracts.accounts import ByUser
from shared.errors import AppError, Kind

SessionId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
DeviceId = Annotated[str, Meta(max_length=512)]
"""What a client calls the installation it runs on; clients invent it, so nothing rests on it."""


class NoSuchSession(AppError):
    """There is no such session of yours."""

    code, kind = "auth.no_such_session", Kind.NOT_FOUND


class Terms(Message):
    """What kind of session a dialect gives, and to whom."""

    dialect: Dialect
    ip: Ip
    device: Annotated[str, Meta(max_length=200)] = ""
    """What the client says it is (its User-Agent, or a device name it sends)."""
    lifetime: Annotated[int, Meta(ge=60, le=31 * 86400)] = 30 * 86400
    """Seconds."""
    at_most: Annotated[int, Meta(ge=1, le=100)] | None = None
    """How many sessions a person may have in this dialect; the oldest end first. If not given,
    about a hundred."""
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


class SessionUse(Message):
    """When a session was last used."""

    session_id: SessionId
    at: datetime


class RecordUse(Message):
    """Sessions that were used since the last such message of a gateway."""

    uses: Annotated[list[SessionUse], Meta(max_length=1000)]


class SessionEnded(Event):
    """A session is over before its time."""

    fact: ClassVar[str] = "auth.session_ended"
    session_id: SessionId
    reason: str
    expires_at: int
    """When it would have ended anyway, in seconds since 1970."""


log_out = Call("auth.sessions.log_out", LogOut, type(None), (), acts_for="user_id")
end_session = Call("auth.sessions.end", LogOut, type(None), (NoSuchSession,), acts_for="user_id")
end_device = Call(
    "auth.sessions.end_device", EndDevice, type(None), (NoSuchSession,), acts_for="user_id"
)
list_devices = Call(
    "auth.sessions.list", ByUser, list[Device], (), acts_for="user_id", read_only=True
)
record_use = Call("auth.sessions.record_use", RecordUse, type(None))
