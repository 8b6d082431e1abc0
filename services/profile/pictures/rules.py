"""What may be uploaded, how often, and with which ticket."""

import re
import secrets
import time
from datetime import UTC, datetime

import msgspec

from shared.contracts import pictures
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
_KEY = re.compile(r"[0-9a-f]{32}\.(jpg|png)")
_PURPOSE = "upload"


class _Ticket(msgspec.Struct, frozen=True, array_like=True):
    owner: int
    expires_at: int


_decode_ticket = msgspec.msgpack.Decoder(_Ticket).decode


def new_key(media_type: str) -> str:
    """Make a name that nobody can guess."""
    return f"{secrets.token_hex(16)}.{EXTENSIONS[media_type]}"


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


class Tickets:
    """Issues and checks leave to upload: sealed, so that nothing has to be kept of them."""

    def __init__(self, key: Key) -> None:
        self._keys = KeyRing({"u": key})

    def issue(self, owner: int, now: float | None = None) -> pictures.Ticket:
        """Give a person leave to upload for the next hour."""
        expires_at = int(time.time() if now is None else now) + TICKET_LIFETIME
        payload = msgspec.msgpack.encode(_Ticket(owner, expires_at))
        return pictures.Ticket(
            token=seal(self._keys, _PURPOSE, payload),
            expires_at=datetime.fromtimestamp(expires_at, UTC),
        )

    def owner_of(self, token: str, now: float | None = None) -> int:
        """Give whose ticket it is, or refuse one that is forged or old."""
        try:
            ticket = _decode_ticket(unseal(self._keys, _PURPOSE, token))
        except (BrokenSeal, msgspec.MsgspecError):
            raise pictures.BadTicket from None
        if ticket.expires_at <= (time.time() if now is None else now):
            raise pictures.BadTicket
        return ticket.owner
