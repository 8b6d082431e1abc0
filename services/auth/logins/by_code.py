"""Logging in with a code that was sent to an address."""

from services.auth.accounts.rules import by_address
from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.codes.proofs import Proofs
from services.auth.logins.attempts import (
    Attempt,
    Attempts,
    counted_as,
    note_failure,
    note_success,
)
from services.auth.registration.making import Making
from services.auth.sessions.beginning import Beginning
from shared import addresses
from shared.contract import Table
from shared.contracts import accounts, codes, logins, sessions
from shared.errors import AppError


class CodeLoginHandlers:
    """Logs people in by codes, and makes accounts for newcomers where a dialect does."""

    def __init__(
        self,
        accounts: MongoAccounts,
        proofs: Proofs,
        attempts: Attempts,
        making: Making,
        beginning: Beginning,
    ) -> None:
        self.accounts, self.proofs, self.attempts = accounts, proofs, attempts
        self.making, self.beginning = making, beginning

    async def log_in(self, ask: logins.LogInByCode) -> logins.Entered:
        """Begin a session for who shows the code that was sent to an address.

        Whether there is an account is told only to who shows the right code. The code is used up by
        a session, by a new account, and by any answer about the account.
        """
        address = addresses.key(ask.address)
        proof = codes.ByCode(address=address, code=ask.code, purpose=ask.purpose, ip=ask.terms.ip)
        account = await self.accounts.find(**by_address(address))
        who = counted_as(account, address)
        attempt = Attempt(self.attempts, address, who, ask.terms.ip, ask.human_after)
        await attempt.admit()
        try:
            await self.proofs.look(proof)
        except (codes.WrongCode, codes.ExpiredCode):
            note_failure(address, account, ask.terms, how="code")
            raise
        except AppError:
            await attempt.unadmit()
            raise
        if account is None:
            return await self._enter_anew(ask, proof, attempt)
        return logins.Entered(session=await self._enter(account, ask.terms, proof, attempt))

    async def _enter(
        self, account: StoredAccount, terms: sessions.Terms, proof: codes.ByCode, attempt: Attempt
    ) -> sessions.Session:
        proved = await self.proofs.take(proof)
        logins_here = await attempt.proved()
        if account.state != accounts.State.ACTIVE:
            note_failure(proof.address, account, terms, how="code", why=account.state)
            raise accounts.AccountDisabled()
        try:
            return await self._begin(account, terms, logins_here)
        except Exception:
            await proved.give_back()
            raise

    async def _begin(
        self, account: StoredAccount, terms: sessions.Terms, logins_here: int
    ) -> sessions.Session:
        begun = await self.beginning.begin(account, terms, logins_here)
        note_success(account, terms, how="code")
        return begun

    async def _enter_anew(
        self, ask: logins.LogInByCode, proof: codes.ByCode, attempt: Attempt
    ) -> logins.Entered:
        """Make an account for a newcomer, or say that there is none."""
        if ask.create is None:
            await self.proofs.take(proof)
            await attempt.unadmit()
            raise accounts.NoSuchAccount()
        plan = await self.making.plan(ask.create, proof.address, ask.terms.dialect)
        proved = await self.proofs.take(proof)
        try:
            made = await self.making.make(plan, ask.terms)
        except (accounts.PhoneTaken, accounts.EmailTaken):
            # Made meanwhile, through another dialect.
            account = await self.accounts.find(**by_address(proof.address))
            if account is None or account.state != accounts.State.ACTIVE:
                raise accounts.AccountDisabled() from None
            return logins.Entered(session=await self._begin(account, ask.terms, logins_here=1))
        except Exception:
            await proved.give_back()
            raise
        await attempt.unadmit()
        assert made.session is not None
        return logins.Entered(session=made.session, created=True)

    def table(self) -> Table:
        """Which call is whose."""
        return {logins.log_in_by_code: self.log_in}
