"""Checking that an administrator may act on somebody, in the transaction that does it."""

from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.administration import rules
from shared.bus import Bus
from shared.caller import Caller
from shared.contracts import accounts, administration
from shared.errors import NotAllowed
from shared.mongo import Session

OPERATOR = 0
"""The id of who acts by the key of callers alone, from the command line."""


class Acting:
    """Knows who is asking, and what they may."""

    def __init__(self, bus: Bus, accounts: MongoAccounts) -> None:
        self._bus, self._accounts = bus, accounts

    async def on(self, session: Session, user_id: int, *, oneself: bool = False) -> StoredAccount:
        """Give the account to be acted on, if the caller may; `oneself` if on their own as well.

        What counts is the role that the caller has now, not what the gateway saw.
        """
        caller = self._bus.caller()
        role = await self._role(session, caller)
        account = await self._accounts.find_in(session, user_id=user_id)
        if account is None or account.state in (accounts.State.DELETING, accounts.State.DELETED):
            raise accounts.NoSuchAccount()
        if user_id == caller.user_id:
            if not oneself:
                raise administration.Oneself()
        elif not rules.may_act(role, account.role):
            raise NotAllowed()
        return account

    async def _role(self, session: Session, caller: Caller) -> int:
        if caller.user_id == OPERATOR:
            return caller.role
        account = await self._accounts.find_in(session, user_id=caller.user_id)
        if (
            account is None
            or account.state != accounts.State.ACTIVE
            or account.role < accounts.Role.ADMIN
        ):
            raise NotAllowed()
        return min(account.role, caller.role)
