"""Events on the wire: CloudEvents 1.0 in JSON, and the streams that keep them."""

import dataclasses
from datetime import datetime
from typing import Any

import msgspec
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

from shared.contract import Event
from shared.encoding import UNREADABLE, to_builtins, to_json

DAY = 24 * 3600.0

EVENTS = StreamConfig(
    name="EVENTS",
    description="What happened, for our services and for anyone who subscribes",
    subjects=["events.>"],
    retention=RetentionPolicy.LIMITS,
    discard=DiscardPolicy.OLD,
    storage=StorageType.FILE,
    max_age=30 * DAY,
    duplicate_window=120,
    allow_direct=True,
)
NOTIFY = StreamConfig(
    name="NOTIFY",
    description="Messages that notify has to send; readable by notify alone",
    subjects=["work.notify.>"],
    retention=RetentionPolicy.LIMITS,
    discard=DiscardPolicy.OLD,
    storage=StorageType.FILE,
    max_age=DAY,
    duplicate_window=120,
)
DEAD_LETTERS = StreamConfig(
    name="DEAD_LETTERS",
    description="What a consumer gave up on, kept for an operator",
    subjects=["dead.>"],
    retention=RetentionPolicy.LIMITS,
    discard=DiscardPolicy.OLD,
    storage=StorageType.FILE,
    max_age=30 * DAY,
    duplicate_window=120,
)


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of an event as subscribers read it (CloudEvents 1.0, JSON format)."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    sequence: str
    """Counts the events of one subject and source from 1, without gaps."""
    data: dict[str, Any]


_decode = msgspec.json.Decoder(CloudEvent).decode


def data_of(event: Event) -> dict[str, Any]:
    """Give an event's fields as plain JSON values."""
    values: dict[str, Any] = to_builtins(event)
    return values


def encode(envelope: CloudEvent) -> bytes:
    """Write an envelope as JSON."""
    return to_json(envelope)


def decode(body: bytes) -> CloudEvent:
    """Read an envelope; raises `msgspec.MsgspecError`, whatever is wrong with it."""
    try:
        return _decode(body)
    except UNREADABLE as error:
        raise msgspec.DecodeError(str(error)) from None


async def ensure_stream(js: JetStreamContext, config: StreamConfig) -> None:
    """Make a stream, or bring it to this configuration.

    A stream that is as it should be is only looked at, so that a process which may do no more than
    that can call this as well.
    """
    assert config.name
    try:
        present = (await js.stream_info(config.name)).config
    except NotFoundError:
        try:
            await js.add_stream(config)
        except BadRequestError:  # another process made it in the meantime
            await js.update_stream(config)
    else:
        if not _is_as_wanted(present, config):
            await js.update_stream(config)


def _is_as_wanted(present: StreamConfig, wanted: StreamConfig) -> bool:
    """Compare what is wanted; a server fills in the rest with its defaults."""
    names = [field.name for field in dataclasses.fields(wanted)]
    said = {name: value for name in names if (value := getattr(wanted, name)) is not None}
    return all(getattr(present, name) == value for name, value in said.items())
