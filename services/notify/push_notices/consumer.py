"""The consumer that turns events into notices on devices.

Nothing is kept here: the messages go into the work stream, each with an id that is made of the
event, so that an event which is handled twice is told once.
"""

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import DeliverPolicy

from services.notify.push_devices.store import MongoPushDevices
from services.notify.push_notices import rules
from shared import events
from shared.consumers import Consumer
from shared.contracts import notify
from shared.encoding import to_msgpack

DURABLE = "notify-push"


def consumer(js: JetStreamContext, devices: MongoPushDevices) -> Consumer:
    """Make the consumer of a process; at its very first start it begins with what happens then."""

    async def handle(msg: Msg) -> None:
        event = events.decode(msg.data)
        for send in rules.notices(event, await devices.open_of(int(event.subject))):
            await js.publish(
                notify.WORK,
                to_msgpack(send),
                timeout=3,
                headers={"Nats-Msg-Id": send.id},
            )

    return Consumer(
        js=js,
        stream="EVENTS",
        durable=DURABLE,
        subjects=[f"events.{fact}" for fact in rules.FACTS],
        handle=handle,
        deliver=DeliverPolicy.NEW,
    )
