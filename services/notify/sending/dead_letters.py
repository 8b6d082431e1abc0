"""Dead letters of an erased person: they hold address and text, so they go as well."""

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.notify.sending import rules
from services.notify.sending.rules import Hopeless

STREAM = "DEAD_LETTERS"


async def forget(js: JetStreamContext, durable: str, user_id: int) -> None:
    """Remove every dead letter of this consumer that was meant for a person.

    Reads all of this consumer's dead letters, one by one: they are few, and erasing is rare.
    """
    subject, sequence = f"dead.{durable}", 1
    while True:
        try:
            letter = await js.get_msg(STREAM, seq=sequence, subject=subject, next=True)
        except NotFoundError:
            return
        place = letter.seq or sequence
        if _owner(letter.data or b"") == user_id:
            await js.delete_msg(STREAM, place)
        sequence = place + 1


def _owner(body: bytes) -> int | None:
    try:
        return rules.read(body).user_id
    except Hopeless:
        return None
