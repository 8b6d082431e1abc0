"""Fetching messages from JetStream."""

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from shared.cancellation import heed_cancellation


async def fetch(
    subscription: JetStreamContext.PullSubscription, most: int, seconds: float = 1.0
) -> list[Msg]:
    """Give the messages that come within so many seconds, or none."""
    try:
        batch = await subscription.fetch(most, timeout=seconds)
    except TimeoutError:
        batch = []
    heed_cancellation()
    return batch
