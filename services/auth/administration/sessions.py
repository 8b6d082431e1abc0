"""What administrators can ask about a person's sessions."""

from services.auth.accounts.store import MongoAccounts
from services.auth.administration.acting import Acting
from services.auth.sessions.access import Access
from services.auth.sessions.beginning import ended
from services.auth.sessions.store import MongoSessions, StoredSession, shown
from shared.contract import Table
from shared.contracts import accounts, administration, sessions
from shared.mongo import Session
from shared.outbox import Outbox


class PersonSessionHandlers:
    """Lists and ends the sessions of others."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        sessions: MongoSessions,
        acting: Acting,
        access: Access,
    ) -> None:
        self.outbox, self.accounts = outbox, accounts
        self.sessions, self.acting, self.access = sessions, acting, access

    async def list(self, ask: administration.OfPerson) -> list[sessions.Device]:
        """Show a person's sessions, newest first, a hundred at most."""
        account = await self.accounts.find(user_id=ask.user_id)
        if account is None or account.state in (accounts.State.DELETING, accounts.State.DELETED):
            raise accounts.NoSuchAccount()
        found = await self.sessions.active(ask.user_id, account.epoch, account.kept_session)
        return [shown(one) for one in found]

    async def end(self, ask: administration.EndSession) -> None:
        """End a session of a person."""

        async def work(session: Session) -> StoredSession:
            await self.acting.on(session, ask.user_id, oneself=True)
            over = await self.sessions.end(session, ask.user_id, ask.session_id)
            if over is None:
                raise sessions.NoSuchSession()
            await self.outbox.record(session, ended(over, "ended_by_administrator"))
            return over

        over = await self.outbox.transact(work)
        await self.access.tell_ended(over.session_id, int(over.expires_at.timestamp()))

    def table(self) -> Table:
        """Which call is whose."""
        return {
            administration.list_sessions: self.list,
            administration.end_person_session: self.end,
        }
