"""What replies of every dialect must look like."""

import httpx


def is_private(reply: httpx.Response, kind: str = "application/json") -> None:
    """It is of this media type, which browsers do not doubt, and nobody keeps it."""
    assert reply.headers["content-type"] == kind, reply.content
    assert reply.headers["cache-control"] == "private, no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
