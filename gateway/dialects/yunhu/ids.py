"""Ids as this dialect writes them: decimal text."""

import re

_ID = re.compile(r"^[1-9][0-9]{0,18}\Z")
_MOST = 2**63 - 1


def number(text: str) -> int | None:
    """Give the number of an id, or none for what is nobody's.

    >>> number("7"), number("big"), number("007"), number("9223372036854775808")
    (7, None, None, None)
    """
    if not _ID.match(text) or int(text) > _MOST:
        return None
    return int(text)
