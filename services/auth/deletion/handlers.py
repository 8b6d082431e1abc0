"""Deleting an account, from the wish to the last trace.

Auth closes the account, ends its sessions and announces `UserDeleting`. Every other service erases
and announces that it did; when the last one has, auth announces `UserDeleted`. Each step is a
transaction with its event, so that a crash anywhere only delays the rest.
"""

from services.auth.accounts.store import MongoAccounts
from services.auth.codes.proofs import Proofs
from services.auth.deletion.closing import Closing
from services.auth.logins.attempts import counted_as
from services.auth.logins.failures import Failures
from services.auth.sessions.store import MongoSessions
from shared.contract import Event, Listeners, Table
from shared.contracts import accounts, codes, deletion, notify, profile, relations
from shared.mongo import Session
from shared.outbox import Outbox
from shared.telemetry import logs

ERASERS: tuple[type[Event], ...] = (
    profile.UserErased,
    relations.UserErased,
    notify.UserErased,
)
"""The events that must all have come before a person is gone."""

log = logs.logger("deletion")


class DeletionHandlers:
    """Closes accounts and sees to it that nothing is left."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        sessions: MongoSessions,
        proofs: Proofs,
        closing: Closing,
        failures: Failures,
    ) -> None:
        self.outbox, self.accounts, self.sessions = outbox, accounts, sessions
        self.proofs, self.closing, self.failures = proofs, closing, failures

    async def delete(self, ask: deletion.DeleteAccount) -> None:
        """Close the caller's account for good: sessions end, addresses may register again.

        Where a code is given it must have gone to an address of this very person. Who is the last
        with the highest role stays.
        """
        if ask.proof is None:
            await self.closing.close(ask.user_id)
            return
        account = await self.accounts.find(user_id=ask.user_id)
        if account is None or account.state != accounts.State.ACTIVE:
            raise accounts.NoSuchAccount()
        if await self.proofs.look(ask.proof) not in (account.phone, account.email):
            raise codes.WrongCode()
        proved = await self.proofs.take(ask.proof)
        try:
            await self.closing.close(ask.user_id)
        except Exception:
            await proved.give_back()
            raise

    async def erased(self, event: Event, session: Session) -> None:
        """Note that one service is done, and finish after the last."""
        service = event.fact.partition(".")[0]
        account = await self.accounts.note_erased(session, event.user_id, service)
        if account is None or len(account.erased_in) < len(ERASERS):
            return
        await self.failures.forget(counted_as(account))
        await self.accounts.finish_deletion(session, event.user_id)
        await self.sessions.forget(session, event.user_id)  # one may have begun meanwhile
        await self.outbox.record(session, deletion.UserDeleted(user_id=event.user_id))
        log.info("user_deleted", user_id=event.user_id)

    def table(self) -> Table:
        """Which call is whose."""
        return {deletion.delete_account: self.delete}

    def listeners(self) -> Listeners:
        """What is done about the events of the other services."""
        return dict.fromkeys(ERASERS, self.erased)
