"""What can be asked about passwords."""

from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.codes.store import RedisCodes
from services.auth.passwords import rules
from services.auth.passwords.hashing import Hash, Hasher
from services.auth.sessions.access import Access
from services.auth.sessions.failures import Failures
from services.auth.sessions.handlers import by_address
from shared.contract import Table
from shared.contracts import auth
from shared.mongo import Mongo, Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("passwords")


class PasswordHandlers:
    """Changes passwords."""

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        accounts: MongoAccounts,
        codes: RedisCodes,
        hasher: Hasher,
        failures: Failures,
        access: Access,
    ) -> None:
        self.mongo, self.outbox, self.accounts, self.codes = mongo, outbox, accounts, codes
        self.hasher, self.failures, self.access = hasher, failures, access

    async def change(self, ask: auth.ChangePassword) -> None:
        """Change one's own password, knowing the present one; one's other sessions end."""
        account = await self.accounts.find(user_id=ask.user_id)
        if account is None or account.state != auth.State.ACTIVE:
            raise auth.NoSuchAccount()
        who = f"user:{ask.user_id}"
        await self.failures.attempt(who, ask.ip)
        if not await self.hasher.verify(ask.present, account.password):
            log.info("authn_password_change_fail", user_id=ask.user_id)
            raise auth.WrongPassword()
        await self.failures.success(who, ask.ip)
        rules.check_new(ask.new, about=_names(account))
        await self._set(account, account.password, ask.new, "changed", ask.session_id)

    async def reset(self, ask: auth.ResetPassword) -> None:
        """Set a password with a verified address; all sessions end.

        If no account has the address nothing changes and nothing tells: the token is used up.
        """
        verified = await self.codes.read_token(ask.verification, ask.purpose)
        if verified is None:
            raise auth.UnknownVerification()
        account = await self.accounts.find(**by_address(verified.address))
        rules.check_new(ask.new, about=(verified.address,))
        if await self.codes.take_token(ask.verification, ask.purpose) is None:
            raise auth.UnknownVerification()
        if account is None:
            await self.hasher.hash(ask.new)
            return
        await self._set(account, None, ask.new, "reset", None)

    async def _set(
        self, account: StoredAccount, known: Hash | None, new: str, how: str, kept: str | None
    ) -> None:
        hashed = await self.hasher.hash(new)

        async def work(session: Session) -> StoredAccount:
            changed = await self.accounts.set_password(
                session, account.user_id, known, hashed, kept
            )
            if changed is None:
                raise auth.WrongPassword()
            await self.outbox.record(
                session,
                auth.PasswordChanged(user_id=account.user_id, how=how, kept_session_id=kept),
            )
            return changed

        changed = await self.mongo.transact(work)
        self.outbox.nudge()
        await self.access.tell_account(changed)
        log.info("authn_password_change", user_id=account.user_id, how=how)

    def table(self) -> Table:
        """Which call is whose."""
        return {auth.change_password: self.change, auth.reset_password: self.reset}


def _names(account: StoredAccount) -> tuple[str, ...]:
    return tuple(name for name in (account.username, account.phone, account.email) if name)
