"""Deleting an account, from the wish to the last trace.

Auth closes the account, ends its sessions and announces `UserDeleting`. Every other service erases
and announces that it did; when the last one has, auth announces `UserDeleted`. Each step is a
transaction with its event, so that a crash anywhere only delays the rest.
"""

from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.sessions.access import Access
from services.auth.sessions.store import MongoSessions
from shared.contract import Event, Listeners, Table
from shared.contracts import auth, notify, profile, social
from shared.mongo import Mongo, Session
from shared.outbox import Outbox
from shared.telemetry import logs

ERASERS: tuple[type[Event], ...] = (
    profile.UserErased,
    social.UserErased,
    notify.UserErased,
)
"""The events that must all have come before a person is gone."""

log = logs.logger("deletion")


class DeletionHandlers:
    """Closes accounts and sees to it that nothing is left."""

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        accounts: MongoAccounts,
        sessions: MongoSessions,
        access: Access,
    ) -> None:
        self.mongo, self.outbox = mongo, outbox
        self.accounts, self.sessions, self.access = accounts, sessions, access

    async def delete(self, ask: auth.DeleteAccount) -> None:
        """Close the caller's account for good: sessions end, addresses may register again."""

        async def work(session: Session) -> StoredAccount:
            closed = await self.accounts.begin_deletion(session, ask.user_id)
            if closed is None:
                raise auth.NoSuchAccount()
            await self.sessions.forget(session, ask.user_id)
            await self.outbox.record(session, auth.UserDeleting(user_id=ask.user_id))
            return closed

        closed = await self.mongo.transact(work)
        self.outbox.nudge()
        await self.access.tell_account(closed)
        log.info("user_deleting", user_id=ask.user_id)

    async def erased(self, event: Event, session: Session) -> None:
        """Note that one service is done, and finish after the last."""
        service = event.fact.partition(".")[0]
        account = await self.accounts.note_erased(session, event.user_id, service)
        if account is None or len(account.erased_in) < len(ERASERS):
            return
        await self.accounts.finish_deletion(session, event.user_id)
        await self.sessions.forget(session, event.user_id)  # one may have begun meanwhile
        await self.outbox.record(session, auth.UserDeleted(user_id=event.user_id))
        log.info("user_deleted", user_id=event.user_id)

    def table(self) -> Table:
        """Which call is whose."""
        return {auth.delete_account: self.delete}

    def listeners(self) -> Listeners:
        """What is done about the events of the other services."""
        return dict.fromkeys(ERASERS, self.erased)
