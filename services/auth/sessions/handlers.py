"""What can be asked about sessions."""

from services.auth.accounts.store import MongoAccounts
from services.auth.passwords.hashing import Hasher
from services.auth.sessions.access import Access
from services.auth.sessions.beginning import Beginning, ended
from services.auth.sessions.logins import Attempts, by_login, note_failure, note_success
from services.auth.sessions.store import MongoSessions, StoredSession, shown
from shared.contract import Table
from shared.contracts import accounts, logins, sessions
from shared.errors import AppError
from shared.mongo import Mongo, Session
from shared.outbox import Outbox
from shared.telemetry import logs

log = logs.logger("sessions")


class SessionHandlers:
    """Logs people in and out."""

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        accounts: MongoAccounts,
        sessions: MongoSessions,
        hasher: Hasher,
        attempts: Attempts,
        beginning: Beginning,
        access: Access,
    ) -> None:
        self.mongo, self.outbox, self.accounts, self.sessions = mongo, outbox, accounts, sessions
        self.hasher, self.attempts, self.beginning, self.access = (
            hasher,
            attempts,
            beginning,
            access,
        )

    async def log_in(self, ask: logins.LogIn) -> sessions.Session:
        """Begin a session for who knows the password of an account.

        The login may be a phone number, an e-mail address or a username. An unknown one and a wrong
        password are one refusal and take the same time. After ten failures from one network the
        account is closed to it for a while that rises. A disabled account says so only to who knows
        its password.
        """
        named = by_login(ask.login)
        [login] = named.values()
        account = await self.accounts.find(**named)
        known = account.password if account else None
        attempt = await self.attempts.begin(login, account, ask.terms.ip, ask.human_after)
        try:
            right = await self.hasher.verify(ask.password, known)
        except AppError:  # busy
            await attempt.forgive()
            raise
        if not right or account is None or known is None:
            note_failure(login, account, ask.terms, how="password")
            raise logins.WrongCredentials()
        logins_here = await attempt.success()
        if account.state != accounts.State.ACTIVE:
            note_failure(login, account, ask.terms, how="password", why=account.state)
            raise accounts.AccountDisabled()
        if self.hasher.outdated(known):
            better = await self.hasher.hash(ask.password)
            await self.accounts.rehash(account.user_id, known, better)
        begun = await self.beginning.begin(account, ask.terms, logins_here)
        note_success(account, ask.terms, how="password")
        return begun

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

        over = await self.mongo.transact(work)
        if not over:
            raise sessions.NoSuchSession()
        self.outbox.nudge()
        for one in over:
            await self.access.tell_ended(one.session_id, int(one.expires_at.timestamp()))
            log.info("authn_session_ended", user_id=ask.user_id, reason="ended_by_owner")

    async def _end(self, ask: sessions.LogOut, reason: str) -> StoredSession | None:
        async def work(session: Session) -> StoredSession | None:
            over = await self.sessions.end(session, ask.user_id, ask.session_id)
            if over:
                await self.outbox.record(session, ended(over, reason))
            return over

        over = await self.mongo.transact(work)
        self.outbox.nudge()
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
            logins.log_in: self.log_in,
            sessions.log_out: self.log_out,
            sessions.end_session: self.end,
            sessions.end_device: self.end_device,
            sessions.list_devices: self.list,
            sessions.record_use: self.record_use,
        }
