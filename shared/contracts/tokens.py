"""Tokens beside the session's own: short-lived access tokens, and a new token for an old one.

Auth answers. Who asks shows the token itself, so no signed caller is needed. The gateway checks an
access token like any other (`Sessions.caller(token, dialect, ("access",))`), and tells one that ran
out (`SessionExpired`) from one that is bad.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Dialect, Message, Secret, UserId
from shared.contracts.sessions import Session, SessionId, Terms
from shared.errors import AppError, Kind


class SessionOver(AppError):
    """The session that this token belongs to is over, or there never was one."""

    code, kind = "auth.session_over", Kind.UNAUTHENTICATED


class RefreshAccess(Message):
    """Ask for an access token with a refresh token, which stays good."""

    refresh: Secret
    dialect: Dialect
    lifetime: Annotated[int, Meta(ge=60, le=86400)] = 300
    """Seconds; never longer than the session."""


class Access(Message):
    """A short-lived token of a session."""

    user_id: UserId
    session_id: SessionId
    token: Secret
    expires_at: datetime


class RenewSession(Message):
    """Exchange the token of a session for that of a new one; the old session ends.

    Works after the token's own end, while `sessions.Terms.renewable_for` of its session lasts. Of
    two at once one wins. One that is shown again more than a minute later ends what came of it.
    Device id and platform go on unless the terms name others.
    """

    token: Secret
    terms: Terms


refresh_access = Call(
    "auth.tokens.refresh_access", RefreshAccess, Access, (SessionOver,), read_only=True
)
renew_session = Call("auth.tokens.renew_session", RenewSession, Session, (SessionOver,))
