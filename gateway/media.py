"""Our own media endpoint: pictures in with an upload token, pictures out by their key."""

import time
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from gateway.core import Core
from gateway.errors import BadRequest, NotFound
from gateway.images import MOST_BYTES
from shared import bus
from shared.contracts import pictures

FORM_BYTES = 64 * 1024
"""What a form may add to the picture."""

UPLOAD_SECONDS = 15.0
"""How long an upload may take in the services: pictures are drawn anew a few at a time."""

_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
}


class Uploaded(msgspec.Struct):
    """Where the picture is: `domain/key` as upload tokens promise, and the whole URL."""

    key: str
    hash: str
    url: str
    width: int
    height: int


def router(core: Core) -> Router:
    """Mount `/media`."""

    @post("/", status_code=200, request_max_body_size=MOST_BYTES + FORM_BYTES)
    async def upload(
        data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
    ) -> Uploaded:
        """Upload a picture as a form of `token` and `file`, as Qiniu's clients do."""
        token, file = data.get("token"), data.get("file")
        if not isinstance(token, str) or not isinstance(file, UploadFile):
            raise BadRequest("The form needs a token and a file.")
        content = await file.read(MOST_BYTES + 1)
        bus.deadline.set(time.time() + UPLOAD_SECONDS)
        stored = await core.bus.ask(
            pictures.store_picture,
            pictures.StorePicture(ticket=token, content=content),
            timeout=UPLOAD_SECONDS,
        )
        return Uploaded(
            key=stored.key,
            hash=stored.key.partition(".")[0],
            url=f"{core.config.public_url}/media/{stored.key}",
            width=stored.width,
            height=stored.height,
        )

    @get("/{key:str}")
    async def show(key: str) -> Response[bytes]:
        """Show a picture to anyone who knows its key."""
        try:
            ask = msgspec.convert({"key": key}, pictures.ReadPicture)
        except msgspec.ValidationError:
            raise NotFound() from None
        found = await core.bus.ask(pictures.read_picture, ask)
        return Response(found.content, media_type=found.media_type, headers=_HEADERS)

    handlers: list[Any] = [upload, show]
    return Router(path="/media", route_handlers=handlers, tags=["media"])
