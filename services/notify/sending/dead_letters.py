"""Dead letters of an erased person: they hold address and text, so they go as well.

A letter that was meant for somebody says so in its subject: however many there are of others, one
order to the server removes theirs.
"""

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.notify.sending import rules
from services.notify.sending.rules import Hopeless

STREAM = "DEAD_LETTERS"


def subject(durable: str, msg: Msg) -> str:
    """Give where a message of this consumer goes that is given up."""
    try:
        owner = rules.read(msg.data).user_id
    except Hopeless:
        owner = None
    return f"dead.{durable}" if owner is None else _of(durable, owner)


async def forget(js: JetStreamContext, durable: str, user_id: int) -> None:
    """Remove every dead letter of this consumer that was meant for a person."""
    await js.purge_stream(STREAM, subject=_of(durable, user_id))


def _of(durable: str, user_id: int) -> str:
    return f"dead.{durable}.{user_id}"
