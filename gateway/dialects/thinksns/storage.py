"""Files: announcing an upload, uploading, and showing what was uploaded."""

import re
import time
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import QueryParameter

from gateway.core import Core
from gateway.dialects.thinksns import inputs, rules
from gateway.dialects.thinksns.checks import Checks, Wrong, required
from gateway.dialects.thinksns.envelope import Refused
from gateway.dialects.thinksns.files import Files, key_in_link
from gateway.errors import NotFound, NotLoggedIn
from gateway.handlers import Handlers
from shared import bus
from shared.caller import Caller
from shared.contracts import pictures
from shared.contracts.pictures import Channel

UPLOAD_SECONDS = 15.0
"""How long an upload may take in the services: pictures are drawn anew a few at a time."""

TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
}
"""Endings of file names, and what they stand for."""

LONGEST_FILENAME = 255
"""Characters."""

_MD5 = re.compile(r"^[0-9a-fA-F]{32}\Z")
_RULE = re.compile(r"^([whbq])_([0-9]{1,5})\Z")
_RULE_MOST = 100

_SHOWN = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "vary": "Origin",  # what a page may do with it is not what another may, nor a mere <img>
}
_PUBLIC = _SHOWN | {"cache-control": "public, max-age=31536000, immutable"}
_PRIVATE = _SHOWN | {"cache-control": "private, no-store", "referrer-policy": "no-referrer"}

AnyRequest = Request[Any, Any, Any]


class Task(msgspec.Struct, frozen=True):
    """How to upload: `form` is null as the body is the file itself.

    Of the headers the size is a number, as it was announced: some clients take nothing else for it.
    """

    uri: str
    method: str
    headers: dict[str, str | int]
    form: None
    file_key: None
    node: str


class Uploaded(msgspec.Struct, frozen=True):
    """What was uploaded."""

    node: str


class Storage(Handlers):
    """Takes files and shows them."""

    def __init__(self, core: Core, files: Files) -> None:
        self.core, self.files = core, files

    async def announce(self, data: inputs.UploadTask, caller: Caller) -> Task:
        """Announce a picture; what is uploaded within the hour must be just that, once."""
        checks = Checks()
        checks.of("filename", required(_filename), data.filename)
        md5 = checks.of("hash", required(_md5), data.hash)
        size = checks.of("size", required(_size), data.size)
        media_type = checks.of("mime_type", required(_media_type), data.mime_type)
        channel = data.storage.channel if data.storage else None
        checks.of("storage.channel", _channel, channel)
        checks.end()
        ask = pictures.AnnouncePicture(
            user_id=caller.user_id, md5=md5, size=size, media_type=media_type
        )
        made = await self.core.bus.ask(pictures.announce_picture, ask, caller=caller)
        headers: dict[str, str | int] = {
            "Authorization": f"Bearer {made.token}",
            "Content-Type": media_type,
            "x-plus-storage-hash": md5,
            "x-plus-storage-size": size,
            "x-plus-storage-mime-type": media_type,
        }
        return Task(self.files.url(made.node), "PUT", headers, None, None, made.node)

    async def upload(self, name: str, request: AnyRequest) -> Uploaded:
        """Upload what was announced, by right of the announcement's own token."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not token:
            raise NotLoggedIn()
        if key_in_link(name) is None:
            raise NotFound()
        if len(token) > rules.TOKEN_MOST:
            raise Refused(403, "上传签名无效或者已过期")
        content = await request.body()
        bus.deadline.set(time.time() + UPLOAD_SECONDS)
        ask = pictures.StoreAnnounced(token=token, content=content)
        try:
            stored = await self.core.bus.ask(pictures.store_announced, ask, timeout=UPLOAD_SECONDS)
        except pictures.BadTicket:
            raise Refused(403, "上传签名无效或者已过期") from None
        return Uploaded(stored.node)

    async def show(
        self,
        name: str,
        rule: str | None = None,
        pass_: Annotated[str | None, QueryParameter(name="pass")] = None,
    ) -> Response[bytes]:
        """Show a picture, smaller (`w_`, `h_`), blurred (`b_`) or coarser (`q_`) if asked.

        A private one is shown only with the pass that is in its owner's links.
        """
        key = key_in_link(name)
        if key is None or len(pass_ or "") > rules.TOKEN_MOST:
            raise NotFound()
        ask = pictures.ReadPicture(key=key, pass_=pass_ or "", **drawing(rule or ""))
        found = await self.core.bus.ask(pictures.read_picture, ask)
        headers = _PUBLIC if found.channel is Channel.PUBLIC else _PRIVATE
        return Response(found.content, media_type=found.media_type, headers=headers)


def drawing(rule: str) -> dict[str, int]:
    """Read how a picture is to be drawn; what cannot be read or is out of bounds is let go.

    >>> drawing("w_200,h_100,b_0,q_90,x")
    {'width': 200, 'height': 100, 'quality': 90}
    """
    asked: dict[str, int] = {}
    for word in rule[:_RULE_MOST].split(","):
        if found := _RULE.match(word.strip()):
            asked[found[1]] = int(found[2])
    made: dict[str, int] = {}
    for letter, field, most in (
        ("w", "width", pictures.LONGEST_EDGE),
        ("h", "height", pictures.LONGEST_EDGE),
        ("b", "blur", 100),
        ("q", "quality", 100),
    ):
        if asked.get(letter):
            made[field] = min(asked[letter], most)
    return made


def _filename(text: str) -> str:
    ending = text.rpartition(".")[2].lower()
    if len(text) > LONGEST_FILENAME or "." not in text or ending not in TYPES:
        raise Wrong("文件类型不支持")
    return text


def _md5(text: str) -> str:
    if not _MD5.match(text):
        raise Wrong("文件校验值格式不正确")
    return text.lower()


def _size(size: int) -> int:
    if not 1 <= size <= pictures.MOST_BYTES:
        raise Wrong(f"文件大小不能超过 {pictures.MOST_BYTES // 1024 // 1024} MB")
    return size


def _media_type(text: str) -> str:
    known = text.lower().replace("image/jpg", "image/jpeg")  # as some clients call it
    if known not in TYPES.values():
        raise Wrong("文件类型不支持")
    return known


def _channel(text: str | None) -> str:
    if text not in (None, Channel.PUBLIC):
        raise Wrong("{field}只能是 public")
    return Channel.PUBLIC
