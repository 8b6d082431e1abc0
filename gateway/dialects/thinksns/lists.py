"""The parameters of lists: what is out of bounds is brought in, what is no number is as if absent.

That is what the servers did that clients were written for; an error would leave an empty screen.
"""

import re

LIMIT, LIMIT_MOST = 20, 50
"""People on a page (the page's figures)."""

OFFSET_MOST = 10_000
"""How far a list that is paged by offset can be read."""

NAME_MOST = 64
"""Characters that a username can have (`accounts.Username`)."""

ID_MOST = 2**63 - 1

_NUMBER = re.compile(r"^[0-9]{1,30}\Z")


def number(text: str | None) -> int | None:
    """Read a whole number, or nothing.

    >>> number(" 12"), number("x"), number("-3"), number(None)
    (12, None, None, None)
    """
    text = (text or "").strip()
    return int(text) if _NUMBER.match(text) else None


def within(text: str | None, default: int, least: int, most: int) -> int:
    """Read a number and bring it between bounds.

    >>> within("0", 20, 1, 50), within("51", 20, 1, 50), within("x", 20, 1, 50)
    (1, 50, 20)
    """
    value = number(text)
    return default if value is None else max(least, min(value, most))


def limit(text: str | None, default: int = LIMIT, most: int = LIMIT_MOST) -> int:
    """Read how many a page has."""
    return within(text, default, 1, most)


def offset(text: str | None) -> int:
    """Read how many are passed over."""
    return within(text, 0, 0, OFFSET_MOST)


def user_id(text: str | None) -> int | None:
    """Read an id, or nothing where the text is none."""
    value = number(text)
    return value if value and value <= ID_MOST else None


def user_ids(text: str) -> list[int]:
    """Read ids joined by commas, each once, leaving out what is none.

    >>> user_ids("1,,2,x,1")
    [1, 2]
    """
    found = (user_id(word.strip()) for word in text.split(","))
    return list(dict.fromkeys(one for one in found if one))[:LIMIT_MOST]


def names(text: str) -> list[str]:
    """Read names joined by commas, each once, leaving out what nobody can be called."""
    found = (word.strip() for word in text.split(","))
    return list(dict.fromkeys(word for word in found if 0 < len(word) <= NAME_MOST))[:LIMIT_MOST]
