"""What may be uploaded, how often, with which ticket, and with which pass it is seen."""

import hashlib
import re
import secrets
import time
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from shared.contracts import pictures
from shared.encoding import to_msgpack
from shared.seals import BrokenSeal, seal, unseal
from shared.settings import Key, KeyRing

TICKET_LIFETIME = 3600
"""Seconds that a ticket is good for."""

UPLOADS_PER_HOUR = 30
"""Uploads of one person in one hour by the clock: drawing a picture takes up to a second of CPU."""

HOUR = 3600

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}
"""What pictures are kept as."""

_MEDIA_TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()}
_KEY = re.compile(
    r"([0-9a-f]{32}|[0-9a-f]{64})\.(jpg|png)"
)  # 32 digits: of before there were nodes


class _Ticket(msgspec.Struct, frozen=True, array_like=True):
    """Leave to upload anything for a while."""

    owner: int
    expires_at: int


class Announced(msgspec.Struct, frozen=True, array_like=True):
    """Leave to upload just this, once."""

    owner: int
    key: str
    channel: pictures.Channel
    md5: str
    size: int
    media_type: str
    expires_at: int


class _Pass(msgspec.Struct, frozen=True, array_like=True):
    """Leave to see a private picture."""

    key: str
    expires_at: int


_Sealed = TypeVar("_Sealed", _Ticket, Announced, _Pass)
_DECODERS: dict[type, msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in (_Ticket, Announced, _Pass)
}
_PURPOSES: dict[type, str] = {_Ticket: "upload", Announced: "announced", _Pass: "show"}


def kept_as(media_type: str) -> str:
    """Give the type that a picture of an announced type is kept as: JPEG stays, the rest is PNG."""
    return media_type if media_type == "image/jpeg" else "image/png"


def new_key(media_type: str) -> str:
    """Make a name that nobody can guess."""
    return f"{secrets.token_hex(32)}.{EXTENSIONS[media_type]}"


def is_key(text: str) -> bool:
    """Whether a text has the form of our keys."""
    return _KEY.fullmatch(text) is not None


def media_type_of(key: str) -> str:
    """Give the media type of a picture by its key."""
    return _MEDIA_TYPES[key.rpartition(".")[2]]


def check_size(content: bytes) -> None:
    """Refuse what has too many bytes."""
    if len(content) > pictures.MOST_BYTES:
        raise pictures.PictureTooLarge(bytes=len(content), limit=pictures.MOST_BYTES)


def check_announced(announced: Announced, content: bytes) -> None:
    """Refuse content of another size or digest than was announced."""
    if len(content) != announced.size:
        raise pictures.NotAsAnnounced(field="size")
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if digest != announced.md5:
        raise pictures.NotAsAnnounced(field="md5")


class Tickets:
    """Issues and checks leave: sealed, so that nothing has to be kept of it."""

    def __init__(self, key: Key) -> None:
        self._keys = KeyRing({"u": key})

    def issue(self, owner: int, now: float | None = None) -> pictures.Ticket:
        """Give a person leave to upload for the next hour."""
        expires_at = _clock(now) + TICKET_LIFETIME
        return pictures.Ticket(
            token=self._seal(_Ticket(owner, expires_at)), expires_at=_moment(expires_at)
        )

    def owner_of(self, token: str, now: float | None = None) -> int:
        """Give whose ticket it is, or refuse one that is forged or old."""
        return self._unseal(_Ticket, token, now).owner

    def announce(self, ask: pictures.AnnouncePicture) -> pictures.AnnouncedPicture:
        """Give a person leave to upload one picture in the next hour, and its key beforehand."""
        expires_at = _clock() + TICKET_LIFETIME
        announced = Announced(
            owner=ask.user_id,
            key=new_key(kept_as(ask.media_type)),
            channel=ask.channel,
            md5=ask.md5.lower(),
            size=ask.size,
            media_type=ask.media_type,
            expires_at=expires_at,
        )
        return pictures.AnnouncedPicture(
            key=announced.key,
            node=pictures.node(ask.channel, created_at(announced), announced.key),
            token=self._seal(announced),
            expires_at=_moment(expires_at),
        )

    def announced(self, token: str) -> Announced:
        """Give what was announced, or refuse a token that is forged or old."""
        return self._unseal(Announced, token)

    def admit(self, key: str, lifetime: int, now: float | None = None) -> tuple[str, datetime]:
        """Give a pass to a private picture, and until when it is good."""
        expires_at = _clock(now) + lifetime
        return self._seal(_Pass(key, expires_at)), _moment(expires_at)

    def admits(self, token: str, key: str) -> bool:
        """Tell whether a pass is good for this picture."""
        try:
            return self._unseal(_Pass, token).key == key
        except pictures.BadTicket:
            return False

    def _seal(self, leave: _Ticket | Announced | _Pass) -> str:
        return seal(self._keys, _PURPOSES[type(leave)], to_msgpack(leave))

    def _unseal(self, kind: type[_Sealed], token: str, now: float | None = None) -> _Sealed:
        try:
            leave: _Sealed = _DECODERS[kind].decode(unseal(self._keys, _PURPOSES[kind], token))
        except (BrokenSeal, msgspec.MsgspecError):
            raise pictures.BadTicket from None
        if leave.expires_at <= (time.time() if now is None else now):
            raise pictures.BadTicket
        return leave


def created_at(announced: Announced) -> datetime:
    """Give when a picture was announced: its node names that day, so that is its time."""
    return _moment(announced.expires_at - TICKET_LIFETIME)


def _clock(now: float | None = None) -> int:
    return int(time.time() if now is None else now)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
