"""How a session begins, whatever it was that proved who it is.

A session carries the epoch of the account as it was when the password was read. Whatever ends a
person's sessions raises the epoch, so that a session which began meanwhile on the old password is
never good; no transaction with the account is needed, and an ordinary login is one write. What it
leaves of somebody who left meanwhile is swept up (`sweep.py`); a login that is a transaction of
several writes looks at the account in it, and leaves nothing.
"""

import time
import uuid
from datetime import UTC, datetime, timedelta

import msgspec

from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.notices.handlers import Notices
from services.auth.sessions.access import Access
from services.auth.sessions.store import MongoSessions, StoredSession
from shared import session_token
from shared.contracts import accounts, logins, sessions, tokens
from shared.mongo import Session
from shared.outbox import Outbox
from shared.session_token import SessionToken
from shared.settings import KeyRing

SESSIONS_MOST = 100
"""Sessions of one person in a dialect that names no number of its own."""

LOGINS_UNCOUNTED = 50
"""That number is looked at once in so many logins from a network, the first included: otherwise a
login is one write."""


class Beginning:
    """Begins sessions."""

    def __init__(
        self,
        outbox: Outbox,
        accounts: MongoAccounts,
        sessions: MongoSessions,
        notices: Notices,
        access: Access,
        keys: KeyRing,
    ) -> None:
        self._outbox, self._accounts, self._sessions = outbox, accounts, sessions
        self._notices, self._access, self._keys = notices, access, keys

    async def first(
        self, session: Session, account: StoredAccount, terms: sessions.Terms
    ) -> sessions.Session:
        """Begin the first session of an account in the transaction that makes the account."""
        begun = _new(account, terms)
        await self._sessions.insert(session, begun)
        return self._with_tokens(begun, terms)

    async def again(
        self, session: Session, account: StoredAccount, terms: sessions.Terms, old: StoredSession
    ) -> sessions.Session:
        """Begin a session in place of one that ends in the same transaction, on its device."""
        begun = msgspec.structs.replace(
            _new(account, terms),
            device_id=terms.device_id or old.device_id,
            platform=terms.platform or old.platform,
            family=old.family or old.session_id,
        )
        await self._sessions.insert(session, begun)
        return self._with_tokens(begun, terms)

    def access(self, begun: StoredSession, lifetime: int) -> tokens.Access:
        """Give an access token of a session; it lasts no longer than the session."""
        expires_at = min(datetime.now(UTC) + timedelta(seconds=lifetime), begun.expires_at)
        return tokens.Access(
            user_id=begun.user_id,
            session_id=begun.session_id,
            token=self._token(begun, expires_at, "access"),
            expires_at=expires_at,
        )

    async def begin(
        self, account: StoredAccount, terms: sessions.Terms, logins_here: int
    ) -> sessions.Session:
        """Begin a session: an earlier one on the same device ends, and so do the oldest beyond
        `terms.at_most`; a new network, one with its first login, is announced.

        Refuses what is more than one write for somebody who was locked out or left meanwhile.
        """
        begun, at_most = _new(account, terms), terms.at_most
        if at_most is None and logins_here % LOGINS_UNCOUNTED == 1:
            at_most = SESSIONS_MOST
        if at_most is None and not terms.device_id:
            await self._sessions.insert(None, begun)
        else:
            await self._begin_with_events(account, begun, at_most, logins_here)
        return self._with_tokens(begun, terms)

    async def _begin_with_events(
        self, account: StoredAccount, begun: StoredSession, at_most: int | None, logins_here: int
    ) -> None:
        async def work(session: Session) -> list[StoredSession]:
            await self._take_turn(session, account.user_id)
            if logins_here == 1:
                await self._outbox.record(session, _new_network(begun))
                await self._tell_owner(session, account, begun)
            over = await self._make_room(session, account, begun, at_most)
            await self._sessions.insert(session, begun)
            return over

        pushed_out = await self._outbox.transact(work)
        for old in pushed_out:
            await self._access.tell_ended(old.session_id, int(old.expires_at.timestamp()))

    async def _take_turn(self, session: Session, user_id: int) -> None:
        """Have logins of one person come in turn, and none after they left."""
        await self._sessions.lock(session, user_id)
        present = await self._accounts.find_in(session, user_id=user_id)
        if present is None or present.state != accounts.State.ACTIVE:
            raise accounts.AccountDisabled()

    async def _tell_owner(
        self, session: Session, account: StoredAccount, begun: StoredSession
    ) -> None:
        """Write of a new network by e-mail alone: a phone has a new one most days."""
        if account.email:
            device = begun.device or begun.platform or begun.dialect
            await self._notices.record(
                session, account, "new_device", to=account.email, device=device
            )

    async def _make_room(
        self,
        session: Session,
        account: StoredAccount,
        begun: StoredSession,
        at_most: int | None,
    ) -> list[StoredSession]:
        """End those that must make room."""
        user_id, dialect = account.user_id, begun.dialect
        over: list[StoredSession] = []
        if begun.device_id:
            same = await self._sessions.on_device(session, user_id, dialect, begun.device_id)
            over += await self._end(session, same, "same_device")
        if at_most is not None:
            surplus = await self._sessions.surplus(
                *(session, user_id, account.epoch, account.kept_session, dialect, at_most - 1)
            )
            over += await self._end(session, surplus, "pushed_out")
        return over

    async def _end(
        self, session: Session, sessions: list[StoredSession], reason: str
    ) -> list[StoredSession]:
        for old in sessions:
            await self._sessions.end(session, old.user_id, old.session_id)
            await self._outbox.record(session, ended(old, reason))
        return sessions

    def _with_tokens(self, begun: StoredSession, terms: sessions.Terms) -> sessions.Session:
        expires_at = begun.began_at + timedelta(seconds=terms.lifetime)
        given = sessions.Session(
            user_id=begun.user_id,
            session_id=begun.session_id,
            token=self._token(begun, expires_at),
            expires_at=expires_at,
            renewable_until=begun.renewable_until,
        )
        if terms.access_lifetime is None:
            return given
        access = self.access(begun, terms.access_lifetime)
        return msgspec.structs.replace(
            given,
            access=access.token,
            access_expires_at=access.expires_at,
            refresh=self._token(begun, expires_at, "refresh"),
        )

    def _token(self, begun: StoredSession, expires_at: datetime, use: str = "session") -> str:
        token = SessionToken(
            user_id=begun.user_id,
            session_id=begun.session_id,
            expires_at=int(expires_at.timestamp()),
            epoch=begun.epoch,
            dialect=begun.dialect,
            use=use,
        )
        return session_token.issue(self._keys, token)


def _new(account: StoredAccount, terms: sessions.Terms) -> StoredSession:
    now = datetime.now(UTC)
    renewable_for = terms.renewable_for or 0
    return StoredSession(
        session_id=uuid.uuid4().hex,
        user_id=account.user_id,
        dialect=terms.dialect,
        device=terms.device,
        device_id=terms.device_id,
        platform=terms.platform,
        ip=terms.ip,
        epoch=account.epoch,
        began_at=now,
        last_used_at=now,
        expires_at=now + timedelta(seconds=max(terms.lifetime, renewable_for)),
        renewable_until=now + timedelta(seconds=renewable_for) if renewable_for else None,
    )


def _new_network(begun: StoredSession) -> logins.NewNetworkSeen:
    return logins.NewNetworkSeen(
        user_id=begun.user_id,
        session_id=begun.session_id,
        dialect=begun.dialect,
        device=begun.device,
    )


def ended(session: StoredSession, reason: str) -> sessions.SessionEnded:
    """Put into words that a session is over before its time."""
    return sessions.SessionEnded(
        user_id=session.user_id,
        session_id=session.session_id,
        reason=reason,
        expires_at=max(int(time.time()), int(session.expires_at.timestamp())),
    )
