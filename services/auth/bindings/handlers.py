"""What can be asked about one's own addresses."""

from services.auth.accounts.rules import by_address
from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.bindings import rules
from services.auth.codes.proofs import Proofs
from services.auth.logins.failures import Counted, Failures
from services.auth.notices.handlers import Notices
from services.auth.passwords.hashing import Hasher
from shared.contract import Table
from shared.contracts import accounts, bindings, codes, passwords
from shared.errors import Busy
from shared.mongo import Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("bindings")


class BindingHandlers:
    """Binds addresses to accounts and takes them away."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        proofs: Proofs,
        hasher: Hasher,
        failures: Failures,
        notices: Notices,
    ) -> None:
        self.outbox, self.accounts, self.proofs = outbox, accounts, proofs
        self.hasher, self.failures, self.notices = hasher, failures, notices

    async def bind(self, ask: bindings.BindAddress) -> None:
        """Have another address of the caller's own, which a code to it proves.

        The code is used up when the address is bound, or turns out to be somebody else's. The
        address before it is told, or else the one that the account had; and where notices go now.
        """
        address = await self.proofs.look(ask.proof)
        account = await self._active(ask.user_id)
        kind = rules.kind_of(address)
        before = rules.bound(account, kind)
        rules.check_expected(before, ask.expects)
        proved = await self.proofs.take(ask.proof)
        if before == address:
            return
        if await self.accounts.find(**by_address(address)):
            raise rules.taken(kind)
        how = "replaced" if before else "bound"
        try:
            done = await self._change(account, kind, before, address, how)
        except (accounts.PhoneTaken, accounts.EmailTaken):
            raise
        except Exception:
            await proved.give_back()
            raise
        if not done:  # another was bound meanwhile, or the account closed
            await proved.give_back()
            await self._active(ask.user_id)
            raise bindings.AlreadyBound()

    async def unbind(self, ask: bindings.UnbindAddress) -> None:
        """Take one of the caller's addresses away, proved by password and a code to it.

        Never the last one. The address that goes is told, and the one that stays.
        """
        account = await self._active(ask.user_id)
        before = rules.bound(account, ask.kind)
        if before is None:
            raise bindings.NothingBound()
        if rules.bound(account, rules.other(ask.kind)) is None:
            raise bindings.LastAddress()
        await self._check_password(account, ask)
        if await self.proofs.look(ask.proof) != before:
            raise codes.WrongCode()
        proved = await self.proofs.take(ask.proof)
        try:
            done = await self._change(account, ask.kind, before, None, "unbound")
        except Exception:
            await proved.give_back()
            raise
        if not done:  # the other one went meanwhile, or this one did, or the account
            await proved.give_back()
            await self._active(ask.user_id)
            raise bindings.LastAddress()

    async def _active(self, user_id: int) -> StoredAccount:
        account = await self.accounts.find(user_id=user_id)
        if account is None or account.state != accounts.State.ACTIVE:
            raise accounts.NoSuchAccount()
        return account

    async def _check_password(self, account: StoredAccount, ask: bindings.UnbindAddress) -> None:
        who = Counted(f"user:{account.user_id}")
        await self.failures.attempt(who, ask.ip)
        try:
            right = await self.hasher.verify(ask.password, account.password)
        except Busy:
            await self.failures.forgive(who, ask.ip)
            raise
        if not right:
            log.info("authn_unbind_fail", user_id=account.user_id)
            raise passwords.WrongPassword()
        await self.failures.success(who, ask.ip)

    async def _change(
        self,
        account: StoredAccount,
        kind: bindings.AddressKind,
        before: str | None,
        after: str | None,
        how: str,
    ) -> bool:
        """Commit the change with its event and notice; false if it came too late."""

        async def work(session: Session) -> bool:
            if not await self.accounts.set_address(session, account.user_id, kind, before, after):
                return False
            event = bindings.AddressChanged(user_id=account.user_id, kind=kind, how=how)
            await self.outbox.record(session, event)
            await self.notices.record_address(session, account, before, after)
            return True

        done = await self.outbox.transact(work)
        if done:
            log.info("authn_address_change", user_id=account.user_id, kind=kind, how=how)
        return done

    def table(self) -> Table:
        """Which call is whose."""
        return {bindings.bind_address: self.bind, bindings.unbind_address: self.unbind}
