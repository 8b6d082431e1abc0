"""Fetching messages from JetStream."""

import asyncio

from nats.aio.msg import Msg
from nats.js import JetStreamContext


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


def heed_cancellation() -> None:
    """End a task that was told to end while it waited for nats-py.

    nats-py waits with `asyncio.wait_for`, which until Python 3.12 loses a cancellation that comes
    in the moment the wait is over (https://github.com/python/cpython/issues/86296).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
