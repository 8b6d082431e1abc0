"""What happens to every request before a route is looked for, and after its reply is made."""

import itertools
import re
import secrets
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry.trace import SpanKind

from gateway import activity
from gateway.errors import TooLarge
from gateway.reading import read_on
from shared import bus
from shared.bus import DEADLINE
from shared.errors import AppError
from shared.telemetry import logs, metrics, traces

HEADERS_MOST, HEADER_BYTES_MOST, HEADER_MOST = 100, 16 * 1024, 8 * 1024
"""Headers per request, bytes of them all, bytes of one (ASVS 5.0, 4.2.5)."""

_SLASHES, _SLASHES_AS_SENT = re.compile("//+"), re.compile(b"//+")
_SAFE_ID = re.compile(rb"^[A-Za-z0-9_-]{8,64}$")
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_NOSNIFF = (b"x-content-type-options", b"nosniff")


Admit = Callable[[HTTPScope], None]
Refuse = Callable[[HTTPScope, AppError], ASGIApp]


class Front:
    """Wraps the application: paths, header limits, deadline, request id, metrics and trace.

    It stands before every request, so it does little and avoids making objects.
    """

    def __init__(
        self, app: ASGIApp, admit: Admit, refuse: Refuse, dialect_of: Callable[[str], str]
    ) -> None:
        self._app, self._admit, self._refuse = app, admit, refuse
        self._dialect_of = dialect_of
        self._ids = map(
            "{}{:08x}".format, itertools.repeat(secrets.token_hex(8)), itertools.count()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if "//" in path:
            path = scope["path"] = _SLASHES.sub("/", path)
            # As it was sent: what a dialect reads from it is decoded once, there.
            scope["raw_path"] = _SLASHES_AS_SENT.sub(b"/", scope["raw_path"])
        request_id = self._begin(scope)
        started = time.perf_counter()
        method = scope["method"]
        if method == "HEAD":
            scope["method"] = "GET"  # the server leaves out the body of its reply
        status, is_read = 500, scope["method"] == "GET"

        async def receive_on() -> Any:
            nonlocal is_read
            message = await receive()
            is_read = not message.get("more_body")
            return message

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = ((b"x-request-id", request_id.encode()), _NOSNIFF)
                message["headers"] = [*message.get("headers", ()), *extra]
                if not is_read:  # refused before that: cut off now, many would never see why
                    await read_on(receive_on)
            await send(message)

        try:
            if traces.is_on():
                with traces.span(method, SpanKind.SERVER, _headers(scope)) as span:
                    await self._serve(scope, receive_on, send_on)
                    # Not the path itself: there are addresses of people in some.
                    span.update_name(f"{method} {scope.get('path_template', '')}".strip())
            else:
                await self._serve(scope, receive_on, send_on)
        finally:
            named = method if method in _METHODS else "other"
            route = scope.get("path_template") or "unknown"
            _seconds(self._dialect_of(path), route, named, status).observe(
                time.perf_counter() - started
            )

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        try:
            _check_headers(scope)
            if scope["method"] != "GET":
                self._admit(scope)
        except AppError as error:
            await self._refuse(scope, error)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _begin(self, scope: HTTPScope) -> str:
        request_id = next(self._ids)
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _SAFE_ID.match(value):
                request_id = value.decode()
        logs.request_id.set(request_id)
        bus.deadline.set(time.time() + DEADLINE)
        activity.current.set(scope)
        return request_id


def _check_headers(scope: HTTPScope) -> None:
    count = total = longest = 0
    for name, value in scope["headers"]:
        size = len(value)
        count += 1
        total += len(name) + size + 4
        longest = max(longest, size)
    if count > HEADERS_MOST or total > HEADER_BYTES_MOST or longest > HEADER_MOST:
        raise TooLarge("The headers are larger than what is read.")


@cache
def _seconds(dialect: str, route: str, method: str, status: int) -> Any:
    """Give the histogram of a route; routes, methods and statuses are few."""
    return metrics.HTTP_SECONDS.labels(dialect, route, method, str(status))


def _headers(scope: HTTPScope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
