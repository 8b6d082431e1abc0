"""What can be asked about accounts."""

from services.auth.accounts.making import Making
from services.auth.accounts.store import MongoAccounts
from services.auth.accounts.views import shown
from services.auth.codes.proofs import Proofs
from services.auth.sessions.logins import by_address
from services.auth.sessions.store import MongoSessions
from shared import addresses
from shared.contract import Table
from shared.contracts import auth


class AccountHandlers:
    """Makes accounts and looks them up."""

    def __init__(
        self, accounts: MongoAccounts, sessions: MongoSessions, proofs: Proofs, making: Making
    ) -> None:
        self.accounts, self.sessions = accounts, sessions
        self.proofs, self.making = proofs, making

    async def register(self, ask: auth.Register) -> auth.Registered:
        """Make an account of an address that is proved.

        The proof is used up only when the account is made or its address is taken. Of two
        registrations of one address at once, one is refused.
        """
        address = await self.proofs.look(ask.proof)
        if await self.accounts.find(**by_address(address)):
            await self.proofs.take(ask.proof)
            raise auth.EmailTaken() if "@" in address else auth.PhoneTaken()
        plan = await self.making.plan(ask, address, ask.dialect)
        proved = await self.proofs.take(ask.proof)
        try:
            ip = ask.proof.ip if isinstance(ask.proof, auth.ByCode) else ""
            return await self.making.make(plan, ask.terms, ip)
        except (auth.PhoneTaken, auth.EmailTaken):
            raise
        except Exception:
            await proved.give_back()
            raise

    async def check_address(self, ask: auth.ByAddress) -> auth.Availability:
        """Tell whether an address may register (sealtalk documents that it tells)."""
        found = await self.accounts.find(**by_address(addresses.key(ask.address)))
        return auth.Availability(available=found is None)

    async def find_by_address(self, ask: auth.ByAddress) -> auth.Found:
        """Tell whose address it is; a disabled person is not found."""
        found = await self.accounts.find(**by_address(addresses.key(ask.address)))
        if found is None or found.state != auth.State.ACTIVE:
            raise auth.NoSuchAccount()
        return auth.Found(user_id=found.user_id)

    async def read(self, ask: auth.ByUser) -> auth.Account:
        """Show an account to its owner."""
        found = await self.accounts.find(user_id=ask.user_id)
        if found is None or found.state in (auth.State.DELETING, auth.State.DELETED):
            raise auth.NoSuchAccount()
        return shown(found, await self.sessions.last_began(ask.user_id))

    async def read_phones(self, ask: auth.ReadPhones) -> list[auth.PhoneOf]:
        """Give phone numbers to a dialect that shows them between friends.

        Who asks must know that they are friends. Nobody disabled or leaving is among the answers.
        """
        phones = await self.accounts.phones(ask.user_ids)
        return [auth.PhoneOf(user_id=one, phone=phone) for one, phone in phones.items()]

    def table(self) -> Table:
        """Which call is whose."""
        return {
            auth.register: self.register,
            auth.check_address: self.check_address,
            auth.find_by_address: self.find_by_address,
            auth.read_account: self.read,
            auth.read_phones: self.read_phones,
        }
