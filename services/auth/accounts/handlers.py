"""What can be asked about accounts."""

from services.auth.accounts.naming import Naming
from services.auth.accounts.rules import by_address
from services.auth.accounts.store import MongoAccounts
from services.auth.accounts.views import shown
from services.auth.sessions.store import MongoSessions
from shared import addresses
from shared.contract import Table
from shared.contracts import accounts
from shared.mongo import Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("accounts")


class AccountHandlers:
    """Shows accounts to their owners, and lets them change their names."""

    def __init__(
        self, outbox: Outbox, accounts: MongoAccounts, sessions: MongoSessions, naming: Naming
    ) -> None:
        self.outbox, self.accounts = outbox, accounts
        self.sessions, self.naming = sessions, naming

    async def check_address(self, ask: accounts.ByAddress) -> accounts.Availability:
        """Tell whether an address may register (sealtalk documents that it tells)."""
        found = await self.accounts.find(**by_address(addresses.key(ask.address)))
        return accounts.Availability(available=found is None)

    async def find_by_address(self, ask: accounts.ByAddress) -> accounts.Found:
        """Tell whose address it is; a disabled person is not found."""
        found = await self.accounts.find(**by_address(addresses.key(ask.address)))
        if found is None or found.state != accounts.State.ACTIVE:
            raise accounts.NoSuchAccount()
        return accounts.Found(user_id=found.user_id)

    async def read(self, ask: accounts.ByUser) -> accounts.Account:
        """Show an account to its owner."""
        found = await self.accounts.find(user_id=ask.user_id)
        if found is None or found.state in (accounts.State.DELETING, accounts.State.DELETED):
            raise accounts.NoSuchAccount()
        return shown(found, await self.sessions.last_began(ask.user_id))

    async def read_phones(self, ask: accounts.ReadPhones) -> list[accounts.PhoneOf]:
        """Give phone numbers to a dialect that shows them between friends.

        Who asks must know that they are friends. Nobody disabled or leaving is among the answers.
        """
        phones = await self.accounts.phones(ask.user_ids)
        return [accounts.PhoneOf(user_id=one, phone=phone) for one, phone in phones.items()]

    async def change_username(self, ask: accounts.ChangeUsername) -> None:
        """Give the caller another username, unless somebody has it or it is reserved."""
        account = await self.accounts.find(user_id=ask.user_id)
        if account is None or account.state != accounts.State.ACTIVE:
            raise accounts.NoSuchAccount()
        self.naming.check(ask.username, account)

        async def work(session: Session) -> None:
            await self.naming.change(session, account, ask.username)

        await self.outbox.transact(work)
        log.info("user_renamed", user_id=ask.user_id)

    def table(self) -> Table:
        """Which call is whose."""
        return {
            accounts.check_address: self.check_address,
            accounts.find_by_address: self.find_by_address,
            accounts.read_account: self.read,
            accounts.read_phones: self.read_phones,
            accounts.change_username: self.change_username,
        }
