"""What may be sent, and what may be written down of it."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.notify.sending.channels import Message, Provider, Refused, Stopped, TryLater
from services.notify.templates.catalogue import Catalogue
from shared.contracts.notify import Send, Status
from shared.encoding import UNREADABLE
from shared.errors import AppError
from shared.settings import Key
from shared.telemetry import logs

LONGEST_REASON = 200
"""Characters of a reason that a record keeps: a sentence, not a provider's whole reply."""

SHORTEST_SECRET = 4
"""Characters from which a parameter is searched for in a reason: a code of ours has no fewer."""

MOST_UNKNOWN = 1
"""Attempts of one provider that may have been sent, before it is asked once more: so a provider
that cannot tell a repeat sees a message twice at most."""

ENDED = (Status.SENT, Status.EXPIRED, Status.STOPPED)
"""Where nothing is left to do; of what failed, its dead letter may be replayed."""

_LONG_NUMBER = re.compile(r"\d{6,}")
"""A phone number in any other way of writing it, or a code."""

_decoder = msgspec.msgpack.Decoder(Send)


class Hopeless(Exception):
    """This message can never be sent; the text says why, without any value of it."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Where the sending of one message stands."""

    id: str
    status: Status
    sequence: int
    """Place in the stream of the message that this was opened for: another one changes nothing."""
    tries: int
    doubts: dict[str, int] = {}
    """By provider: attempts since it was opened that may have been sent, without our knowing."""
    claimed_until: datetime | None = None
    error: str | None = None

    def is_finished_for(self, sequence: int) -> bool:
        """Tell whether there is nothing left to do for the message at this place."""
        return self.sequence != sequence or self.status in ENDED

    def is_claimed(self, now: datetime) -> bool:
        """Tell whether some process may be talking to a provider about it now."""
        return self.claimed_until is not None and self.claimed_until > now


def read(body: bytes) -> Send:
    """Read a message off the stream, or raise `Hopeless`."""
    try:
        return _decoder.decode(body)
    except UNREADABLE:
        raise Hopeless("the body is not a message to send") from None


def is_expired(send: Send, now: datetime) -> bool:
    """Tell whether a message is of no use any more; at its very end it is."""
    return send.expires_at is not None and send.expires_at <= now


def worth_a_try(providers: Sequence[Provider], delivery: Delivery) -> list[Provider]:
    """Leave out who may have sent it too often already; raises `Hopeless` if nobody is left."""
    left = [one for one in providers if one.repeatable or _doubts(one, delivery) <= MOST_UNKNOWN]
    if not left:
        times = ", ".join(f"{one.name} {_doubts(one, delivery)} times" for one in providers)
        raise Hopeless(f"may have been sent already: by {times}")
    return left


def _doubts(provider: Provider, delivery: Delivery) -> int:
    return delivery.doubts.get(provider.name, 0)


def compose(send: Send, templates: Catalogue) -> Message:
    """Make the message that a reader gets; raises `Unrenderable`."""
    text = templates.render(send.template, send.channel, send.locale, send.parameters)
    return Message(
        id=send.id,
        channel=send.channel,
        to=send.to,
        template=send.template,
        subject=text.subject,
        body=text.body,
        code=send.parameters.get("code"),
        user_id=send.user_id,
        parameters=send.parameters,
        locale=templates.known(send.locale),
        expires_at=send.expires_at,
    )


def same_address(to: str) -> str:
    """Give the form in which two spellings of one address are equal: e-mail ignores case."""
    return to.lower() if "@" in to else to


def lookup(key: Key, to: str) -> str:
    """Hash an address, so that a record is found by it but does not give it away."""
    return hmac.new(key.raw, same_address(to).encode(), hashlib.sha256).hexdigest()


def reason_of(error: BaseException) -> str:
    """Say why a message was not sent; of an error that is not ours its kind alone is told."""
    if isinstance(error, Hopeless | TryLater | Refused | Stopped | AppError):
        return str(error)
    return type(error).__name__


def printable(reason: str, send: Send) -> str:
    """Cut a reason down to what a record may hold, whatever a provider's library put into it."""
    reason = reason.replace(send.to, "***")
    for secret in sorted(send.parameters.values(), key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            reason = reason.replace(secret, logs.HIDDEN)
    return _LONG_NUMBER.sub(logs.HIDDEN, str(logs.redact(reason)))[:LONGEST_REASON]
