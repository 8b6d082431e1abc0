"""Closing an account for good, whoever decided it."""

from collections.abc import Awaitable, Callable

from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.fraud.decisions import Decisions
from services.auth.notices.handlers import Notices
from services.auth.sessions.access import Access
from services.auth.sessions.store import MongoSessions
from shared.contracts import accounts, deletion
from shared.mongo import Session
from shared.outbox import Outbox
from shared.telemetry import logs

Check = Callable[[Session, StoredAccount], Awaitable[None]]
"""Refuses, in the transaction, to close the account as it was before."""

log = logs.logger("deletion")


class Closing:
    """Closes accounts."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        sessions: MongoSessions,
        notices: Notices,
        access: Access,
        decisions: Decisions,
    ) -> None:
        self._outbox, self._accounts = outbox, accounts
        self._decisions = decisions
        self._sessions, self._notices, self._access = sessions, notices, access

    async def close(self, user_id: int, check: Check | None = None) -> None:
        """Let go of everything that names a person, end their sessions, and have them erased.

        An address of theirs is told. Refused for the last one with the highest role.
        """

        async def work(session: Session) -> StoredAccount:
            before = await self._accounts.find_in(session, user_id=user_id)
            if before is None:
                raise accounts.NoSuchAccount()
            if check:
                await check(session, before)
            closed = await self._accounts.begin_deletion(session, user_id)
            if closed is None:
                raise accounts.NoSuchAccount()
            await self._accounts.keep_a_root(session, before)
            await self._sessions.forget(session, user_id)
            await self._decisions.forget(session, before.phone, before.email)
            await self._outbox.record(session, deletion.UserDeleting(user_id=user_id))
            await self._notices.record(session, before, "account_deleted")
            return closed

        closed = await self._outbox.transact(work)
        await self._access.tell_account(closed)
        log.info("user_deleting", user_id=user_id)
