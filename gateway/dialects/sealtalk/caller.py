"""Who is asking: the session cookie, as clients really send it, and what may not come with it."""

import re
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.types import HTTPScope

from gateway.clients import device, origins
from gateway.config import Config
from gateway.core import Core
from gateway.errors import BadRequest, ForeignOrigin, NotLoggedIn
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import sessions

NAME = "sealtalk"
LIFETIME = 30 * 86400
"""Seconds a session lasts: the age of upstream's cookie (reference 1.4)."""

_JSON = re.compile(rb"^application/json(?:;.*)?$", re.IGNORECASE)
_DECIDING = (b"content-length", b"transfer-encoding", b"content-type", b"origin", b"host")


class Cookies:
    """Reads and writes the session cookie.

    Old clients return it among junk: attributes as cookies of their own, several `Cookie` headers,
    pieces of an `Expires` date. Its value keeps to `[A-Za-z0-9_.-]`, and there is never a second
    one beside it.
    """

    def __init__(self, config: Config) -> None:
        name = config.sealtalk_cookie
        self._found = re.compile(rb"(?:^|[;,\s])" + name.encode() + rb"=([A-Za-z0-9_.-]+)")
        attributes = ["Path=/", "HttpOnly", f"SameSite={config.sealtalk_cookie_samesite}"]
        if config.sealtalk_cookie_domain:
            attributes.append(f"Domain={config.sealtalk_cookie_domain}")
        if config.secure:
            attributes.append("Secure")
        self._name, self._attributes = name, "; ".join(attributes)

    def token(self, headers: list[tuple[bytes, bytes]]) -> str:
        """Give the token that a request shows, or raise `NotLoggedIn`."""
        for name, value in headers:
            if name == b"cookie" and (found := self._found.search(value)):
                return found[1].decode()
        raise NotLoggedIn()

    def begin(self, token: str) -> dict[str, str]:
        """Give the header that hands a token to a client (no `Expires`: iOS trips over it)."""
        return {"set-cookie": f"{self._name}={token}; Max-Age={LIFETIME}; {self._attributes}"}

    def end(self) -> dict[str, str]:
        """Give the header that takes it away again, with the same attributes."""
        return {"set-cookie": f"{self._name}=; Max-Age=0; {self._attributes}"}


class Callers(Handlers):
    """Finds out who is asking."""

    def __init__(self, core: Core) -> None:
        self.cookies = Cookies(core.config)
        self._core = core

    def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """Give the caller of a request, or raise `NotLoggedIn` (a Litestar dependency)."""
        token = self.cookies.token(request.scope["headers"])  # type: ignore[arg-type]
        return self._core.sessions.caller(token, NAME)

    def known(self, request: Request[Any, Any, Any]) -> Caller | None:
        """Give the caller where anybody may ask; a cookie that is not good is none."""
        try:
            return self.caller(request)
        except NotLoggedIn:
            return None

    def terms(self, request: Request[Any, Any, Any]) -> sessions.Terms:
        """Give the terms of a session that begins with this request."""
        return sessions.Terms(
            dialect=NAME,
            ip=self._core.clients.ip(request),
            device=device(request),
            lifetime=LIFETIME,
        )


def admit(config: Config, scope: HTTPScope) -> None:
    """Refuse a body that is not JSON, and a page of another site that acts with our cookie."""
    headers = {name: value for name, value in scope["headers"] if name in _DECIDING}
    has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
    if has_body and not _JSON.match(headers.get(b"content-type", b"")):
        raise BadRequest("The body must be JSON, sent as application/json.")
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin or origin == config.public_url or origin in origins(config.allowed_origins):
        return
    try:
        at = urlsplit(origin)
    except ValueError:
        raise ForeignOrigin() from None
    # Anybody on the way can write a page that comes by http.
    written_by_others = config.secure and at.scheme != "https"
    if written_by_others or at.netloc != headers.get(b"host", b"").decode("latin-1"):
        raise ForeignOrigin()
