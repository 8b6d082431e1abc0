"""Where clients upload pictures: our own media endpoint, or Qiniu."""

from typing import Protocol

import msgspec

from gateway.config import Config
from shared.bus import Bus
from shared.caller import Caller
from shared.contracts import pictures

QINIU_SECONDS = 3600
"""How long a Qiniu upload token is good for (upstream's figure, sealtalk reference 2.15)."""

MOST_BYTES = pictures.MOST_BYTES
"""Largest picture, wherever it goes."""


class UploadLeave(msgspec.Struct, frozen=True):
    """What a client needs to upload a picture."""

    target: str
    domain: str
    token: str


class ImageStorage(Protocol):
    """Gives leave to upload."""

    async def leave(self, caller: Caller) -> UploadLeave:
        """Give a person leave to upload a picture; changes nothing."""
        ...


class LocalImages:
    """Our own media endpoint: works on a machine without any account at a vendor."""

    def __init__(self, bus: Bus, public_host: str) -> None:
        self._bus, self._domain = bus, f"{public_host}/media"

    async def leave(self, caller: Caller) -> UploadLeave:
        """Have the profile service sign a token for pictures of this person."""
        ask = pictures.IssueTicket(user_id=caller.user_id)
        ticket = await self._bus.ask(pictures.issue_ticket, ask, caller=caller)
        return UploadLeave("local", self._domain, ticket.token)


class QiniuImages:
    """Qiniu's cloud storage, with a token for pictures of this size and no other file."""

    def __init__(self, access_key: str, secret_key: str, bucket: str, domain: str) -> None:
        from qiniu import Auth  # brings an HTTP client that only this choice needs

        self._auth, self._bucket, self._domain = Auth(access_key, secret_key), bucket, domain

    async def leave(self, caller: Caller) -> UploadLeave:
        """Sign an upload policy of Qiniu."""
        policy = {"fsizeLimit": MOST_BYTES, "mimeLimit": "image/*", "insertOnly": 1}
        token: str = self._auth.upload_token(self._bucket, expires=QINIU_SECONDS, policy=policy)
        return UploadLeave("qiniu", self._domain, token)


def image_storage(config: Config, bus: Bus) -> ImageStorage:
    """Choose by the settings."""
    if config.image_storage == "qiniu":
        return QiniuImages(
            config.qiniu_access_key,
            config.qiniu_secret_key,
            config.qiniu_bucket,
            config.qiniu_domain,
        )
    return LocalImages(bus, config.public_host)
