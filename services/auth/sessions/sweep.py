"""Removing sessions of people who had left before their login was done.

An ordinary login is one insert (docs/decisions/0001), so nothing but the epoch in it says that the
account was closed meanwhile. The session is never good; this sees to it that it does not stay.
"""

from datetime import UTC, datetime, timedelta

from services.auth.accounts.store import MongoAccounts
from services.auth.sessions.store import MongoSessions

LOOK_BACK = timedelta(hours=1)
"""How long before the last sweep somebody left whom one looks at again: logins are over by then."""

OLDEST = timedelta(days=31)
"""How long ago that may be for the first one: no session lasts longer."""


async def sweep(accounts: MongoAccounts, sessions: MongoSessions, since: datetime) -> int:
    """Remove the sessions of all who have left since then; gives how many there were."""
    removed = 0
    async for user_ids in accounts.left_since(since):
        removed += await sessions.remove_all(user_ids)
    return removed


class Sweep:
    """Does that for those who left since the last time, and at first for all that matter."""

    def __init__(self, accounts: MongoAccounts, sessions: MongoSessions) -> None:
        self._accounts, self._sessions = accounts, sessions
        self._since = datetime.now(UTC) - OLDEST

    async def run(self) -> int:
        """Remove what is there, and give how many sessions that were."""
        began = datetime.now(UTC)
        removed = await sweep(self._accounts, self._sessions, self._since)
        self._since = began - LOOK_BACK
        return removed
