"""What can be noted, and what a remark is after a note."""

from typing import Any

from msgspec import UNSET, structs

from shared.contracts import remarks
from shared.errors import UnusableText
from shared.texts import NOT_IN_LINE, NOT_IN_TEXT

NOTED = ("name", "phone", "extras", "muted", "pinned")
"""What a note may change."""


def check(ask: remarks.Note) -> None:
    """Refuse text that cannot be shown; only what is noted beside may have several lines."""
    for field in ("name", "phone"):
        text = getattr(ask, field)
        if text is not UNSET and NOT_IN_LINE.search(text):
            raise UnusableText(field=field)
    for extra in () if ask.extras is UNSET else ask.extras:
        if NOT_IN_LINE.search(extra.key) or NOT_IN_TEXT.search(extra.value):
            raise UnusableText(field="extras")


def noted(before: remarks.Remark, ask: remarks.Note) -> remarks.Remark:
    """Give a remark after a note: what is not given stays."""
    values: dict[str, Any] = {
        name: value for name in NOTED if (value := getattr(ask, name)) is not UNSET
    }
    return structs.replace(before, **values)


def is_empty(remark: remarks.Remark) -> bool:
    """Tell whether nothing is noted: then nothing is kept."""
    return remark == remarks.Remark(chat_id=remark.chat_id)
