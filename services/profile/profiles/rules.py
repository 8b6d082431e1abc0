"""What a person may show: which text, which addresses of pictures, and what counts as a change."""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from services.profile.clock import now
from shared.contracts import profile
from shared.errors import UnusableText
from shared.texts import LINE_BREAKS, NEVER_SHOWN, NOT_IN_LINE, NOT_IN_TEXT, check_nickname

FIELDS = ("nickname", "avatar", "cover", "bio", "gender", "birthday", "place")
"""What the owner of a profile may change."""

_NOT_IN_URL = re.compile(rf'[{NEVER_SHOWN}{LINE_BREAKS}\s<>"\\^`{{|}}]')


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
    for name, unusable in (("place", NOT_IN_LINE), ("bio", NOT_IN_TEXT)):
        text = getattr(ask, name)
        if text is not UNSET and unusable.search(text):
            raise UnusableText(field=name)
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
