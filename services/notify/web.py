"""Asking providers over HTTP: answers of a sensible size, and what it means if there is none."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from services.notify.sending.channels import TryLater
from shared.encoding import UNREADABLE

LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read: providers answer with some hundred."""

CONNECTIONS = 64
"""Connections to one provider: as many as messages are sent at once."""


class Unclear(Exception):
    """The answer does not tell whether the message was taken."""


@dataclass(frozen=True)
class Answer:
    """What a provider answered."""

    status: int
    body: bytes
    headers: httpx.Headers

    def read(self, kind: type[Any]) -> Any:
        """Read the body as JSON of this shape, or raise `Unclear`."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except UNREADABLE:
            raise Unclear(f"answered {self.status} without what it documents") from None


def basic(name: str, password: str) -> dict[str, str]:
    """Give the header of HTTP Basic authentication."""
    return {"authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}


def client(http2: bool = False) -> httpx.AsyncClient:
    """Make a client that keeps its connections; who asks sets how long an answer may take."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx.AsyncClient(
        http1=not http2,
        http2=http2,
        limits=limits,
        timeout=httpx.Timeout(None, connect=3.0),
        trust_env=False,
        follow_redirects=False,
    )


async def call(http: httpx.AsyncClient, request: httpx.Request) -> Answer:
    """Send a request and read the answer.

    Raises `TryLater` if no connection could be made or the provider says "too many" or "not now",
    `Unclear` or `httpx.HTTPError` if it may have taken the message.
    """
    body = bytearray()
    try:
        response = await http.send(request, stream=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        raise TryLater("cannot be reached") from None
    try:
        if response.status_code in (429, 503):
            # Whatever else it says of that, and however long it takes to.
            raise TryLater(f"answered {response.status_code}")
        async for part in response.aiter_bytes():
            body += part
            if len(body) > LONGEST_ANSWER:
                raise Unclear("the answer is too long")
    finally:
        await response.aclose()
    return Answer(response.status_code, bytes(body), response.headers)
