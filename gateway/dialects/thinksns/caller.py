"""Who is asking: a bearer token, in the header or, as old clients do, in the query."""

from typing import Any

from litestar import Request
from litestar.types import HTTPScope, Scope

from gateway.clients import device
from gateway.config import Config
from gateway.core import Core
from gateway.errors import BadRequest, NotLoggedIn
from gateway.handlers import Handlers
from gateway.reading import fields
from shared.caller import Caller
from shared.contracts import sessions

NAME = "thinksns"

LIFETIME = 15 * 86400
"""Seconds a token lasts: 21,600 minutes, as the live product's (reference 4)."""

REFRESH_LIFETIME = 30 * 86400
"""Seconds in which a token, expired or not, can be exchanged for a new one: 43,200 minutes."""

SESSIONS_MOST = 20
"""Sessions of one person through this dialect; the oldest end first."""


def token_of(scope: Scope) -> str | None:
    """Give the token that a request shows: `Authorization: Bearer …`, or `?token=…`."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").strip().partition(" ")
            if scheme.lower() == "bearer" and token.strip():
                return token.strip()
    if b"token=" in scope["query_string"]:
        try:
            return fields(scope["query_string"]).get("token")
        except BadRequest:
            return None
    return None


class Callers(Handlers):
    """Finds out who is asking."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def known(self, scope: Scope) -> Caller | None:
        """Give who is asking, or nothing where no token or a bad one comes."""
        token = token_of(scope)
        try:
            return self._core.sessions.caller(token, NAME) if token else None
        except NotLoggedIn:
            return None

    def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """Give who is asking, or raise `NotLoggedIn` (a Litestar dependency)."""
        caller = self.known(request.scope)
        if caller is None:
            raise NotLoggedIn()
        return caller

    def viewer(self, request: Request[Any, Any, Any]) -> Caller | None:
        """Give who is asking where anybody may; a bad token is none (a Litestar dependency)."""
        return self.known(request.scope)

    def terms(self, request: Request[Any, Any, Any]) -> sessions.Terms:
        """Give the terms of a session that begins with this request."""
        return sessions.Terms(
            dialect=NAME,
            ip=self._core.clients.ip(request),
            device=device(request),
            lifetime=LIFETIME,
            at_most=SESSIONS_MOST,
            renewable_for=REFRESH_LIFETIME,
        )


def admit(_: Config, __: HTTPScope) -> None:
    """Let everything in: a token is never sent by a page of another site on its own."""
