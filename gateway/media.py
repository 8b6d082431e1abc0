"""Pictures over HTTP: our own media endpoint, and what every dialect serves and accepts them with.

A picture's URL is `<public url>/media/<key>`; that is what profiles keep. Dialects give it paths of
their own on top, and come here for the content.
"""

import re
import time
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import QueryParameter

from gateway.core import Core
from gateway.errors import BadRequest, NotFound
from gateway.images import MOST_BYTES
from gateway.reading import FORM_BYTES, form
from shared import bus
from shared.caller import Caller
from shared.contract import Answer, Ask, Call
from shared.contracts import pictures
from shared.contracts.pictures import Channel, Picture

UPLOAD_SECONDS = 15.0
"""How long an upload may take in the services: pictures are drawn anew a few at a time."""

_HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "vary": "Origin",  # what a page may do with it is not what another may, nor a mere <img>
}
_CACHE = {
    Channel.PUBLIC: "public, max-age=31536000, immutable",
    Channel.PRIVATE: "private, no-store",
}
_RULE = re.compile(r"([whbq])_([0-9]{1,4})")
_MOST = {"w": pictures.LONGEST_EDGE, "h": pictures.LONGEST_EDGE, "b": 100, "q": 100}
_LOOKS = {"w": "width", "h": "height", "b": "blur", "q": "quality"}


class Uploaded(msgspec.Struct):
    """Where the picture is: `domain/key` as upload tokens promise, and the whole URL."""

    key: str
    hash: str
    url: str
    width: int
    height: int


def url_of(core: Core, key: str) -> str:
    """Give the URL of a public picture, as profiles keep it."""
    return f"{core.config.public_url}/media/{key}"


def look(rule: str) -> dict[str, int]:
    """Read how a picture is to be shown: `w_200,h_100,b_0,q_90`, in any order, each at most once.

    Refuses anything else. 0 asks for nothing; bounds beyond what is kept do not either, and blur
    and quality end at 100.
    """
    wanted: dict[str, int] = {}
    for word in filter(None, rule.split(",")):
        found = _RULE.fullmatch(word)
        if not found or _LOOKS[found[1]] in wanted:
            raise BadRequest("The rule is not of the form w_200,h_100,b_0,q_90.")
        wanted[_LOOKS[found[1]]] = min(int(found[2]), _MOST[found[1]])
    return {name: number for name, number in wanted.items() if number}


async def show(core: Core, key: str, *, pass_: str = "", rule: str = "") -> Response[bytes]:
    """Serve a picture to anyone who knows its key; a private one needs its pass."""
    try:
        ask = msgspec.convert({"key": key, "pass_": pass_, **look(rule)}, pictures.ReadPicture)
    except msgspec.ValidationError:
        raise NotFound() from None
    found = await core.bus.ask(pictures.read_picture, ask)
    return Response(
        found.content,
        media_type=found.media_type,
        headers={**_HEADERS, "cache-control": _CACHE[found.channel]},
    )


async def add(core: Core, caller: Caller, content: bytes) -> Picture:
    """Keep a picture that the caller uploads to show it: for a day, and as long as they do."""
    ask = pictures.AddPicture(user_id=caller.user_id, content=content, unless_unused=True)
    return await store(core, pictures.add_picture, ask, caller)


async def store(
    core: Core, call: Call[Ask, Answer], ask: Ask, caller: Caller | None = None
) -> Answer:
    """Ask for a picture to be kept, with the time that an upload may take."""
    bus.deadline.set(time.time() + UPLOAD_SECONDS)
    return await core.bus.ask(call, ask, timeout=UPLOAD_SECONDS, caller=caller)


def router(core: Core) -> Router:
    """Mount `/media`."""

    @post("/", status_code=200, request_max_body_size=MOST_BYTES + FORM_BYTES)
    async def upload(request: Request[Any, Any, Any]) -> Uploaded:
        """Upload a picture as a form of `token` and `file`, as Qiniu's clients do."""
        found = await form(request)
        token, file = found.get("token"), found.get("file")
        if not isinstance(token, str) or not isinstance(file, UploadFile):
            raise BadRequest("The form needs a token and a file.")
        content = await file.read(MOST_BYTES + 1)
        ask = pictures.StorePicture(ticket=token, content=content)
        stored = await store(core, pictures.store_picture, ask)
        return Uploaded(
            key=stored.key,
            hash=stored.key.partition(".")[0],
            url=url_of(core, stored.key),
            width=stored.width,
            height=stored.height,
        )

    @get("/{key:str}")
    async def show_picture(
        key: str,
        pass_: Annotated[str, QueryParameter(name="pass")] = "",
        rule: str = "",
    ) -> Response[bytes]:
        """Show a picture, or a smaller view of it (`rule=w_200,h_100,b_0,q_90`).

        Anyone who knows the key sees a public picture; a private one needs its `pass`.
        """
        return await show(core, key, pass_=pass_, rule=rule)

    handlers: list[Any] = [upload, show_picture]
    return Router(path="/media", route_handlers=handlers, tags=["media"])
