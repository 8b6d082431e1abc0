"""Reading bodies that never come, or stop coming."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar, post

from gateway import reading
from gateway.errors import BadRequest
from shared import bus


async def nothing() -> Any:
    """Wait for a part of a body that does not come."""
    await asyncio.Event().wait()


async def disconnected() -> Any:
    """Hear that the client is gone."""
    return {"type": "http.disconnect"}


def request(receive: Callable[[], Any]) -> reading.BodyRequest:
    """Make a request whose body comes from there."""

    @post("/")
    async def handler() -> None: ...

    app = Litestar([handler])
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"content-type", b"multipart/form-data; boundary=x")],
        "litestar_app": app,
        "route_handler": app.routes[0].route_handlers[0],  # type: ignore[union-attr]
    }
    return reading.BodyRequest(scope, receive)  # type: ignore[arg-type]


@pytest.mark.parametrize("receive", [nothing, disconnected])
@pytest.mark.parametrize("read", [reading.BodyRequest.body, reading.form])
async def test_a_body_that_does_not_come(read, receive, monkeypatch) -> None:
    """Nobody waits for it for ever, and who leaves meanwhile made a mistake of their own."""
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.05)

    with pytest.raises(BadRequest):
        await read(request(receive))


async def test_a_body_that_took_its_time() -> None:
    """The five seconds of a request begin when its body is there: a slow line is no failure."""

    async def late() -> Any:
        bus.deadline.set(0.0)
        return {"type": "http.request", "body": b"{}", "more_body": False}

    assert await request(late).body() == b"{}"

    assert (bus.deadline.get() or 0) > time.time()
