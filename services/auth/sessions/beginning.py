"""How a session begins, whatever it was that proved who it is."""

import time
import uuid
from datetime import UTC, datetime, timedelta

import msgspec

from services.auth.accounts.store import StoredAccount
from services.auth.sessions.access import Access
from services.auth.sessions.store import MongoSessions, StoredSession
from shared import session_token
from shared.contracts import auth
from shared.mongo import Session
from shared.outbox import Outbox
from shared.session_token import SessionToken
from shared.settings import KeyRing


class Begun(msgspec.Struct, frozen=True):
    """A session that is committed with its transaction, and those it pushed out."""

    session: auth.Session
    pushed_out: list[StoredSession]


class Beginning:
    """Begins sessions inside a transaction."""

    def __init__(self, sessions: MongoSessions, outbox: Outbox, keys: KeyRing) -> None:
        self._sessions, self._outbox, self._keys = sessions, outbox, keys

    async def begin(self, session: Session, account: StoredAccount, terms: auth.Terms) -> Begun:
        """Write a session and what it announces; the oldest beyond `terms.at_most` end."""
        now = datetime.now(UTC)
        begun = StoredSession(
            session_id=uuid.uuid4().hex,
            user_id=account.user_id,
            dialect=terms.dialect,
            device=terms.device,
            ip=terms.ip,
            epoch=account.epoch,
            began_at=now,
            last_used_at=now,
            expires_at=now + timedelta(seconds=terms.lifetime),
        )
        await self._outbox.record(
            session,
            auth.SessionStarted(
                user_id=account.user_id,
                session_id=begun.session_id,
                dialect=terms.dialect,
                device=terms.device,
            ),
        )
        pushed_out = await self._push_out(session, account, terms)
        await self._sessions.insert(session, begun)
        return Begun(self._with_token(begun), pushed_out)

    async def _push_out(
        self, session: Session, account: StoredAccount, terms: auth.Terms
    ) -> list[StoredSession]:
        if terms.at_most is None:
            return []
        surplus = await self._sessions.surplus(
            session,
            account.user_id,
            account.epoch,
            account.kept_session,
            terms.dialect,
            terms.at_most - 1,
        )
        for old in surplus:
            await self._sessions.end(session, old.user_id, old.session_id)
            await self._outbox.record(session, ended(old, "pushed_out"))
        return surplus

    def _with_token(self, begun: StoredSession) -> auth.Session:
        token = SessionToken(
            user_id=begun.user_id,
            session_id=begun.session_id,
            expires_at=int(begun.expires_at.timestamp()),
            epoch=begun.epoch,
            dialect=begun.dialect,
        )
        return auth.Session(
            user_id=begun.user_id,
            session_id=begun.session_id,
            token=session_token.issue(self._keys, token),
            expires_at=begun.expires_at,
        )


async def tell_pushed_out(access: Access, begun: Begun) -> None:
    """Tell the gateways of the sessions that a new one ended."""
    for old in begun.pushed_out:
        await access.tell_ended(old.session_id, int(old.expires_at.timestamp()))


def ended(session: StoredSession, reason: str) -> auth.SessionEnded:
    """Put into words that a session is over before its time."""
    return auth.SessionEnded(
        user_id=session.user_id,
        session_id=session.session_id,
        reason=reason,
        expires_at=max(int(time.time()), int(session.expires_at.timestamp())),
    )
