"""What can be asked about accounts."""

from services.auth.accounts.making import Making
from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.codes.proofs import Proofs
from services.auth.sessions.access import Access
from services.auth.sessions.logins import by_address
from shared import addresses
from shared.contract import Event, Table
from shared.contracts import administration, auth
from shared.mongo import Mongo, Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("accounts")


class AccountHandlers:
    """Makes accounts and looks them up."""

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        accounts: MongoAccounts,
        proofs: Proofs,
        making: Making,
        access: Access,
    ) -> None:
        self.mongo, self.outbox, self.accounts = mongo, outbox, accounts
        self.proofs, self.making, self.access = proofs, making, access

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
            return await self.making.make(plan, ask.terms)
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
        return auth.Account(
            user_id=found.user_id,
            username=found.username,
            created_at=found.created_at,
            phone=found.phone,
            email=found.email,
            role=auth.Role(found.role),
            state=auth.State(found.state),
            has_password=found.password is not None,
        )

    async def read_phones(self, ask: auth.ReadPhones) -> list[auth.PhoneOf]:
        """Give phone numbers to a dialect that shows them between friends.

        Who asks must know that they are friends. Nobody disabled or leaving is among the answers.
        """
        phones = await self.accounts.phones(ask.user_ids)
        return [auth.PhoneOf(user_id=one, phone=phone) for one, phone in phones.items()]

    async def set_role(self, ask: administration.SetRole) -> None:
        """Give a person another role; for administration, at once at every gateway."""

        async def work(session: Session) -> StoredAccount:
            changed = await self.accounts.set_role(session, ask.user_id, ask.role)
            return await self._record(
                session, changed, auth.RoleChanged(user_id=ask.user_id, role=ask.role)
            )

        await self._tell(await self.mongo.transact(work))

    async def set_disabled(self, ask: administration.SetDisabled) -> None:
        """Lock a person out, which ends all sessions, or let them in; twice changes nothing."""
        old, new = auth.State.ACTIVE, auth.State.DISABLED
        if not ask.disabled:
            old, new = new, old
        event = auth.UserDisabled if ask.disabled else auth.UserEnabled

        async def work(session: Session) -> StoredAccount | None:
            changed = await self.accounts.set_state(session, ask.user_id, old, new)
            if changed is None:
                return await self.accounts.find_in(session, user_id=ask.user_id)
            return await self._record(session, changed, event(user_id=ask.user_id))

        account = await self.mongo.transact(work)
        if account is None or account.state != new:
            raise auth.NoSuchAccount()
        await self._tell(account)

    async def _record(
        self, session: Session, changed: StoredAccount | None, event: Event
    ) -> StoredAccount:
        if changed is None:
            raise auth.NoSuchAccount()
        await self.outbox.record(session, event)
        return changed

    async def _tell(self, account: StoredAccount) -> None:
        self.outbox.nudge()
        await self.access.tell_account(account)
        log.info("authz_account_changed", user_id=account.user_id, state=account.state)

    def table(self) -> Table:
        """Which call is whose."""
        return {
            auth.register: self.register,
            auth.check_address: self.check_address,
            auth.find_by_address: self.find_by_address,
            auth.read_account: self.read,
            auth.read_phones: self.read_phones,
            administration.set_role: self.set_role,
            administration.set_disabled: self.set_disabled,
        }
