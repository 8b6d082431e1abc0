"""What can be asked about sessions."""

from services.auth.accounts.store import MongoAccounts
from services.auth.sessions.access import Access
from services.auth.sessions.beginning import ended
from services.auth.sessions.store import MongoSessions, StoredSession, shown
from shared.contract import Table
from shared.contracts import accounts, sessions
from shared.mongo import Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("sessions")


class SessionHandlers:
    """Ends sessions and shows them to their owners."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        sessions: MongoSessions,
        access: Access,
    ) -> None:
        self.outbox, self.accounts = outbox, accounts
        self.sessions, self.access = sessions, access

    async def log_out(self, ask: sessions.LogOut) -> None:
        """End the caller's session everywhere; asking again changes nothing."""
        await self._end(ask, "logged_out")

    async def end(self, ask: sessions.LogOut) -> None:
        """End any session of the caller, such as that of a lost device."""
        if await self._end(ask, "ended_by_owner") is None:
            raise sessions.NoSuchSession()

    async def end_device(self, ask: sessions.EndDevice) -> None:
        """End the caller's sessions on one of their devices."""

        async def work(session: Session) -> list[StoredSession]:
            found = await self.sessions.on_device(session, ask.user_id, ask.dialect, ask.device_id)
            for one in found:
                await self.sessions.end(session, ask.user_id, one.session_id)
                await self.outbox.record(session, ended(one, "ended_by_owner"))
            return found

        over = await self.outbox.transact(work)
        if not over:
            raise sessions.NoSuchSession()
        for one in over:
            await self.access.tell_ended(one.session_id, int(one.expires_at.timestamp()))
            log.info("authn_session_ended", user_id=ask.user_id, reason="ended_by_owner")

    async def _end(self, ask: sessions.LogOut, reason: str) -> StoredSession | None:
        async def work(session: Session) -> StoredSession | None:
            over = await self.sessions.end(session, ask.user_id, ask.session_id)
            if over:
                await self.outbox.record(session, ended(over, reason))
            return over

        over = await self.outbox.transact(work)
        if over:
            await self.access.tell_ended(over.session_id, int(over.expires_at.timestamp()))
            log.info("authn_session_ended", user_id=ask.user_id, reason=reason)
        return over

    async def list(self, ask: accounts.ByUser) -> list[sessions.Device]:
        """Show the caller's own sessions, newest first, a hundred at most."""
        account = await self.accounts.find(user_id=ask.user_id)
        if account is None:
            return []
        active = await self.sessions.active(ask.user_id, account.epoch, account.kept_session)
        return [shown(one) for one in active]

    async def record_use(self, ask: sessions.RecordUse) -> None:
        """Note when sessions were last used; for gateways, in bulk."""
        await self.sessions.record_use(ask.uses)

    def table(self) -> Table:
        """Which call is whose."""
        return {
            sessions.log_out: self.log_out,
            sessions.end_session: self.end,
            sessions.end_device: self.end_device,
            sessions.list_devices: self.list,
            sessions.record_use: self.record_use,
        }
