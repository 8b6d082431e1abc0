"""Reading what a request brings. A dialect reads bodies in its own way by a class of its own here.

What a handler takes as `data` is read by `BodyRequest.read`, whose default takes any body for JSON.
A dialect whose clients send something else names a subclass in `Dialect.request`:

- JSON with keys in any case, a form instead of it: see leaf;
- protobuf: `read` gets the class that the handler takes, and can tell by it what to decode;
- no body where there may be one: `data: views.X | None = None`, with DELETE as well.

Files come by `uploaded`.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import URL, FormMultiDict, UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, InternalServerException
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.types import Receive

from gateway.errors import BadRequest, NoUpload, TooLarge
from shared import bus

FORM_BYTES = 64 * 1024
"""What a form may add to the file in it."""

FIELDS_MOST = 200
"""Fields in a form without files or in a query: each costs a microsecond while nothing else is
served, and a body has room for half a million."""

COMMAS_MOST = 20_000
"""Commas in a body, and with them values: a MiB of JSON has room for half a million, and what makes
objects of them would hold everybody else up for most of a second."""

LINGER_BYTES, LINGER_SECONDS = 16 * 1024 * 1024, 2.0
"""What is still read of a body that nobody wants, before the connection is cut."""


BODY_SECONDS = 60.0
"""How long a body may take to come in: a picture by a slow line, and no place held for ever by who
sends byte by byte."""


@contextlib.asynccontextmanager
async def _coming_in() -> AsyncIterator[None]:
    """Wait for a body; the request's own time begins when it is there, as a slow line takes its."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            yield
    except TimeoutError:
        raise BadRequest("The body did not come in time.") from None
    except InternalServerException:  # the client is gone: no fault of ours, and nobody hears of it
        raise BadRequest() from None
    bus.deadline.set(time.time() + bus.DEADLINE)


class BodyRequest(Request[Any, Any, Any]):
    """A request that, where it cannot be read, is the client's mistake and not ours."""

    @property
    def url(self) -> URL:
        """The URL, unless the Host header makes none."""
        try:
            return super().url
        except ValueError:
            raise BadRequest() from None

    async def body(self) -> bytes:
        """Read the body, which must be there within `BODY_SECONDS`."""
        async with _coming_in():
            return await super().body()

    async def json(self) -> Any:
        """Read the body for the handler's `data`; Litestar asks so for every body but forms."""
        field = self.route_handler.parsed_data_field
        body = await self.body()
        if body.count(b",") > COMMAS_MOST:
            raise BadRequest()
        try:
            return await self.read(body, field.annotation if field else Any)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            raise BadRequest() from None

    async def read(self, body: bytes, wanted: Any) -> Any:
        """Read a body that is not empty; `wanted` is the type that the handler takes.

        What is given is either a `wanted` or what Litestar makes one of (from builtins; texts
        pass for numbers there). `ValueError` and msgspec's errors mean that it is unreadable.
        """
        return msgspec.json.decode(body)


@cache
def _json(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)


def strict_json(body: bytes, wanted: Any) -> Any:
    """Read JSON whose values have the wanted types as they stand: a text is no number.

    >>> strict_json(b'["1"]', list[int])
    Traceback (most recent call last):
        ...
    msgspec.ValidationError: Expected `int`, got `str` - at `$[0]`
    """
    return _json(wanted).decode(body)


def form_with_file(field: str) -> type[Operation]:
    """Document a route that reads its body by `uploaded` (its `operation_class`)."""
    file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
    form = Schema(type=OpenAPIType.OBJECT, properties={field: file}, required=[field])

    @dataclass
    class WithFile(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(
                {"multipart/form-data": OpenAPIMediaType(form)}, required=True
            )

    return WithFile


def fields(text: bytes) -> dict[str, str]:
    """Read a query or a form without files; of a field that comes twice the last counts.

    Raises `BadRequest` if it cannot be read or has more than `FIELDS_MOST` fields.
    """
    try:
        return dict(parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=FIELDS_MOST))
    except ValueError:
        raise BadRequest() from None


async def form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """Read a multipart form.

    Raises `NoUpload` if it cannot be read or is of another kind, `TooLarge` past the route's limit.
    """
    if request.content_type[0] != RequestEncodingType.MULTI_PART:
        raise NoUpload()
    try:
        async with _coming_in():
            return await request.form()
    except HTTPException as error:
        raise (TooLarge if error.status_code == 413 else NoUpload)() from None
    except (ValueError, LookupError):  # such as a charset that nobody knows
        raise NoUpload() from None


async def uploaded(request: Request[Any, Any, Any], field: str, most_bytes: int) -> bytes:
    """Give the file in a field of a multipart form, for a dialect that tells failures as it likes.

    Raises `NoUpload` if there is none or the form cannot be read, and `TooLarge` past so many
    bytes; the route allows `FORM_BYTES` more in `request_max_body_size`.
    """
    file = (await form(request)).get(field)
    if not isinstance(file, UploadFile):
        raise NoUpload()
    content = await file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise TooLarge()
    return content


async def read_on(receive: Receive) -> None:
    """Drop what a client is still sending: most read a refusal only when they are done."""
    left = LINGER_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                left -= len(message["body"])
