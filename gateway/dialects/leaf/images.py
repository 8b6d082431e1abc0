"""What pictures are called here: `/api/image/<key>` is `/media/<key>` by another name."""

import re

from gateway.config import Config

PREFIX = "/api/image/"
_KEY = re.compile(r"[a-z0-9]{1,64}\.[a-z]{2,5}\Z")


class Images:
    """Translates between the address that a profile keeps and the one that clients see."""

    def __init__(self, config: Config) -> None:
        self._media = f"{config.public_url}/media/"
        self._public_url = config.public_url

    def shown(self, address: str) -> str:
        """Show the address of a picture: relative to the site if we keep it, else as it is."""
        key = address.removeprefix(self._media)
        return f"{PREFIX}{key}" if key != address and _KEY.match(key) else address

    def key(self, url: str) -> str | None:
        """Give the key of a picture of ours, or nothing; clients may prepend the host."""
        path = url.removeprefix(self._public_url)
        key = path.removeprefix(PREFIX)
        return key if key != path and _KEY.match(key) else None

    def kept(self, key: str) -> str:
        """Give the address under which a profile keeps a picture of ours."""
        return f"{self._media}{key}"
