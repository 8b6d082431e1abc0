"""What the notify service accepts, answers, refuses and announces.

Work comes through the stream `NOTIFY` (subject `WORK`), as a `Send` in msgpack; calls are for what
must be answered at once. A body that is not a `Send` goes to the dead letters unread.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, field

from shared.contract import Call, Event, Message, Secret, UserId
from shared.contracts.accounts import Role
from shared.errors import AppError, Kind

WORK = "work.notify.send"
"""The subject that messages to be sent are published to; `Nats-Msg-Id` is the message's id."""


class Channel(StrEnum):
    """By which way a message reaches a person."""

    SMS = "sms"
    EMAIL = "email"
    PUSH = "push"
    IM = "im"
    """Notices of instant messaging (`RC:ContactNtf`, `RC:GrpNtf`): made of social's events, and
    shown by the development inbox; no `Send` goes this way."""


Template = Annotated[str, Meta(pattern="^[a-z][a-z_]{0,39}$")]
"""A text that notify has in every locale: one of `TEMPLATES`."""

To = Annotated[str, Meta(min_length=1, max_length=512, extra={"log": "mask"})]
"""An `Address`, or the registration id of a device (`push_devices.RegistrationId`)."""

ParameterName = Annotated[str, Meta(pattern="^[a-z][a-z_]{0,39}$")]
Parameters = Annotated[dict[ParameterName, Secret], Meta(max_length=20)]
"""What goes into a template: its text as it is, never read as anything else."""


TEMPLATES: Mapping[str, frozenset[str]] = {
    "verification_code": frozenset({"code", "minutes"}),
    "new_device": frozenset({"username", "time", "device"}),
    "password_changed": frozenset({"username", "time"}),
    "address_changed": frozenset({"username", "time"}),
    "account_disabled": frozenset({"username", "time"}),
    "account_deleted": frozenset({"username", "time"}),
    "verification_passed": frozenset({"username", "time"}),
    "verification_refused": frozenset({"username", "time"}),
}
"""Every template and the parameters that it needs; more are left out.

`verification_code` is for SMS and e-mail, the notices for push as well. `time` is what
`shown_time` gives. `address_changed` goes to the old address and to the new one.
"""


def shown_time(at: datetime) -> str:
    """Write a moment as notices show it, which reach people in any time zone.

    >>> shown_time(datetime.fromisoformat("2026-11-25T20:03:59+08:00"))
    '2026-11-25 12:03 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def message_id(*parts: str) -> str:
    """Make a message's id of what it is about, say an event's id and the channel.

    Who announces something again, after a crash, then says it once.
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


class Send(Message):
    """One message to one address: sent once, however often this arrives.

    Not sent at all, and recorded so: after `expires_at`; with a template that is unknown, has no
    form for the channel or lacks a parameter; through a channel that no provider is configured for.
    Of an erased person nothing is sent and nothing recorded.
    Nothing is pushed to a device that is not registered, or whose person wants no notices.
    """

    id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    """Made by who asks; a second message of this id is the first one again."""
    channel: Channel
    to: To
    """Phone number in E.164, e-mail address, or the registration id of a device."""
    template: Template
    parameters: Parameters = field(default_factory=dict)
    """One named `code` is shown by the development inbox beside the text."""
    locale: Annotated[str, Meta(max_length=35)] = "zh-CN"
    """A language tag (35 characters: RFC 5646, 4.4.1); an unknown one is read as zh-CN."""
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    """After this the message is of no use and is dropped (a code's own end)."""
    user_id: UserId | None = None
    """Whose message it is, so that it goes when they are erased."""


class Status(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    """Not tried yet, or to be tried again."""
    SENDING = "sending"
    """A provider is being asked; if that process died, it is tried again half a minute later."""
    SENT = "sent"
    EXPIRED = "expired"
    STOPPED = "stopped"
    """Not to be sent: switched off by an operator or by its reader, or its device is gone."""
    FAILED = "failed"
    """Given up: the message is among the dead letters, from where it can be replayed."""


class Outcome(StrEnum):
    """What became of one attempt."""

    UNKNOWN = "unknown"
    """The provider did not answer or we died meanwhile: it may have been sent."""
    SENT = "sent"
    LATER = "later"
    """Not sent, and worth another attempt."""
    REFUSED = "refused"
    """Not sent, and never will be."""


class ReadInbox(Message):
    """Read what was sent to an address instead of a provider (development only)."""

    to: To


class InboxMessage(Message):
    """A message as its reader would have got it; `code` is null unless it carries one.

    The body of an e-mail begins with its subject and an empty line. A notice of instant messaging
    is addressed by public id, to a person or to a group; its `template` is its type, its body JSON.
    """

    channel: Channel
    to: str
    template: str
    code: str | None
    body: str
    sent_at: datetime


class ReadDeliveries(Message):
    """Look up what became of messages to an address: administrators only."""

    to: To
    reports: bool = False
    """Ask providers what became of the last messages: up to ten, two seconds each."""


class Attempt(Message):
    """One time that a provider was asked."""

    provider: str
    at: datetime
    outcome: Outcome
    receipt: str | None = None
    """The provider's own id of the message, to ask it about."""
    error: str | None = None
    report: str | None = None
    """What its provider says became of it, of its own accord or asked for now: `delivered`,
    `failed`, `waiting` or `unknown`, and in brackets the provider's reason."""
    reported_at: datetime | None = None
    """When that came, if it came of its own accord."""


class Delivery(Message):
    """One message and its attempts; the address is masked."""

    id: str
    channel: Channel
    to_masked: str
    template: str
    status: Status
    attempts: int
    provider: str | None
    """The one that was asked last."""
    error: str | None
    """Why it is not sent (yet); free of the address and of what the message says."""
    created_at: datetime
    updated_at: datetime
    history: list[Attempt] = field(default_factory=list)
    """The last attempts, oldest first."""


class ImRefused(AppError):
    """The instant-messaging provider did not give a token."""

    code, kind = "notify.im_refused", Kind.UNAVAILABLE


class GetImToken(Message):
    """Ask the instant-messaging provider for a person's token: for that person only.

    `fresh` asks for a new one; otherwise a provider elsewhere is not asked again: the one that it
    gave last is given. It is told name and picture of the profile. Refused with `ImRefused` if the
    provider is needed and does not give one in two seconds, for a person who is erased, and where
    no provider elsewhere is set: a gateway then seals tokens itself.
    """

    user_id: UserId
    im_id: Annotated[str, Meta(pattern="^[A-Za-z0-9+=_-]{1,64}$")]
    """The person's id as the instant-messaging provider knows it (RongCloud's alphabet, length)."""
    fresh: bool = False


class ImToken(Message):
    """A token that a client connects to instant messaging with."""

    token: Secret


class UserErased(Event):
    """The notify service has nothing left of this person."""

    fact: ClassVar[str] = "notify.user_erased"


read_inbox = Call("notify.inbox.read", ReadInbox, list[InboxMessage], read_only=True)
"""The last 50 of the last hour, newest first; served in development only."""
read_deliveries = Call(
    "notify.deliveries.read", ReadDeliveries, list[Delivery], least_role=Role.ADMIN
)
"""The last 100 of the last 90 days, newest first. Not `read_only`: it may ask providers."""
get_im_token = Call("notify.im.token", GetImToken, ImToken, (ImRefused,), acts_for="user_id")
