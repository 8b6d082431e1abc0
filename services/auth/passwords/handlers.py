"""What can be asked about passwords."""

from services.auth.accounts.rules import by_address
from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.codes.proofs import Proofs
from services.auth.logins.attempts import is_administrator, remember_network
from services.auth.logins.failures import Counted, Failures
from services.auth.notices.handlers import Notices
from services.auth.passwords import rules
from services.auth.passwords.hashing import Hash, Hasher
from services.auth.sessions.access import Access
from shared.contract import Table
from shared.contracts import accounts, passwords
from shared.errors import Busy
from shared.mongo import Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("passwords")


class PasswordHandlers:
    """Changes passwords."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        proofs: Proofs,
        hasher: Hasher,
        failures: Failures,
        notices: Notices,
        access: Access,
    ) -> None:
        self.outbox, self.accounts, self.proofs = outbox, accounts, proofs
        self.hasher, self.failures = hasher, failures
        self.notices, self.access = notices, access

    async def change(self, ask: passwords.ChangePassword) -> None:
        """Change one's own password, knowing the present one; one's other sessions end."""
        account = await self.accounts.find(user_id=ask.user_id)
        if account is None or account.state != accounts.State.ACTIVE:
            raise accounts.NoSuchAccount()
        who = Counted(f"user:{ask.user_id}")
        await self.failures.attempt(who, ask.ip)
        try:
            right = await self._knows(account, ask.present)
        except Busy:
            await self.failures.forgive(who, ask.ip)
            raise
        if not right:
            log.info("authn_password_change_fail", user_id=ask.user_id)
            raise passwords.WrongPassword()
        await self.failures.success(who, ask.ip)
        rules.check_new(ask.new, about=_names(account), administrator=is_administrator(account))
        hashed = await self.hasher.hash(ask.new)
        changed = await self._set(account, account.epoch, hashed, "changed", ask.session_id)
        if changed is None:
            raise passwords.WrongPassword()
        await remember_network(self.failures, changed, ask.ip)

    async def reset(self, ask: passwords.ResetPassword) -> None:
        """Set a password for the owner of a proved address; all sessions end.

        The proof is used up even if nobody has the address, so that a code tells it once. It is
        kept when the password cannot be set at the moment.
        """
        address = await self.proofs.look(ask.proof, must_be_begun=ask.must_be_begun)
        account = await self.accounts.find(**by_address(address))
        rules.check_new(
            ask.new,
            about=(address, *(_names(account) if account else ())),
            administrator=is_administrator(account),
        )
        hashed = await self.hasher.hash(ask.new)
        proved = await self.proofs.take(ask.proof, must_be_begun=ask.must_be_begun)
        if account is None:
            raise accounts.NoSuchAccount()
        try:
            changed = await self._set(account, None, hashed, "reset", None)
        except Exception:
            await proved.give_back()
            raise
        if changed:
            await remember_network(self.failures, changed, ask.ip)

    async def _knows(self, account: StoredAccount, present: str | None) -> bool:
        """Tell whether this is the account's password, or that it has none and none is given."""
        if account.password is None and present is None:
            return True
        return await self.hasher.verify(present or "", account.password)

    async def _set(
        self, account: StoredAccount, epoch: int | None, hashed: Hash, how: str, kept: str | None
    ) -> StoredAccount | None:
        """Commit the change, its event and the end of sessions; nothing if it came too late."""

        async def work(session: Session) -> StoredAccount | None:
            changed = await self.accounts.set_password(
                session, account.user_id, epoch, hashed, kept
            )
            if changed:
                event = passwords.PasswordChanged(
                    user_id=account.user_id, how=how, kept_session_id=kept
                )
                await self.outbox.record(session, event)
                await self.notices.record(session, account, "password_changed")
            return changed

        changed = await self.outbox.transact(work)
        if changed:
            await self.access.tell_account(changed)
            log.info("authn_password_change", user_id=account.user_id, how=how)
        return changed

    def table(self) -> Table:
        """Which call is whose."""
        return {passwords.change_password: self.change, passwords.reset_password: self.reset}


def _names(account: StoredAccount) -> tuple[str, ...]:
    return tuple(name for name in (account.username, account.phone, account.email) if name)
