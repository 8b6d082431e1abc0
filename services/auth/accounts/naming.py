"""Taking another username, whoever decided it."""

from services.auth.accounts import rules
from services.auth.accounts.store import MongoAccounts, StoredAccount
from shared.contracts import accounts
from shared.mongo import Session
from shared.outbox import Outbox


class Naming:
    """Gives accounts other usernames."""

    def __init__(self, outbox: Outbox, accounts: MongoAccounts, reserved: frozenset[str]) -> None:
        self._outbox, self._accounts, self._reserved = outbox, accounts, reserved

    def check(self, username: str, account: StoredAccount) -> None:
        """Refuse a username that cannot be shown, or is kept for administrators; unless it is the
        account's already: it may have been an administrator's.
        """
        if username == account.username:
            return
        operator = account.role >= accounts.Role.ADMIN
        rules.check_username(username, frozenset() if operator else self._reserved)

    async def change(self, session: Session, account: StoredAccount, username: str) -> None:
        """Change it and announce that, in a transaction; nothing if it is the same.

        The unique index refuses one that another account has, in any case.
        """
        if username == account.username:
            return
        key = rules.username_key(username)
        if not await self._accounts.set_username(session, account.user_id, username, key):
            raise accounts.NoSuchAccount()
        event = accounts.UsernameChanged(user_id=account.user_id, username=username)
        await self._outbox.record(session, event)
