"""What happens to every request before a route is looked for, and after its reply is made."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry.trace import SpanKind

from gateway.clients import header_bytes
from shared import bus
from shared.bus import DEADLINE
from shared.telemetry import metrics, traces

HEADERS_MOST, HEADER_BYTES_MOST, HEADER_MOST = 100, 16 * 1024, 8 * 1024
"""Headers per request, bytes of them all, bytes of one (ASVS 5.0, 4.2.5)."""

_SLASHES = re.compile("//+")
_SAFE_ID = re.compile(rb"^[A-Za-z0-9_-]{8,64}$")


class Front:
    """Wraps the application: paths, header limits, deadline, request id, metrics and trace."""

    def __init__(
        self, app: ASGIApp, refuse_headers: ASGIApp, dialect_of: Callable[[str], str]
    ) -> None:
        self._app, self._refuse_headers, self._dialect_of = app, refuse_headers, dialect_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if "//" in path:
            path = scope["path"] = _SLASHES.sub("/", path)
            scope["raw_path"] = path.encode()
        request_id = _request_id(scope)
        bus.request_id.set(request_id)
        bus.deadline.set(time.time() + DEADLINE)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                headers += ((b"x-request-id", request_id.encode()), _NOSNIFF)
                message["headers"] = headers
            await send(message)

        app = self._app if _headers_fit(scope) else self._refuse_headers
        try:
            with traces.span(f"{scope['method']} {path}", SpanKind.SERVER, _Headers(scope)):
                await app(scope, receive, send_on)
        finally:
            metrics.HTTP_SECONDS.labels(
                self._dialect_of(path),
                scope.get("path_template") or "unknown",
                scope["method"] if scope["method"] in _METHODS else "other",
                str(status),
            ).observe(time.perf_counter() - started)


_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_NOSNIFF = (b"x-content-type-options", b"nosniff")


def _headers_fit(scope: Scope) -> bool:
    headers = list(scope["headers"])
    return (
        len(headers) <= HEADERS_MOST
        and header_bytes(headers) <= HEADER_BYTES_MOST
        and all(len(value) <= HEADER_MOST for _, value in headers)
    )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SAFE_ID.match(value):
            return value.decode()
    return uuid.uuid4().hex


class _Headers(dict[str, str]):
    """The two headers of a trace context, looked up only when traces are on."""

    def __init__(self, scope: Scope) -> None:
        wanted = (b"traceparent", b"tracestate")
        super().__init__(
            (name.decode(), value.decode("latin-1"))
            for name, value in scope["headers"]
            if name in wanted
        )
