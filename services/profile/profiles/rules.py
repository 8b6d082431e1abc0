"""What a person may show: which text, which addresses of pictures, and what counts as a change."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from shared.contracts import profile

FIELDS = ("nickname", "avatar", "cover", "bio", "gender", "birthday", "place")
"""What the owner of a profile may change."""

_LINE_BREAKS = "\t\n\r\u2028\u2029"
_BIDI_OVERRIDES = "\u202a-\u202e\u2066-\u2069"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_NEVER_SHOWN = f"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_BIDI_OVERRIDES}{_NONCHARACTERS}"
_NOT_IN_TEXT = re.compile(f"[{_NEVER_SHOWN}]")
_NOT_IN_LINE = re.compile(f"[{_NEVER_SHOWN}{_LINE_BREAKS}]")
_NOT_IN_URL = re.compile(rf'[{_NEVER_SHOWN}{_LINE_BREAKS}\s<>"\\^`{{|}}]')

# Letters and symbols by category, and yet they leave the place blank: the Hangul fillers, the empty
# Braille pattern.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def now() -> datetime:
    """The present time as the database keeps it: in milliseconds."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def is_visible(character: str) -> bool:
    """Whether a character alone leaves ink: a letter, digit, sign or symbol.

    An unassigned code point counts: it may be an emoji that is newer than our tables.
    """
    return unicodedata.category(character)[0] in "LNPS" or (
        unicodedata.category(character) == "Cn" and not _NOT_IN_LINE.match(character)
    )


def is_nickname(text: str) -> bool:
    """Whether a text can stand as a nickname: one line with something to be seen in it.

    It is kept as it was given, not normalised: what a person wrote is what others see. Nicknames
    are not unique and nothing is looked up by them, so that no two forms need to be one.
    """
    return (
        len(text) <= profile.LONGEST_NICKNAME
        and not _NOT_IN_LINE.search(text)
        and any(is_visible(character) and character not in _BLANK for character in text)
    )


def check_nickname(text: str) -> None:
    """Refuse a nickname that cannot be shown."""
    if not is_nickname(text):
        raise profile.UnusableText(field="nickname")


def nickname_from(*candidates: str) -> str:
    """Make a nickname of the first candidate that has something to show.

    The last one must be a nickname.
    """
    cleaned = (
        _NOT_IN_LINE.sub("", candidate)[: profile.LONGEST_NICKNAME] for candidate in candidates
    )
    return next(text for text in cleaned if is_nickname(text))


def is_picture_url(text: str) -> bool:
    """Whether a text names a picture: absolute, http or https, without credentials; or nothing."""
    if not text:
        return True
    if _NOT_IN_URL.search(text):
        return False
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return False
    return (
        url.scheme in ("http", "https") and bool(url.hostname) and "@" not in url.netloc
    ) and port != 0


def check_change(ask: profile.ChangeProfile) -> None:
    """Refuse text that cannot be shown and addresses that name no picture."""
    if ask.nickname is not UNSET:
        check_nickname(ask.nickname)
    for name, unusable in (("place", _NOT_IN_LINE), ("bio", _NOT_IN_TEXT)):
        text = getattr(ask, name)
        if text is not UNSET and unusable.search(text):
            raise profile.UnusableText(field=name)
    for name in ("avatar", "cover"):
        address = getattr(ask, name)
        if address is not UNSET and not is_picture_url(address):
            raise profile.UnusablePictureUrl(field=name)


def changes(present: profile.Profile, ask: profile.ChangeProfile) -> dict[str, Any]:
    """Give the fields that would be different afterwards, with what they would be."""
    return {
        name: wanted
        for name in FIELDS
        if (wanted := getattr(ask, name)) is not UNSET and wanted != getattr(present, name)
    }


def changed(present: profile.Profile, values: dict[str, Any]) -> profile.Profile:
    """Give the profile with other values."""
    return msgspec.structs.replace(present, **values, updated_at=now())
