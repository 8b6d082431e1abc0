"""What replies of sealtalk must look like, to the last key."""

from typing import Any

import httpx

from tests.gateway.expect import is_private


def done(reply: httpx.Response) -> None:
    """It is done, and there is nothing to tell."""
    assert (reply.status_code, reply.json()) == (200, {"code": 200}), reply.text
    is_private(reply)


def result(reply: httpx.Response) -> Any:
    """It is done, and this is the result."""
    assert reply.status_code == 200, reply.text
    assert list(reply.json()) == ["code", "result"], reply.text
    assert reply.json()["code"] == 200
    is_private(reply)
    return reply.json()["result"]


def outcome(reply: httpx.Response, code: int) -> None:
    """It is not done, for a documented reason that has a number."""
    assert (reply.status_code, reply.json()) == (200, {"code": code}), reply.text
    is_private(reply)


def refused(reply: httpx.Response, status: int) -> None:
    """It is refused with an HTTP status, which the body repeats."""
    assert reply.status_code == status, reply.text
    assert list(reply.json()) == ["code", "message"], reply.text
    assert reply.json()["code"] == status
    assert reply.json()["message"]
    is_private(reply)


def not_logged_in(reply: httpx.Response) -> None:
    """It is refused because nobody knows who is asking."""
    assert reply.status_code == 403, reply.text
    body = reply.json()
    assert list(body) == ["code", "message", "msg"], reply.text
    assert body["code"] == 1000
    assert body["msg"] == body["message"] != ""
    is_private(reply)
