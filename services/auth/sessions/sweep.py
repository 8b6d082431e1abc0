"""Removing sessions of people who had left before their login was done.

An ordinary login is one insert (docs/decisions/0001), so nothing but the epoch in it says that the
account was closed meanwhile. The session is never good; this sees to it that it does not stay.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from services.auth.accounts.store import MongoAccounts
from services.auth.sessions.store import MongoSessions
from shared.cancellation import heed_cancellation
from shared.errors import AppError
from shared.mongo import PyMongoError
from shared.telemetry import logs

EVERY_SECONDS = 900
"""Time between two sweeps."""

LOOK_BACK = timedelta(hours=1)
"""How long before the last sweep somebody left whom one looks at again: logins are over by then."""

OLDEST = timedelta(days=31)
"""How long ago that may be for the first one: no session lasts longer."""

log = logs.logger("sessions")


async def sweep(accounts: MongoAccounts, sessions: MongoSessions, since: datetime) -> int:
    """Remove the sessions of all who have left since then; gives how many there were."""
    removed = 0
    async for user_ids in accounts.left_since(since):
        removed += await sessions.remove_all(user_ids)
    return removed


async def sweep_for_ever(accounts: MongoAccounts, sessions: MongoSessions) -> None:
    """Sweep now and then until cancelled; several instances may do so at once."""
    since = datetime.now(UTC) - OLDEST
    while True:
        heed_cancellation()
        began = datetime.now(UTC)
        try:
            if removed := await sweep(accounts, sessions, since):
                log.info("sessions.swept", removed=removed)
            since = began - LOOK_BACK
        except (AppError, PyMongoError) as error:
            log.warning("sessions.not_swept", error=repr(error))
        await asyncio.sleep(EVERY_SECONDS)
