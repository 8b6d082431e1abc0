"""How this dialect answers: bare bodies, and failures as `{"message"}`, with `errors` by field."""

from typing import Any

import msgspec
from litestar import Response
from litestar.types import HTTPScope

from gateway.dialects.thinksns import texts
from gateway.dialects.thinksns.checks import Invalid
from shared.errors import AppError, Kind

HEADERS = {"cache-control": "private, no-store"}

STATUS = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 422,
    Kind.EXHAUSTED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.INTERNAL: 500,
}
"""Clients know 401, 403, 404, 405, 422 and 429 (reference 1.1)."""


class Said(msgspec.Struct, frozen=True):
    """Something to be shown to a person."""

    message: str


class Told(msgspec.Struct, frozen=True):
    """Something to be shown to a person, as a list: success messages of upstream are."""

    message: list[str]


class Refused(AppError):
    """What was asked is refused, in words and with a status of this dialect."""

    code, kind = "thinksns.refused", Kind.INVALID

    def __init__(self, status: int, text: str, retry_after: int | None = None) -> None:
        super().__init__(text, retry_after=retry_after)
        self.status = status


def fail(error: AppError, _: HTTPScope) -> Response[Any]:
    """Say that something failed."""
    headers = dict(HEADERS)
    if error.retry_after:
        headers["retry-after"] = str(error.retry_after)
    body: dict[str, Any] = {"message": _text(error)}
    if isinstance(error, Invalid):
        body["errors"] = error.errors
    elif field := texts.FIELDS.get(type(error)):
        body["errors"] = {field: [body["message"]]}
    return Response(
        body, status_code=_status(error), headers=headers, media_type="application/json"
    )


def _status(error: AppError) -> int:
    if isinstance(error, Refused):
        return error.status
    if type(error) in texts.FIELDS:
        return 422
    return texts.STATUS.get(type(error), STATUS[error.kind])


def _text(error: AppError) -> str:
    if isinstance(error, Invalid | Refused):
        return error.message
    return texts.TEXTS.get(type(error)) or texts.OF_KIND[error.kind]
