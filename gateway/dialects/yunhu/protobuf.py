"""Reading and writing protobuf: which bodies are protobuf is told by the route, never by a header.

Clients announce the same message as application/x-protobuf, octet-stream or even JSON.
"""

import secrets
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message
from litestar import Response
from litestar.params import Body

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.reading import BodyRequest, strict_json

MEDIA_TYPE = "application/x-protobuf"
MESSAGE_BYTES = 64 * 1024
"""Largest message that is read; the largest that makes sense has some 2 KiB."""

OK, SUCCESS = 1, "success"

M = TypeVar("M", bound=Message)


class YunhuRequest(BodyRequest):
    """Decodes what the handler takes: a protobuf message where it takes one, else JSON."""

    async def read(self, body: bytes, wanted: Any) -> Any:
        """Read a body; what is neither is refused, and no text passes for a number."""
        if isinstance(wanted, type) and issubclass(wanted, Message):
            return decode(body, wanted)
        return strict_json(body, wanted)


def decode(body: bytes, kind: type[M]) -> M:
    """Read a message; raises `ValueError` for what is none, is cut off or is too large."""
    if len(body) > MESSAGE_BYTES:
        raise ValueError("the message is too large")
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise ValueError("this is no such message") from error


def status(code: int = OK, msg: str = SUCCESS) -> pb.Status:
    """Say how it went; every reply has a number of its own."""
    return pb.Status(number=secrets.randbits(53), code=code, msg=msg)


def answer(message: Message, **how: Any) -> Response[bytes]:
    """Reply with a message."""
    return Response(message.SerializeToString(), media_type=MEDIA_TYPE, **how)


def body(kind: type[Message]) -> Any:
    """Describe, for the API document, what a handler takes: the fields of a message."""
    fields = ", ".join(f"{one.number} {one.name}" for one in kind.DESCRIPTOR.fields)
    return Body(media_type=MEDIA_TYPE, title=kind.DESCRIPTOR.name, description=f"Fields: {fields}")
