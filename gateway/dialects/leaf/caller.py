"""Who is asking: the token in the `Authorization` header, and what role it takes."""

from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import HTTPScope

from gateway.clients import device
from gateway.config import Config
from gateway.core import Core
from gateway.dialects.leaf.envelope import NOT_ALLOWED, Refused
from gateway.errors import NotLoggedIn
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import accounts, sessions
from shared.errors import NotAllowed
from shared.telemetry import logs

NAME = "leaf"
LIFETIME = 14 * 86400
"""Seconds that `token` and `refresh_token` are good for (the page)."""

ACCESS_LIFETIME = 5 * 60
"""Seconds that `access_token` is good for (the page)."""

_BEARER = "bearer "

log = logs.logger("leaf")

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]


class Callers(Handlers):
    """Finds out who is asking."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def needs(self, role: accounts.Role) -> Guard:
        """Make a guard that lets in who has this role at least; before a body is read."""

        def guard(
            connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
        ) -> None:
            caller = self._found(connection)
            if caller.role < role:
                asked, why = handler.handler_name, NotAllowed.code
                log.warning("authz_fail", call=f"{NAME}.{asked}", actor=caller.user_id, why=why)
                raise Refused(NOT_ALLOWED)
            connection.scope["user"] = caller

        return guard

    def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """Give whom the route's guard let in (a Litestar dependency)."""
        found: Caller = request.user
        return found

    def known(self, request: Request[Any, Any, Any]) -> Caller | None:
        """Give who is asking where anybody may; a token that is not good is none."""
        try:
            return self._found(request)
        except NotLoggedIn:
            return None

    def _found(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
        return self._core.sessions.caller(token(connection), NAME, ("session", "access"))

    def terms(self, request: Request[Any, Any, Any]) -> sessions.Terms:
        """Give the terms of a session that begins with this request."""
        return sessions.Terms(
            dialect=NAME,
            ip=self._core.clients.ip(request),
            device=device(request),
            lifetime=LIFETIME,
            access_lifetime=ACCESS_LIFETIME,
            at_most=self._core.config.leaf_sessions,
        )


def token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Give the token that a request shows, raw or after `Bearer`; raises `NotLoggedIn`."""
    text = connection.headers.get("authorization", "").strip()
    if text.lower().startswith(_BEARER):
        text = text[len(_BEARER) :].strip()
    if not text:
        raise NotLoggedIn()
    return text


def admit(_: Config, __: HTTPScope) -> None:
    """Let everything in: who asks is told by a header that no page of another site can send."""
