"""Reading what a request brings."""

from typing import Any

from litestar import Request
from litestar.datastructures import URL

from gateway.errors import BadRequest


class BodyRequest(Request[Any, Any, Any]):
    """A request that, where it cannot be read, is the client's mistake and not ours."""

    @property
    def url(self) -> URL:
        """The URL, unless the Host header makes none."""
        try:
            return super().url
        except ValueError:
            raise BadRequest() from None

    async def json(self) -> Any:
        """Read the body as JSON; text that is no UTF-8 and nesting without end are refused."""
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError):
            raise BadRequest() from None
