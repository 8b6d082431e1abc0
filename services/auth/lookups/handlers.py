"""What can be asked about accounts by anyone."""

from services.auth.accounts.rules import by_login
from services.auth.lookups.store import MongoLookups
from shared.contract import Table
from shared.contracts import accounts, lookups


class LookupHandlers:
    """Finds accounts."""

    def __init__(self, lookups: MongoLookups) -> None:
        self.lookups = lookups

    async def find(self, ask: lookups.FindAccount) -> lookups.PublicAccount:
        """Tell whose login this is; a disabled person is found, one who left is not."""
        found = await self.lookups.find(**by_login(ask.login))
        if found is None:
            raise accounts.NoSuchAccount()
        return found

    async def read(self, ask: lookups.ReadAccounts) -> list[lookups.PublicAccount]:
        """Give many accounts at once."""
        return await self.lookups.read(ask.user_ids)

    async def list(self, ask: lookups.ListAccounts) -> list[lookups.PublicAccount]:
        """Give a page of accounts, narrowed by what is asked for."""
        return await self.lookups.list(ask)

    def table(self) -> Table:
        """Which call is whose."""
        return {
            lookups.find_account: self.find,
            lookups.read_accounts: self.read,
            lookups.list_accounts: self.list,
        }
