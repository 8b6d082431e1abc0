"""Which text can be shown: one rule for every name and every description."""

import re
import unicodedata
from urllib.parse import urlsplit

from shared.errors import UnusableText

LONGEST_NICKNAME = 64
"""Characters in a nickname, whatever dialect it comes through."""

_LINE_BREAKS = "\t\n\r\u2028\u2029"
_BIDI_OVERRIDES = "\u202a-\u202e\u2066-\u2069"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_NEVER_SHOWN = f"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_BIDI_OVERRIDES}{_NONCHARACTERS}"
NOT_IN_TEXT = re.compile(f"[{_NEVER_SHOWN}]")
NOT_IN_LINE = re.compile(f"[{_NEVER_SHOWN}{_LINE_BREAKS}]")
_NOT_IN_URL = re.compile(rf'[{_NEVER_SHOWN}{_LINE_BREAKS}\s<>"\\^`{{|}}]')
# Letters and symbols by category, and yet they leave the place blank: the Hangul fillers, the empty
# Braille pattern.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def is_visible(character: str) -> bool:
    """Whether a character alone leaves ink: a letter, digit, sign or symbol.

    An unassigned code point counts: it may be an emoji that is newer than our tables.
    """
    return unicodedata.category(character)[0] in "LNPS" or (
        unicodedata.category(character) == "Cn" and not NOT_IN_LINE.match(character)
    )


def is_nickname(text: str) -> bool:
    """Whether a text can stand as a nickname: one line with something to be seen in it.

    It is kept as it was given, not normalised: what a person wrote is what others see. Nicknames
    are not unique and nothing is looked up by them, so that no two forms need to be one.
    """
    return (
        len(text) <= LONGEST_NICKNAME
        and not NOT_IN_LINE.search(text)
        and any(is_visible(character) and character not in _BLANK for character in text)
    )


def check_nickname(text: str) -> None:
    """Refuse a nickname that cannot be shown."""
    if not is_nickname(text):
        raise UnusableText(field="nickname")


def nickname_from(*candidates: str) -> str:
    """Make a nickname of the first candidate that has something to show.

    The last one must be a nickname.
    """
    cleaned = (NOT_IN_LINE.sub("", candidate)[:LONGEST_NICKNAME] for candidate in candidates)
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
