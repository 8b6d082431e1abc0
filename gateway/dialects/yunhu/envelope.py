"""How this dialect answers: `{"code":1,"data":…,"msg":"success"}`, or a protobuf `status`.

What went wrong in business travels as HTTP 200 with another `code`: clients show the `msg` of such
replies and of no others. Documented numbers apart, that code is -1. Only a path or verb that does
not exist (404), a request that is too large (413) and a fault of ours (500) have a status.
"""

from typing import Any, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.types import HTTPScope

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway import errors as gateway_errors
from gateway.dialects.yunhu import protobuf, words
from gateway.dialects.yunhu.protobuf import OK, SUCCESS
from gateway.dialects.yunhu.words import FAILED, Refused
from shared.errors import AppError, Kind

T = TypeVar("T")

NOT_LOGGED_IN = -101
PROTOBUF = "protobuf"
"""The option of a route that answers in protobuf."""

NO_STORE = {"cache-control": "private, no-store"}


class Done(msgspec.Struct, frozen=True):
    """It is done, and there is nothing to tell."""

    code: int = OK
    msg: str = SUCCESS


class Ok(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """It is done, and this is what was asked for."""

    code: int = OK
    data: T
    msg: str = SUCCESS


_STATUS_OF = {
    gateway_errors.NotFound: 404,
    gateway_errors.WrongMethod: 404,
    gateway_errors.TooLarge: 413,
}
"""A wrong verb is 404, as upstream answers it (reference 0.1)."""

_STATUS = {Kind.UNAVAILABLE: 500, Kind.INTERNAL: 500}


def fail(error: AppError, scope: HTTPScope) -> Response[Any]:
    """Say that something failed; who is not logged in hears it in JSON everywhere."""
    headers = dict(NO_STORE)
    if error.retry_after:
        headers["retry-after"] = str(error.retry_after)
    status = _STATUS_OF.get(type(error), _STATUS.get(error.kind, 200))
    code, msg = _code(error), words.of(error)
    if _speaks_protobuf(scope) and code != NOT_LOGGED_IN:
        message = pb.status_only(status=protobuf.status(code, msg))
        return protobuf.answer(message, status_code=status, headers=headers)
    body = {"code": code, "msg": msg}
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def _code(error: AppError) -> int:
    if isinstance(error, gateway_errors.NotLoggedIn):
        return NOT_LOGGED_IN
    return error.number if isinstance(error, Refused) else FAILED


def _speaks_protobuf(scope: HTTPScope) -> bool:
    handler: Any = scope.get("route_handler")
    return handler is not None and bool(handler.opt.get(PROTOBUF))
