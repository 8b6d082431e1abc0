"""The first administrator, made at start when there is none."""

from datetime import UTC, datetime

from services.auth.accounts import rules
from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.ids.store import Ids
from services.auth.passwords import rules as password_rules
from services.auth.passwords.hashing import Hasher
from services.auth.sessions.access import Access
from shared import addresses
from shared.contracts import accounts, registration
from shared.mongo import Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("administrator")


class FirstAdministrator:
    """Makes an account with role 3 out of settings."""

    def __init__(
        self,
        outbox: Outbox,
        ids: Ids,
        accounts: MongoAccounts,
        hasher: Hasher,
        access: Access,
    ) -> None:
        self.outbox, self.ids = outbox, ids
        self.accounts, self.hasher, self.access = accounts, hasher, access

    async def ensure(self, email: str, password: str, strict: bool) -> None:
        """Make the account unless someone has role 3; of two instances at once, one does.

        `strict` (production) refuses a password shorter than operators must have.
        """
        if not (email and password) or await self.accounts.any_with_role(accounts.Role.ROOT):
            return
        if len(password) < password_rules.OPERATOR_LEAST:
            message = (
                f"USERHUB_ADMIN_PASSWORD needs {password_rules.OPERATOR_LEAST} characters or more"
            )
            if strict:
                raise SystemExit(message)
            log.warning("administrator.weak", why=message)
        address = addresses.key(addresses.email(email))
        account = StoredAccount(
            user_id=await self.ids.one(),
            username=rules.with_suffix("admin"),
            created_at=datetime.now(UTC),
            dialect="userhub",
            email=address,
            password=await self.hasher.hash(password),
            role=accounts.Role.ROOT,
            version=1,
        )
        try:
            await self.outbox.transact(lambda session: self._write(session, account))
        except accounts.EmailTaken:
            log.warning("administrator.not_made", why="another account has this e-mail address")
            return
        await self.access.tell_account(account)
        log.info("administrator.made", user_id=account.user_id)

    async def _write(self, session: Session, account: StoredAccount) -> None:
        assert account.email is not None
        await self.accounts.insert(
            session, account, account.email, rules.username_key(account.username)
        )
        registered = registration.UserRegistered(
            user_id=account.user_id,
            username=account.username,
            nickname=account.username,
            dialect=account.dialect,
        )
        await self.outbox.record(session, registered)
        changed = accounts.RoleChanged(user_id=account.user_id, role=accounts.Role.ROOT)
        await self.outbox.record(session, changed)
