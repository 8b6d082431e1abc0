"""What can be asked about ids."""

from services.auth.ids.store import Ids
from shared.contract import Table
from shared.contracts import ids


class IdHandlers:
    """Gives other services ids of the one sequence."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids

    async def take(self, ask: ids.TakeIds) -> ids.IdBlock:
        """Give a block of ids; for services that make groups and bots."""
        return ids.IdBlock(first=await self.ids.block(ask.count), count=ask.count)

    def table(self) -> Table:
        """Which call is whose."""
        return {ids.take_ids: self.take}
