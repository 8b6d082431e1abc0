"""What can be asked about everybody."""

from services.auth.lookups.store import MongoLookups
from shared.contract import Table
from shared.contracts import snapshot
from shared.contracts.lookups import PublicAccount


class SnapshotHandlers:
    """Shows all people to administrators."""

    def __init__(self, lookups: MongoLookups) -> None:
        self._lookups = lookups

    async def read(self, ask: snapshot.ReadSnapshot) -> list[PublicAccount]:
        """Give a page of everybody who is there, by id."""
        return await self._lookups.present(ask.after, ask.limit)

    def table(self) -> Table:
        """Which call is whose."""
        return {snapshot.read_snapshot: self.read}
