"""Who is asking: the header `token`, as it was handed out at login, without any prefix."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import HTTPScope

from gateway.clients import device
from gateway.config import Config
from gateway.core import Core
from gateway.errors import NotLoggedIn
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import sessions

NAME = "yunhu"
LIFETIME = 30 * 86400
"""Seconds a session lasts. Upstream's figure is not known; clients log in again when it is over."""

SESSIONS_MOST = 50
"""Of one person at a time; one more ends the oldest."""

HEADER = "token"

Connection = ASGIConnection[Any, Any, Any, Any]


class Callers(Handlers):
    """Finds out who is asking."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def guard(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Find out before the body is read: who is not logged in hears that and nothing else.

        A handler that takes a `caller` needs a good token; one that takes a `visitor` any token.
        """
        takes = handler.parsed_fn_signature.parameters
        if "caller" in takes:
            connection.state.caller = self._caller(connection)
        elif "visitor" in takes:
            connection.state.caller = self._visitor(connection)

    def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """Give whom the guard found (a Litestar dependency)."""
        found: Caller = request.state.caller
        return found

    def visitor(self, request: Request[Any, Any, Any]) -> Caller | None:
        """Give whom the guard found, or none for a token that is not ours (a dependency)."""
        found: Caller | None = request.state.caller
        return found

    def _caller(self, connection: Connection) -> Caller:
        return self._core.sessions.caller(connection.headers.get(HEADER, ""), NAME)

    def _visitor(self, connection: Connection) -> Caller | None:
        if not connection.headers.get(HEADER, "").strip():
            raise NotLoggedIn()
        return self.known(connection)

    def known(self, connection: Connection) -> Caller | None:
        """Give who is asking where anybody may, with a token or without."""
        try:
            return self._caller(connection)
        except NotLoggedIn:
            return None

    def terms(
        self, request: Request[Any, Any, Any], device_id: str, platform: str
    ) -> sessions.Terms:
        """Give the terms of a session that begins with this request."""
        return sessions.Terms(
            dialect=NAME,
            ip=self._core.clients.ip(request),
            device=device(request),
            lifetime=LIFETIME,
            at_most=SESSIONS_MOST,
            device_id=device_id,
            platform=platform,
        )


def admit(_config: Config, _scope: HTTPScope) -> None:
    """Let everything in: no browser adds the header by itself, so no page can act for somebody."""
