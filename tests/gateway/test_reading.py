"""Reading bodies that never come."""

import asyncio
from typing import Any

import pytest
from litestar import Litestar, post

from gateway import reading
from gateway.errors import BadRequest


def endless() -> reading.BodyRequest:
    """A request whose body begins and does not end."""

    async def receive() -> Any:
        await asyncio.Event().wait()

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


@pytest.mark.parametrize("read", [reading.BodyRequest.body, reading.form])
async def test_a_body_that_does_not_come(read, monkeypatch) -> None:
    """Nobody waits for it for ever."""
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.05)

    with pytest.raises(BadRequest):
        await read(endless())
