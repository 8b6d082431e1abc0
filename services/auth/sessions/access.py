"""Telling the gateways which sessions are over and which accounts are not the default.

Called after the commit and before the reply, so that what was answered holds at every gateway; if
the process dies in between, the event of the same change brings it here again (`listeners`).
"""

import asyncio
import uuid

from nats.js import JetStreamContext

from services.auth.accounts.store import MongoAccounts, StoredAccount
from services.auth.sessions.store import MongoSessions, StoredSession
from shared import access
from shared.contract import Event, Listeners
from shared.contracts import accounts, deletion, passwords, sessions
from shared.encoding import to_json
from shared.leases import Lease
from shared.mongo import Mongo, Session
from shared.watch import ensure_bucket, has_key, put_newer

PAGE = 500
"""Accounts and sessions that are read, and told of side by side, when a bucket is filled anew: one
after the other takes a minute and a half for sixty thousand, and nobody is let in meanwhile."""


class Access:
    """The two buckets, as auth writes them."""

    def __init__(
        self, js: JetStreamContext, mongo: Mongo, accounts: MongoAccounts, sessions: MongoSessions
    ) -> None:
        self._js, self._mongo = js, mongo
        self._accounts, self._sessions = accounts, sessions

    async def prepare(self) -> None:
        """Make the buckets, and fill them from the database if NATS lost them or is new."""
        await ensure_bucket(self._js, access.SESSIONS)
        await ensure_bucket(self._js, access.ACCOUNTS)
        lease = Lease(self._mongo, "access-buckets", uuid.uuid4().hex)
        await lease.wait()
        async with lease.kept():
            for bucket in access.BUCKETS:
                if not await has_key(self._js, bucket, access.WHOLE_KEY):
                    await self._rebuild()
        await lease.release()

    async def _rebuild(self) -> None:
        after = 0
        while accounts := await self._accounts.changed_from_default(after, PAGE):
            await asyncio.gather(*map(self.tell_account, accounts))
            after = accounts[-1].user_id
        last = ""
        while sessions := await self._sessions.ended(last, PAGE):
            await asyncio.gather(*map(self._tell_over, sessions))
            last = sessions[-1].session_id
        for bucket in access.BUCKETS:
            await put_newer(self._js, bucket, access.WHOLE_KEY, 1, b"")

    async def tell_account(self, account: StoredAccount) -> None:
        """Tell what is not the default about an account; older news never replaces newer."""
        flags = access.Flags(
            role=account.role,
            epoch=account.epoch,
            kept=account.kept_session,
            locked=account.state != accounts.State.ACTIVE,
        )
        await put_newer(
            self._js,
            access.ACCOUNTS_BUCKET,
            str(account.user_id),
            account.version,
            to_json(flags),
        )

    async def tell_ended(self, session_id: str, expires_at: int) -> None:
        """Tell that a session is over."""
        await put_newer(self._js, access.SESSIONS_BUCKET, session_id, 1, str(expires_at).encode())

    async def _tell_over(self, one: StoredSession) -> None:
        await self.tell_ended(one.session_id, int(one.expires_at.timestamp()))

    async def on_account_event(self, event: Event, _: Session) -> None:
        """Tell again what the database says, in case it was not told."""
        if account := await self._accounts.find(user_id=event.user_id):
            await self.tell_account(account)

    async def on_session_ended(self, event: sessions.SessionEnded, _: Session) -> None:
        """Tell again that a session is over."""
        await self.tell_ended(event.session_id, event.expires_at)

    def listeners(self) -> Listeners:
        """What auth does about its own events."""
        return {
            sessions.SessionEnded: self.on_session_ended,
            passwords.PasswordChanged: self.on_account_event,
            accounts.RoleChanged: self.on_account_event,
            accounts.UserDisabled: self.on_account_event,
            accounts.UserEnabled: self.on_account_event,
            deletion.UserDeleting: self.on_account_event,
        }
