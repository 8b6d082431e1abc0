"""What replies of thinksns must look like, to the last key."""

from typing import Any

import httpx

from tests.gateway.expect import is_private

USER = [
    "id",
    "name",
    "bio",
    "sex",
    "location",
    "invite_code",
    "avatar",
    "bg",
    "feed_topics_count",
    "extra",
    "verification",
    "has_follower",
    "has_following",
    "created_at",
    "updated_at",
    "commodities_count",
    "vip",
]
"""Keys of a person as everyone sees them."""

OWN = {"email", "phone", "currency", "wallet", "friends_count", "initial_password"}
"""Keys that only their owner sees."""


def result(reply: httpx.Response, status: int = 200) -> Any:
    """It is done, and this is the result."""
    assert reply.status_code == status, reply.text
    is_private(reply)
    return reply.json()


def done(reply: httpx.Response) -> None:
    """It is done, and there is nothing to tell."""
    assert (reply.status_code, reply.content) == (204, b""), reply.text


def refused(reply: httpx.Response, status: int) -> str:
    """It is refused, for a reason that a person can read."""
    assert reply.status_code == status, reply.text
    assert list(reply.json()) == ["message"], reply.text
    is_private(reply)
    message: str = reply.json()["message"]
    assert message
    return message


def invalid(reply: httpx.Response, *fields: str) -> dict[str, list[str]]:
    """It is refused because of these fields, all of them told; the message is the first."""
    assert reply.status_code == 422, reply.text
    body = reply.json()
    assert list(body) == ["message", "errors"], reply.text
    is_private(reply)
    errors: dict[str, list[str]] = body["errors"]
    assert set(errors) == set(fields), reply.text
    assert body["message"] == next(iter(errors.values()))[0]
    return errors


def unauthenticated(reply: httpx.Response) -> None:
    """It is refused because nobody knows who is asking."""
    assert refused(reply, 401) == "Unauthenticated."
