"""Tokens beside the session's own: access tokens, and a new token for an old one.

Who asks shows a token. That it was sealed by us is not enough here: the session must go on in the
database, and the account must be as it was when the token was made.
"""

from datetime import UTC, datetime, timedelta

from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.sessions.access import Access
from services.auth.sessions.beginning import Beginning, ended
from services.auth.sessions.store import MongoSessions, StoredSession
from shared import session_token
from shared.contract import Table
from shared.contracts import accounts, sessions, tokens
from shared.mongo import Session
from shared.outbox import Outbox
from shared.session_token import BadToken, SessionToken
from shared.settings import KeyRing
from shared.telemetry import logs, metrics

SENT_TWICE = timedelta(seconds=60)
"""How long a token that was exchanged may be shown again without consequence: by a client that did
not get the answer, or by another window of it."""

log = logs.logger("tokens")


class TokenHandlers:
    """Gives tokens for tokens."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        sessions: MongoSessions,
        beginning: Beginning,
        access: Access,
        keys: KeyRing,
    ) -> None:
        self.outbox, self.accounts = outbox, accounts
        self.sessions, self.beginning, self.access, self.keys = sessions, beginning, access, keys

    async def refresh_access(self, ask: tokens.RefreshAccess) -> tokens.Access:
        """Give a short-lived token for a refresh token, which stays as it is."""
        try:
            token = session_token.read(self.keys, ask.refresh)
        except BadToken:
            raise tokens.SessionOver() from None
        account = await self._owner(token, "refresh", ask.dialect)
        found = await self.sessions.going_on(account.user_id, token.session_id)
        if found is None:
            raise tokens.SessionOver()
        return self.beginning.access(found, ask.lifetime)

    async def renew(self, ask: tokens.RenewSession) -> sessions.Session:
        """Exchange the token of a session for that of a new one; the old session ends.

        The session's end decides: of two renewals at once one finds it going on. A token that was
        exchanged more than a minute ago is in two hands: what came of it ends.
        """
        try:
            token = session_token.unsealed(self.keys, ask.token)
        except BadToken:
            raise tokens.SessionOver() from None
        account = await self._owner(token, "session", ask.terms.dialect)

        async def work(session: Session) -> tuple[StoredSession, sessions.Session] | None:
            old = await self.sessions.end_renewable(session, account.user_id, token.session_id)
            if old is None:
                return None
            await self.outbox.record(session, ended(old, "renewed"))
            return old, await self.beginning.again(session, account, ask.terms, old)

        done = await self.outbox.transact(work)
        if done is None:
            await self._end_what_came_of(account.user_id, token.session_id)
            raise tokens.SessionOver()
        old, begun = done
        await self.access.tell_ended(old.session_id, int(old.expires_at.timestamp()))
        log.info("authn_session_renewed", user_id=account.user_id)
        return begun

    async def _end_what_came_of(self, user_id: int, session_id: str) -> None:
        """End the session that one was renewed into, if that was not a moment ago."""

        async def work(session: Session) -> list[StoredSession]:
            before = datetime.now(UTC) - SENT_TWICE
            found = await self.sessions.renewed_into(session, user_id, session_id, before)
            for one in found:
                await self.sessions.end(session, user_id, one.session_id)
                await self.outbox.record(session, ended(one, "token_shown_again"))
            return found

        for one in await self.outbox.transact(work):
            await self.access.tell_ended(one.session_id, int(one.expires_at.timestamp()))
            metrics.SECURITY_EVENTS.labels("token_reuse").inc()
            log.warning("authn_token_reuse", user_id=user_id, session=one.session_id)

    async def _owner(self, token: SessionToken, use: str, dialect: str) -> StoredAccount:
        """Give the account of a token of this kind, unless something ended its sessions."""
        if token.use != use or token.dialect != dialect:
            raise tokens.SessionOver()
        account = await self.accounts.find(user_id=token.user_id)
        if account is None or account.state != accounts.State.ACTIVE:
            raise tokens.SessionOver()
        if token.epoch < account.epoch and token.session_id != account.kept_session:
            raise tokens.SessionOver()
        return account

    def table(self) -> Table:
        """Which call is whose."""
        return {tokens.refresh_access: self.refresh_access, tokens.renew_session: self.renew}
