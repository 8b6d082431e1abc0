"""How what a handler gives becomes an answer."""

from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.serialization import get_serializer
from litestar.types import ASGIApp, Receive, Scope, Send

T = TypeVar("T")

_encode = msgspec.json.Encoder(enc_hook=get_serializer({})).encode


class JsonResponse(Response[T]):
    """What a handler gives that is no `Response` itself: JSON, with the headers of its route.

    Litestar's own response prepares cookies, background tasks, encoders and a choice of formats for
    every answer, which is an eighth of what the gateway spends on a read; an answer that has none
    of them needs none of it. Any other is left to Litestar.
    """

    __slots__ = ("_others",)

    def __init__(self, content: T, *, status_code: int | None = None, **others: Any) -> None:
        self.content, self.status_code, self._others = content, status_code, others

    def to_asgi_response(  # type: ignore[override]  # or any ASGI application, which is all it is
        self,
        app: None,
        request: Request[Any, Any, Any],
        *,
        headers: dict[str, str] | None = None,
        cookies: Any = None,
        **others: Any,
    ) -> ASGIApp:
        """Give what sends the answer."""
        if self.status_code == 204 or cookies or others or isinstance(self.content, str | bytes):
            usual = Response(self.content, status_code=self.status_code, **self._others)
            return usual.to_asgi_response(app, request, headers=headers, cookies=cookies, **others)
        body = _encode(self.content)
        start: Any = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
                *((name.encode(), value.encode()) for name, value in (headers or {}).items()),
            ],
        }

        async def answer(_: Scope, __: Receive, send: Send) -> None:
            await send(start)
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return answer
