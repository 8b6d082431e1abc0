"""Events as the services put them into the stream."""

import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
from nats.js import JetStreamContext

from shared import events
from shared.contract import Event


def envelope_of(event: Event, **others: Any) -> events.CloudEvent:
    """Wrap an event as the service that it comes from would, with other values where given."""
    envelope = events.CloudEvent(
        id=uuid.uuid4().hex,
        source=f"/userhub/{event.fact.partition('.')[0]}",
        type=event.fact,
        subject=event.subject,
        time=datetime.now(UTC),
        sequence="1",
        data=events.data_of(event),
    )
    return msgspec.structs.replace(envelope, **others)


async def announce(
    js: JetStreamContext, event: Event, headers: dict[str, str] | None = None, **others: Any
) -> str:
    """Announce an event as the service that it comes from would; gives its id."""
    envelope = envelope_of(event, **others)
    await js.publish(f"events.{event.fact}", events.encode(envelope), headers=headers)
    return envelope.id
