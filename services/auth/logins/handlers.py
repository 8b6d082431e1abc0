"""Logging in with a password."""

import contextlib

from services.auth.accounts.rules import by_login
from services.auth.accounts.store import MongoAccounts
from services.auth.logins.attempts import Attempts, note_failure, note_success
from services.auth.passwords.hashing import Hasher
from services.auth.sessions.beginning import Beginning
from shared.contract import Table
from shared.contracts import accounts, logins, sessions
from shared.errors import AppError, Busy


class LoginHandlers:
    """Logs people in by passwords."""

    def __init__(
        self, accounts: MongoAccounts, hasher: Hasher, attempts: Attempts, beginning: Beginning
    ) -> None:
        self.accounts, self.hasher = accounts, hasher
        self.attempts, self.beginning = attempts, beginning

    async def log_in(self, ask: logins.LogIn) -> sessions.Session:
        """Begin a session for who knows the password of an account.

        The login may be a phone number, an e-mail address or a username. An unknown one and a wrong
        password are one refusal and take the same time. After ten failures from one network the
        account is closed to it for a while that rises. A disabled account says so only to who knows
        its password.
        """
        named = by_login(ask.login)
        [login] = named.values()
        account = await self.accounts.find(**named)
        known = account.password if account else None
        attempt = await self.attempts.begin(login, account, ask.terms.ip, ask.human_after)
        try:
            right = await self.hasher.verify(ask.password, known)
        except AppError:  # busy
            await attempt.forgive()
            raise
        if not right or account is None or known is None:
            note_failure(login, account, ask.terms, how="password")
            raise logins.WrongCredentials()
        logins_here = await attempt.success()
        if account.state != accounts.State.ACTIVE:
            note_failure(login, account, ask.terms, how="password", why=account.state)
            raise accounts.AccountDisabled()
        if self.hasher.outdated(known):
            with contextlib.suppress(Busy):  # another login will do it
                better = await self.hasher.hash(ask.password)
                await self.accounts.rehash(account.user_id, known, better)
        begun = await self.beginning.begin(account, ask.terms, logins_here)
        note_success(account, ask.terms, how="password")
        return begun

    def table(self) -> Table:
        """Which call is whose."""
        return {logins.log_in: self.log_in}
