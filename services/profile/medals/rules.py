"""What a medal may be called and show."""

from collections.abc import Mapping
from typing import Any

from shared.contracts import medals, profile
from shared.errors import UnusableText
from shared.texts import NOT_IN_LINE, NOT_IN_TEXT, is_picture_url

FIELDS = ("name", "sort", "description", "picture")


def check(values: Mapping[str, Any]) -> None:
    """Refuse words that cannot be shown and an address that names no picture."""
    for name, unusable in (("name", NOT_IN_LINE), ("description", NOT_IN_TEXT)):
        text = values.get(name, "")
        if unusable.search(text) or (name in values and name == "name" and not text.strip()):
            raise UnusableText(field=name)
    if not is_picture_url(values.get("picture", "")):
        raise profile.UnusablePictureUrl(field="picture")


def in_order(found: list[medals.Medal]) -> list[medals.Medal]:
    """Order medals as they are shown."""
    return sorted(found, key=lambda medal: (medal.sort, medal.medal_id))
