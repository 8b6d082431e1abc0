"""What administrators can ask."""

from services.auth.accounts.naming import Naming
from services.auth.accounts.rules import username_key
from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.accounts.views import shown
from services.auth.administration.acting import Acting
from services.auth.administration.store import MongoRegister
from services.auth.deletion.closing import Closing
from services.auth.notices.handlers import Notices
from services.auth.sessions.access import Access
from shared import addresses
from shared.contract import Event, Table
from shared.contracts import accounts, administration, bindings
from shared.errors import InvalidAddress
from shared.mongo import Session
from shared.outbox import Outbox


class AdministrationHandlers:
    """Lets administrators see and change accounts."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        register: MongoRegister,
        acting: Acting,
        naming: Naming,
        closing: Closing,
        notices: Notices,
        access: Access,
    ) -> None:
        self.outbox, self.accounts = outbox, accounts
        self.register, self.acting, self.naming = register, acting, naming
        self.closing, self.notices, self.access = closing, notices, access

    async def list(self, ask: administration.ListPeople) -> administration.People:
        """Give a page of all accounts, with their number."""
        total = await self.register.total()
        found = await self.register.page(ask.skip, ask.limit) if ask.skip < total else []
        return administration.People(total=total, accounts=[shown(one) for one in found])

    async def search(self, ask: administration.SearchPeople) -> administration.People:
        """Give the accounts that a keyword names exactly."""
        found = await self.register.exactly(*_names(ask.keyword))
        page = found[ask.skip : ask.skip + ask.limit]
        return administration.People(total=len(found), accounts=[shown(one) for one in page])

    async def read(self, ask: administration.OfPerson) -> accounts.Account:
        """Show one account."""
        return shown(await self._here(ask.user_id))

    async def modify(self, ask: administration.ModifyAccount) -> None:
        """Change username and e-mail address, all or nothing; the old address is told."""

        async def work(session: Session) -> None:
            account = await self.acting.on(session, ask.user_id, oneself=True)
            if isinstance(ask.username, str):
                self.naming.check(ask.username, account)
                await self.naming.change(session, account, ask.username)
            if isinstance(ask.email, str):
                await self._set_email(session, account, addresses.key(ask.email))

        await self.outbox.transact(work)

    async def _set_email(self, session: Session, account: StoredAccount, email: str) -> None:
        if email == account.email:
            return
        if not await self.accounts.set_address(
            session, account.user_id, "email", account.email, email, state=account.state
        ):
            raise accounts.NoSuchAccount()
        how = "replaced" if account.email else "bound"
        event = bindings.AddressChanged(user_id=account.user_id, kind="email", how=how)
        await self.outbox.record(session, event)
        await self.notices.record_address(session, account, account.email, email)

    async def set_role(self, ask: administration.SetRole) -> None:
        """Give a person another role, at once at every gateway."""

        async def work(session: Session) -> StoredAccount:
            before = await self.acting.on(session, ask.user_id)
            if before.role == ask.role:
                return before
            changed = await self.accounts.set_role(session, ask.user_id, ask.role)
            event = accounts.RoleChanged(user_id=ask.user_id, role=ask.role)
            return await self._record(session, before, changed, event)

        await self.access.tell_account(await self.outbox.transact(work))

    async def set_disabled(self, ask: administration.SetDisabled) -> None:
        """Lock a person out, which ends all sessions and is told, or let them in."""
        old, new = accounts.State.ACTIVE, accounts.State.DISABLED
        if not ask.disabled:
            old, new = new, old
        event = accounts.UserDisabled if ask.disabled else accounts.UserEnabled

        async def work(session: Session) -> StoredAccount:
            before = await self.acting.on(session, ask.user_id)
            if before.state == new:
                return before
            changed = await self.accounts.set_state(session, ask.user_id, old, new)
            if ask.disabled:
                await self.notices.record(session, before, "account_disabled")
            return await self._record(session, before, changed, event(user_id=ask.user_id))

        await self.access.tell_account(await self.outbox.transact(work))

    async def delete(self, ask: administration.OfPerson) -> None:
        """Close a person's account for good."""

        async def check(session: Session, _: StoredAccount) -> None:
            await self.acting.on(session, ask.user_id)

        await self.closing.close(ask.user_id, check)

    async def _here(self, user_id: int) -> StoredAccount:
        found = await self.accounts.find(user_id=user_id)
        if found is None or found.state in (accounts.State.DELETING, accounts.State.DELETED):
            raise accounts.NoSuchAccount()
        return found

    async def _record(
        self,
        session: Session,
        before: StoredAccount,
        changed: StoredAccount | None,
        event: Event,
    ) -> StoredAccount:
        if changed is None:
            raise accounts.NoSuchAccount()
        if changed.role < accounts.Role.ROOT or changed.state != accounts.State.ACTIVE:
            await self.accounts.keep_a_root(session, before)
        await self.outbox.record(session, event)
        return changed

    def table(self) -> Table:
        """Which call is whose."""
        return {
            administration.list_people: self.list,
            administration.search_people: self.search,
            administration.read_person: self.read,
            administration.modify_account: self.modify,
            administration.set_role: self.set_role,
            administration.set_disabled: self.set_disabled,
            administration.delete_person: self.delete,
        }


def _names(keyword: str) -> list[dict[str, object]]:
    """Give every way in which a keyword may name somebody."""
    keyword = keyword.strip()
    names: list[dict[str, object]] = []
    if keyword.isascii() and keyword.isdigit() and len(keyword) <= 18:
        names.append({"_id": int(keyword)})
    if key := username_key(keyword):
        names.append({"username_key": key})
    try:
        address = addresses.key(keyword)
    except InvalidAddress:
        return names
    return [*names, {"email_key" if "@" in address else "phone": address}]
