"""What can be asked about ids."""

from services.auth.ids.store import Ids
from shared.contract import Table
from shared.contracts import auth


class IdHandlers:
    """Gives other services ids of the one sequence."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids

    async def take(self, ask: auth.TakeIds) -> auth.IdBlock:
        """Give a block of ids; for services that make groups and bots."""
        return auth.IdBlock(first=await self.ids.block(ask.count), count=ask.count)

    def table(self) -> Table:
        """Which call is whose."""
        return {auth.take_ids: self.take}
