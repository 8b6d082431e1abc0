"""Who is asking: the header `token`, as it was handed out at login, without any prefix."""

from typing import Any

from litestar import Request
from litestar.types import HTTPScope

from gateway.clients import device
from gateway.config import Config
from gateway.core import Core
from gateway.errors import NotLoggedIn
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import auth

NAME = "yunhu"
LIFETIME = 30 * 86400
"""Seconds a session lasts. Upstream's figure is not known; clients log in again when it is over."""

HEADER = "token"


class Callers(Handlers):
    """Finds out who is asking."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """Give the caller of a request, or raise `NotLoggedIn` (a Litestar dependency)."""
        return self._core.sessions.caller(request.headers.get(HEADER, ""), NAME)

    def visitor(self, request: Request[Any, Any, Any]) -> Caller | None:
        """Give the caller where any token will do, if it is a good one: the page says so."""
        token = request.headers.get(HEADER, "").strip()
        if not token:
            raise NotLoggedIn()
        try:
            return self._core.sessions.caller(token, NAME)
        except NotLoggedIn:
            return None

    def terms(self, request: Request[Any, Any, Any], device_id: str, platform: str) -> auth.Terms:
        """Give the terms of a session that begins with this request."""
        return auth.Terms(
            dialect=NAME,
            ip=self._core.clients.ip(request),
            device=device(request),
            lifetime=LIFETIME,
            device_id=device_id,
            platform=platform,
        )


def admit(_config: Config, _scope: HTTPScope) -> None:
    """Let everything in: no browser adds the header by itself, so no page can act for somebody."""
