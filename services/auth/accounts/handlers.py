"""What can be asked about accounts."""

import contextlib
from datetime import UTC, datetime

import msgspec

from services.auth.accounts import rules
from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.codes.proofs import Proofs
from services.auth.ids.store import Ids
from services.auth.passwords import rules as password_rules
from services.auth.passwords.hashing import Hash, Hasher
from services.auth.sessions.access import Access
from services.auth.sessions.beginning import Beginning
from services.auth.sessions.failures import Failures
from services.auth.sessions.handlers import by_address
from shared import addresses, texts
from shared.bus import Bus
from shared.contract import Event, Table
from shared.contracts import administration, auth, profile
from shared.errors import AppError
from shared.mongo import Mongo, Session
from shared.outbox import Outbox
from shared.telemetry import logs, metrics

NAME_TRIES = 6
"""Usernames tried for an account whose dialect gave none."""

PROFILE_SECONDS = 2.0
"""How long registration waits for the profile; it comes by event otherwise."""

log = logs.logger("accounts")


class AccountHandlers:
    """Makes accounts and looks them up."""

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        bus: Bus,
        ids: Ids,
        accounts: MongoAccounts,
        proofs: Proofs,
        hasher: Hasher,
        failures: Failures,
        beginning: Beginning,
        access: Access,
    ) -> None:
        self.mongo, self.outbox, self.bus, self.ids = mongo, outbox, bus, ids
        self.accounts, self.proofs, self.hasher = accounts, proofs, hasher
        self.failures, self.beginning, self.access = failures, beginning, access

    async def register(self, ask: auth.Register) -> auth.Registered:
        """Make an account of an address that is proved.

        The proof is used up only when the account is made or its address is taken. Of two
        registrations of one address at once, one is refused.
        """
        address = await self.proofs.look(ask.proof)
        wished = self._check_new(ask, address)
        if await self.accounts.find(**by_address(address)):
            await self.proofs.take(ask.proof)
            raise _taken(address)
        hashed = await self.hasher.hash(ask.password) if ask.password else None
        proved = await self.proofs.take(ask.proof)
        try:
            return await self._make(ask, address, wished, hashed)
        except (auth.PhoneTaken, auth.EmailTaken):
            raise
        except Exception:
            await proved.give_back()
            raise

    def _check_new(self, new: auth.NewAccount, address: str) -> str:
        """Refuse what an account cannot begin with, and give the username it is to have."""
        if new.nickname is not None:
            texts.check_nickname(new.nickname)
        if new.username is not None:
            rules.check_username(new.username)
        wished = new.username or rules.username_from(new.nickname or "")
        if new.password is not None:
            password_rules.check_new(new.password, about=(address, wished))
        return wished

    async def _make(
        self, ask: auth.Register, address: str, wished: str, hashed: Hash | None
    ) -> auth.Registered:
        user_id = await self.ids.one()
        nickname = ask.nickname or wished
        account = self._account(user_id, wished, address, hashed, ask.dialect)
        begun = await self._write_under_free_name(account, nickname, ask)
        self.outbox.nudge()
        metrics.SECURITY_EVENTS.labels("registered").inc()
        log.info("user_created", user_id=user_id, dialect=ask.dialect)
        await self._remember_network(address, ask.terms)
        await self._open_profile(user_id, nickname)
        return auth.Registered(user_id=user_id, session=begun)

    def _account(
        self, user_id: int, username: str, address: str, hashed: Hash | None, dialect: str
    ) -> StoredAccount:
        return StoredAccount(
            user_id=user_id,
            username=username,
            created_at=datetime.now(UTC),
            dialect=dialect,
            phone=None if "@" in address else address,
            email=address if "@" in address else None,
            password=hashed,
        )

    async def _write_under_free_name(
        self, account: StoredAccount, nickname: str, ask: auth.Register
    ) -> auth.Session | None:
        """Write the account; a username that the person did not choose gives way if taken."""
        for _ in range(NAME_TRIES):
            try:
                return await self._write(account, nickname, ask.terms)
            except auth.UsernameTaken:
                if ask.username:
                    raise
                another = rules.with_suffix(account.username)
                account = msgspec.structs.replace(account, username=another)
        raise auth.UsernameTaken()

    async def _write(
        self, account: StoredAccount, nickname: str, terms: auth.Terms | None
    ) -> auth.Session | None:
        """Commit the account, its event and its first session, or nothing."""

        async def work(session: Session) -> auth.Session | None:
            await self.accounts.insert(
                session,
                account,
                account.email and addresses.key(account.email),
                rules.username_key(account.username),
            )
            await self.outbox.record(
                session,
                auth.UserRegistered(
                    user_id=account.user_id,
                    username=account.username,
                    nickname=nickname,
                    dialect=account.dialect,
                ),
            )
            return await self.beginning.first(session, account, terms) if terms else None

        return await self.mongo.transact(work)

    async def _remember_network(self, address: str, terms: auth.Terms | None) -> None:
        """Take the network of the first session for the owner's; not worth a failure."""
        if terms:
            with contextlib.suppress(AppError):
                await self.failures.success(address, terms.ip)

    async def _open_profile(self, user_id: int, nickname: str) -> None:
        """Have the profile there for the next request; if that fails the event brings it."""
        try:
            await self.bus.ask(
                profile.open_profile,
                profile.OpenProfile(user_id=user_id, nickname=nickname),
                timeout=PROFILE_SECONDS,
            )
        except AppError as error:
            log.warning("profile.comes_later", user_id=user_id, error=error.code)

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


def _taken(address: str) -> AppError:
    return auth.EmailTaken() if "@" in address else auth.PhoneTaken()
