"""What names accounts may have, and how they are found by them."""

import re
import secrets
import unicodedata

from shared import addresses, texts
from shared.contracts import accounts
from shared.errors import UnusableText

USERNAME_MOST = 24
"""Longest username made from a nickname; a suffix may follow."""

PART_MOST = 3
"""Characters of the longest piece of a username that is indexed."""

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Characters that show nothing (Unicode's Default_Ignorable_Code_Point, and the empty Braille
pattern), such as the joiners between emoji: they make no other name of one."""

SUFFIX_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def check_username(username: str, reserved: frozenset[str]) -> None:
    """Refuse a username that cannot be shown, whose ends cannot be seen, or that is reserved."""
    if not texts.is_nickname(username) or username != username.strip():
        raise UnusableText(field="username")
    key = username_key(username)
    if not key:
        raise UnusableText(field="username")
    if key in reserved:
        raise accounts.UsernameReserved()


def reserved_keys(names: str) -> frozenset[str]:
    """Read the setting: usernames, separated by commas."""
    return frozenset(username_key(name.strip()) for name in names.split(",") if name.strip())


def username_key(username: str) -> str:
    """Give the form in which two usernames are the same one."""
    seen = _UNSEEN.sub("", username)
    folded = unicodedata.normalize("NFKC", seen).casefold()
    # Folding may take a character apart, so that it has to be put together once more.
    return unicodedata.normalize("NFKC", folded)


def by_login(login: str) -> dict[str, str]:
    """Give the field of an account that a login names, and the form that is kept there.

    What kind it is, its own characters say: a name written with a wide `＠` or `＋` stays a name,
    though its form has a plain one. Whoever counts lookups by address counts them by the same rule.
    """
    if "@" in login or login.startswith("+"):
        return by_address(addresses.key(login))
    return {"username_key": username_key(login)}


def by_address(address: str) -> dict[str, str]:
    """Give the field of an account that this address is kept in."""
    return {"email_key": address} if "@" in address else {"phone": address}


def parts(key: str) -> list[str]:
    """Give every piece of one to three characters of a username's key, each once.

    A username has another text in it only if it has all pieces of that text; an index over them
    finds it.
    """
    pieces = {
        key[start : start + length]
        for length in range(1, PART_MOST + 1)
        for start in range(len(key) - length + 1)
    }
    return sorted(pieces)


def parts_to_find(key: str) -> list[str]:
    """Give the longest pieces of a text: who has them all may have the text in their username."""
    length = min(len(key), PART_MOST)
    return sorted({key[start : start + length] for start in range(len(key) - length + 1)})


def username_from(name: str, reserved: frozenset[str] = frozenset()) -> str:
    """Make a username of a nickname: its letters, digits and underscores."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", name) if c.isalnum() or c == "_")
    kept = kept[:USERNAME_MOST]
    return with_suffix(kept or "user") if username_key(kept) in reserved | {""} else kept


def with_suffix(username: str) -> str:
    """Make another username of one that is taken."""
    suffix = "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
    return f"{username[:USERNAME_MOST]}_{suffix}"
