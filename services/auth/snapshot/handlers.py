"""What can be asked about everybody."""

from msgspec.structs import asdict

from services.auth.lookups.store import MongoLookups
from shared.contract import Table
from shared.contracts import snapshot
from shared.outbox import Outbox


class SnapshotHandlers:
    """Shows all people to administrators."""

    def __init__(self, lookups: MongoLookups, outbox: Outbox) -> None:
        self._lookups, self._outbox = lookups, outbox

    async def read(self, ask: snapshot.ReadSnapshot) -> list[snapshot.PersonThere]:
        """Give a page of everybody who is there, by id.

        Numbers are read before what is shown, so that nothing a number stands for is missing there.
        """
        ids = await self._lookups.present(ask.after, ask.limit)
        numbers = await self._outbox.numbers([str(user_id) for user_id in ids])
        return [
            snapshot.PersonThere(**asdict(one), sequence=numbers.get(str(one.user_id), 0))
            for one in sorted(await self._lookups.read(ids), key=lambda one: one.user_id)
        ]

    def table(self) -> Table:
        """Which call is whose."""
        return {snapshot.read_snapshot: self.read}
