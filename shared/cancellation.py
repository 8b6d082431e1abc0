"""Ending tasks that were told to end."""

import asyncio


def heed_cancellation() -> None:
    """End a task that was told to end while it waited: for every loop that runs until then.

    nats-py and PyMongo wait with `asyncio.wait_for`, which until Python 3.12 loses a cancellation
    that comes in the moment the wait is over (https://github.com/python/cpython/issues/86296).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
