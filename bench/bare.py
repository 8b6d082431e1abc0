"""The baseline of reads: a bare Litestar handler that answers the same bytes."""

import os

from litestar import Litestar, Response, get

BODY = os.environ.get("BENCH_BODY", "{}").encode()


@get("/user/{user_id:str}")
async def show(user_id: str) -> Response[bytes]:
    """Answer what the gateway answers, without knowing anybody."""
    return Response(BODY, media_type="application/json")


app = Litestar([show], openapi_config=None, logging_config=None)
