"""Pictures as this dialect names and shows them: nodes, links, and file objects.

A picture is one thing in all dialects: the profile keeps the link that any of them can show, and
here it is a file object wherever it is a picture of ours.
"""

import base64
import binascii
import re
from urllib.parse import quote

import msgspec

from gateway.config import Config
from shared.contracts import pictures
from shared.contracts.pictures import Picture
from shared.contracts.verification import PrivatePicture

VENDOR = "local"

_MEDIA_KEY = re.compile(r"^[a-z0-9]{1,64}\.[a-z]{2,5}\Z")
_PATH = re.compile(r"^(public|private):([A-Za-z0-9+/_=-]{4,400})\Z")


class Dimension(msgspec.Struct, frozen=True):
    """How large a picture is, in pixels."""

    width: int
    height: int


class File(msgspec.Struct, frozen=True):
    """A stored picture."""

    url: str
    vendor: str
    mime: str
    size: int
    """Bytes."""
    dimension: Dimension
    node: str
    """Its name where it is to be used."""


class Files:
    """Knows the links of pictures."""

    def __init__(self, config: Config) -> None:
        self._site = config.public_url
        self._media = f"{config.public_url}/media/"

    def kept(self, key: str) -> str:
        """Give what a profile keeps of a picture: a link that every dialect can show."""
        return f"{self._media}{key}"

    def key(self, link: str) -> str | None:
        """Give the key of a picture of ours that a profile names, or nothing."""
        key = link.removeprefix(self._media)
        return key if key != link and _MEDIA_KEY.match(key) else None

    def url(self, node: str) -> str:
        """Give the link at which a node is uploaded and shown."""
        channel, _, path = node.partition(":")
        return f"{self._site}/storage/{channel}:{base64.b64encode(path.encode()).decode()}"

    def shown(self, picture: Picture) -> File:
        """Show a picture."""
        return _file(picture, self.url(picture.node))

    def shown_private(self, private: PrivatePicture) -> File:
        """Show a picture to one of the few who may see it, with a link that is soon over."""
        link = f"{self.url(private.picture.node)}?pass={quote(private.pass_, safe='')}"
        return _file(private.picture, link)


def _file(picture: Picture, url: str) -> File:
    size = Dimension(picture.width, picture.height)
    return File(url, VENDOR, picture.media_type, picture.size, size, picture.node)


def key_in_link(name: str) -> str | None:
    """Give the key in the last part of a link, or nothing if it is none.

    >>> key_in_link("public:MjAyNi8xMS8yNS9hYi5wbmc=")
    'ab.png'
    """
    found = _PATH.match(name)
    if not found:
        return None
    padded = found[2].rstrip("=") + "=" * (-len(found[2].rstrip("=")) % 4)
    try:
        path = base64.urlsafe_b64decode(padded.replace("+", "-").replace("/", "_")).decode()
    except (binascii.Error, ValueError):
        return None
    return pictures.key_of_node(f"{found[1]}:{path}")
