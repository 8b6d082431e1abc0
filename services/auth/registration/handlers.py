"""What can be asked by who has no account yet."""

from services.auth.accounts.rules import by_address
from services.auth.accounts.store import MongoAccounts
from services.auth.codes.proofs import Proofs
from services.auth.registration.making import Making
from shared.contract import Table
from shared.contracts import accounts, codes, registration


class RegistrationHandlers:
    """Makes accounts."""

    def __init__(self, accounts: MongoAccounts, proofs: Proofs, making: Making) -> None:
        self.accounts, self.proofs, self.making = accounts, proofs, making

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

    def table(self) -> Table:
        """Which call is whose."""
        return {registration.register: self.register}
