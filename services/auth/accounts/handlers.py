"""What can be asked about accounts."""

from services.auth.accounts.making import Making
from services.auth.accounts.store import MongoAccounts
from services.auth.accounts.views import shown
from services.auth.codes.proofs import Proofs
from services.auth.sessions.logins import by_address
from services.auth.sessions.store import MongoSessions
from shared import addresses
from shared.contract import Table
from shared.contracts import accounts, codes, registration


class AccountHandlers:
    """Makes accounts and looks them up."""

    def __init__(
        self, accounts: MongoAccounts, sessions: MongoSessions, proofs: Proofs, making: Making
    ) -> None:
        self.accounts, self.sessions = accounts, sessions
        self.proofs, self.making = proofs, making

    async def register(self, ask: registration.Register) -> registration.Registered:
        """Make an account of an address that is proved.

        The proof is used up only when the account is made or its address is taken. Of two
        registrations of one address at once, one is refused.
        """
        address = await self.proofs.look(ask.proof)
        if await self.accounts.find(**by_address(address)):
            await self.proofs.take(ask.proof)
            raise accounts.EmailTaken() if "@" in address else accounts.PhoneTaken()
        plan = await self.making.plan(ask, address, ask.dialect)
        proved = await self.proofs.take(ask.proof)
        try:
            ip = ask.proof.ip if isinstance(ask.proof, codes.ByCode) else ""
            return await self.making.make(plan, ask.terms, ip)
        except (accounts.PhoneTaken, accounts.EmailTaken):
            raise
        except Exception:
            await proved.give_back()
            raise

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

    def table(self) -> Table:
        """Which call is whose."""
        return {
            registration.register: self.register,
            accounts.check_address: self.check_address,
            accounts.find_by_address: self.find_by_address,
            accounts.read_account: self.read,
            accounts.read_phones: self.read_phones,
        }
