"""Which passwords are accepted."""

import unicodedata
from functools import cache

from shared.contracts import passwords

LEAST = 6
"""Shortest password that any dialect documents (sealtalk, leaf: 6 bytes, as a client sends them);
most ask for more themselves."""

OPERATOR_LEAST = 15
"""Shortest password that an administrator is made with or chooses (NIST SP 800-63B-4, 3.1.1.2)."""

COMMON = 3000
"""How many of the most used passwords are refused (ASVS 5.0, 6.2.4)."""

_PRODUCT = ("userhub", "sealtalk", "thinksns")


@cache
def common_passwords() -> frozenset[str]:
    """The passwords that others try first, most used first in zxcvbn's list."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"][:COMMON])


def normal(password: str) -> str:
    """Give the one form of a password that looks the same however it was typed."""
    return unicodedata.normalize("NFC", password)


def check_new(password: str, *, about: tuple[str, ...] = (), administrator: bool = False) -> None:
    """Refuse a password that is short, much used, or says who its owner is.

    `about` holds names and addresses of the owner. The comparison is exact: one other letter, or
    one in upper case, makes another password.
    """
    if len(password.encode()) < LEAST:
        raise passwords.WeakPassword(f"A password has at least {LEAST} bytes.")
    if administrator and len(password) < OPERATOR_LEAST:
        raise passwords.WeakPassword(
            f"An administrator's password has at least {OPERATOR_LEAST} characters."
        )
    password = normal(password)
    if password in common_passwords():
        raise passwords.WeakPassword()
    context = {name.casefold() for name in (*_PRODUCT, *about) if name}
    context |= {name.lstrip("+").partition("@")[0] for name in context} | {
        name[-11:] for name in context if name[:1] == "+"
    }
    if password.casefold() in context:
        raise passwords.WeakPassword("A password must not be a name or number of its owner.")
