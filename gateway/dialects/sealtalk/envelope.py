"""How this dialect answers: `{"code":200,"result":…}`, and every failure as JSON with a status.

`code` inside an HTTP 200 is a business outcome of the documented page; an HTTP error repeats its
status in `code`, because some clients read only the body.
"""

from typing import Any, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.types import HTTPScope

from gateway import errors as gateway_errors
from shared.errors import AppError, Kind

T = TypeVar("T")

OK = 200


class Done(msgspec.Struct, frozen=True):
    """It is done, and there is nothing to tell."""

    code: int = OK


class Ok(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """It is done, and this is the result."""

    code: int = OK
    result: T


class Code(AppError):
    """A documented outcome with a number of its own, told with HTTP status 200."""

    kind = Kind.CONFLICT
    code = "sealtalk.code"

    def __init__(
        self, number: int, retry_after: int | None = None, text: str | None = None
    ) -> None:
        super().__init__(text, number=number, retry_after=retry_after)
        self.body: dict[str, Any] = {"code": number} | ({"message": text} if text else {})


STATUS = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 403,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 400,
    Kind.EXHAUSTED: 429,
    Kind.UNAVAILABLE: 500,
    Kind.INTERNAL: 500,
}
"""The page knows 400, 404 and 500; 403 and 429 are what its servers answer (reference 1.4, 2.1)."""

_STATUS_OF = {gateway_errors.WrongMethod: 405, gateway_errors.TooLarge: 413}

NOT_LOGGED_IN = 1000
"""What clients take for "log in again" in the body of a 403 (reference 1.3)."""


def fail(error: AppError, _: HTTPScope) -> Response[Any]:
    """Say that something failed."""
    headers = {"cache-control": "private, no-store"}
    if error.retry_after:
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, Code):
        return Response(error.body, status_code=200, headers=headers)
    status = _STATUS_OF.get(type(error), STATUS[error.kind])
    body: dict[str, Any] = {"code": status, "message": error.message}
    if error.kind is Kind.UNAUTHENTICATED:
        body |= {"code": NOT_LOGGED_IN, "msg": error.message}
    return Response(body, status_code=status, headers=headers, media_type="application/json")
