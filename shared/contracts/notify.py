"""What the notify service accepts, answers, refuses and announces.

Work comes through the stream `NOTIFY` (subject `WORK`), as a `Send` in msgpack; calls are for what
must be answered at once.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Address, Call, Event, Message, Secret, UserId
from shared.errors import AppError, Kind

WORK = "work.notify.send"
"""The subject that messages to be sent are published to; `Nats-Msg-Id` is the message's id."""


class Channel(StrEnum):
    """By which way a message reaches a person."""

    SMS = "sms"
    EMAIL = "email"
    PUSH = "push"


class Send(Message):
    """One message to one address: sent once, however often this arrives."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    """Made by who asks; a second message of this id is the first one again."""
    channel: Channel
    to: Address
    template: Annotated[str, Meta(pattern="^[a-z_]{1,40}$")]
    parameters: dict[str, Secret] = {}
    locale: str = "zh-CN"
    expires_at: datetime | None = None
    """After this the message is of no use and is dropped (a code's own end)."""
    user_id: UserId | None = None


class Status(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENT = "sent"
    EXPIRED = "expired"
    FAILED = "failed"


class ReadInbox(Message):
    """Read what was sent to an address instead of a provider (development only)."""

    to: Address


class InboxMessage(Message):
    """A message as its reader would have got it; `code` is null unless it carries one."""

    channel: Channel
    to: str
    template: str
    code: str | None
    body: str
    sent_at: datetime


class ReadDeliveries(Message):
    """Look up what became of messages to an address."""

    to: Address


class Delivery(Message):
    """One message and its attempts; the address is masked."""

    id: str
    channel: Channel
    to_masked: str
    template: str
    status: Status
    attempts: int
    provider: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime


class ImRefused(AppError):
    """The instant-messaging provider did not give a token."""

    code, kind = "notify.im_refused", Kind.UNAVAILABLE


class GetImToken(Message):
    """Ask the instant-messaging provider for a person's token.

    `fresh` asks for a new one; otherwise the one that was given last is given again, if any.
    """

    user_id: UserId
    im_id: Annotated[str, Meta(max_length=64)]
    """The person's id as the instant-messaging provider knows it."""
    nickname: str
    avatar: str
    fresh: bool = False


class ImToken(Message):
    """A token that a client connects to instant messaging with."""

    token: Secret


class UserErased(Event):
    """The notify service has nothing left of this person."""

    fact: ClassVar[str] = "notify.user_erased"


EVENTS: tuple[type[Event], ...] = (UserErased,)

read_inbox = Call("notify.inbox.read", ReadInbox, list[InboxMessage])
"""Served in development only."""
read_deliveries = Call("notify.deliveries.read", ReadDeliveries, list[Delivery])
get_im_token = Call("notify.im.token", GetImToken, ImToken, (ImRefused,), acts_for="user_id")
