"""What this dialect's page says about the shape of its parameters."""

import ipaddress
import re
import uuid
from urllib.parse import urlsplit

import phonenumbers

from gateway.errors import BadRequest
from shared import addresses

NICKNAME_BYTES = (1, 32)
"""Bytes in UTF-8, as the page says (upstream counted characters)."""

PASSWORD_BYTES = (6, 20)
"""Bytes in UTF-8, and no space, as the page says."""

KNOWN_PASSWORD_MOST = 1024
"""A password that was set through another dialect may be longer than this one would set."""

PORTRAIT_CHARACTERS = (12, 256)
"""Characters of a portrait's URL (reference 1.6)."""

BATCH_MOST = 100
"""People in one request to `/user/batch`."""

VERSION_MOST = 2**53
"""Past this a number is no version: clients keep them as floating point."""

_VERSION = re.compile(r"^-?[0-9]{1,19}\Z")
_DOTTED = re.compile(r"^(?:(?:[^\W_]|-){1,63}\.)+(?:[^\W\d_]{2,63}|xn--[a-z0-9-]{1,59})$")


def phone(region: int | str, number: int | str) -> str:
    """Give a phone number as E.164; the page shows numbers, clients send texts."""
    return addresses.phone(str(region), str(number))


def parts_of_phone(e164: str) -> tuple[str, str]:
    """Give the calling code and the national number of a phone number.

    >>> parts_of_phone("+8613912345678")
    ('86', '13912345678')
    """
    parsed = phonenumbers.parse(e164)
    return str(parsed.country_code), phonenumbers.national_significant_number(parsed)


def version(text: str) -> int:
    """Accept any whole number; one that is no version stands for one that was never given."""
    if not _VERSION.match(text):
        raise BadRequest("A version is a whole number.")
    return min(max(int(text), 0), VERSION_MOST)


def founders(member_ids: list[int], creator_id: int) -> list[int]:
    """Accept who a group is made of: its creator and others, each once."""
    unique = list(dict.fromkeys(member_ids))
    if creator_id not in unique or len(unique) == 1:
        raise BadRequest("A group is made of oneself and others.")
    return unique


def nickname(text: str) -> str:
    """Accept a nickname of 1 to 32 bytes."""
    if not NICKNAME_BYTES[0] <= len(text.encode()) <= NICKNAME_BYTES[1]:
        raise BadRequest("A nickname has 1 to 32 bytes.")
    return text


def new_password(text: str) -> str:
    """Accept a password of 6 to 20 bytes without spaces."""
    if " " in text or not PASSWORD_BYTES[0] <= len(text.encode()) <= PASSWORD_BYTES[1]:
        raise BadRequest("A password has 6 to 20 bytes and no space.")
    return text


def known_password(text: str) -> str:
    """Accept what may be somebody's password; too short a one is nobody's."""
    if len(text.encode()) < PASSWORD_BYTES[0] or len(text) > KNOWN_PASSWORD_MOST:
        raise BadRequest("A password has at least 6 bytes.")
    return text


def verification_token(text: str) -> str:
    """Accept a UUID, as `verify_code` gives them."""
    try:
        if str(uuid.UUID(text)) != text.lower():
            raise ValueError
    except ValueError:
        raise BadRequest("This is not a verification token.") from None
    return text.lower()


def portrait(url: str, own_host: str) -> str:
    """Accept an http(s) URL whose host has a dot, is an address, or is ours."""
    if not PORTRAIT_CHARACTERS[0] <= len(url) <= PORTRAIT_CHARACTERS[1]:
        raise BadRequest("A portrait's URL has 12 to 256 characters.")
    if any(c.isspace() or ord(c) < 0x20 or c in '<>"' for c in url):
        raise BadRequest("This is not a URL.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise BadRequest("This is not a URL.") from None
    good = _DOTTED.match(host) or _is_address(host) or parts.netloc == own_host
    if parts.scheme not in ("http", "https") or parts.username is not None or not good:
        raise BadRequest("A portrait's URL is http or https and names a host.")
    return url


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
