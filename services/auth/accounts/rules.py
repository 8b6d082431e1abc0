"""What names accounts may have."""

import secrets
import unicodedata

from shared import texts
from shared.contracts import auth
from shared.errors import UnusableText

USERNAME_MOST = 24
"""Longest username made from a nickname; a suffix may follow."""

SUFFIX_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def check_username(username: str, reserved: frozenset[str] = frozenset()) -> None:
    """Refuse a username that cannot be shown, whose ends cannot be seen, or that is reserved."""
    if not texts.is_nickname(username) or username != username.strip():
        raise UnusableText(field="username")
    if username_key(username) in reserved:
        raise auth.UsernameReserved()


def reserved_keys(names: str) -> frozenset[str]:
    """Read the setting: usernames, separated by commas."""
    return frozenset(username_key(name.strip()) for name in names.split(",") if name.strip())


def username_key(username: str) -> str:
    """Give the form in which two usernames are the same one."""
    folded = unicodedata.normalize("NFKC", username).casefold()
    # Folding may take a character apart, so that it has to be put together once more.
    return unicodedata.normalize("NFKC", folded)


def username_from(name: str, reserved: frozenset[str] = frozenset()) -> str:
    """Make a username of a nickname: its letters, digits and underscores."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", name) if c.isalnum() or c == "_")
    kept = kept[:USERNAME_MOST]
    return with_suffix(kept or "user") if username_key(kept) in reserved | {""} else kept


def with_suffix(username: str) -> str:
    """Make another username of one that is taken."""
    suffix = "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
    return f"{username[:USERNAME_MOST]}_{suffix}"
