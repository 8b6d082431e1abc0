"""What can be asked about accounts by anyone."""

from services.auth.accounts.naming import Naming
from services.auth.accounts.store import MongoAccounts
from services.auth.lookups.store import MongoLookups
from services.auth.sessions.logins import by_login
from shared.contract import Table
from shared.contracts import accounts, lookups
from shared.mongo import Mongo, Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("accounts")


class LookupHandlers:
    """Finds accounts, and lets people change what they are found by."""

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        stored: MongoAccounts,
        lookups: MongoLookups,
        naming: Naming,
    ) -> None:
        self.mongo, self.outbox, self.stored = mongo, outbox, stored
        self.lookups, self.naming = lookups, naming

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

    async def change_username(self, ask: accounts.ChangeUsername) -> None:
        """Give the caller another username, unless somebody has it or it is reserved."""
        account = await self.stored.find(user_id=ask.user_id)
        if account is None or account.state != accounts.State.ACTIVE:
            raise accounts.NoSuchAccount()
        self.naming.check(ask.username, account)

        async def work(session: Session) -> None:
            await self.naming.change(session, account, ask.username)

        await self.mongo.transact(work)
        self.outbox.nudge()
        log.info("user_renamed", user_id=ask.user_id)

    def table(self) -> Table:
        """Which call is whose."""
        return {
            lookups.find_account: self.find,
            lookups.read_accounts: self.read,
            lookups.list_accounts: self.list,
            accounts.change_username: self.change_username,
        }
