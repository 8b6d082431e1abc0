"""Removing now and then what was left behind."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.cancellation import heed_cancellation
from shared.errors import AppError
from shared.mongo import PyMongoError
from shared.telemetry import logs

EVERY_SECONDS = 900
"""Time between two sweeps."""

log = logs.logger("sweeping")


async def sweep_for_ever(what: str, sweep: Callable[[], Awaitable[int]]) -> None:
    """Sweep now and then until cancelled, whatever fails; `sweep` gives how many it removed.

    Several instances may do so at once.
    """
    while True:
        heed_cancellation()
        try:
            if removed := await sweep():
                log.info("sweep.done", what=what, removed=removed)
        except (AppError, PyMongoError) as error:
            log.warning("sweep.failed", what=what, error=repr(error))
        await asyncio.sleep(EVERY_SECONDS)
