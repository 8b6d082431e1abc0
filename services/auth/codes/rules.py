"""How a code is drawn, and how often one may be shown."""

import secrets

from shared import addresses
from shared.redis import Limit

CHECKS_IP = 300
"""Codes shown from one network in ten minutes."""

FULL_DIGITS = 6
"""Digits of a code, unless a dialect documents fewer (leaf: 4)."""

SHORT_WEEK = 30
"""Wrong tries of shorter codes per address and purpose in any week. Of four digits each one is
right once in 10,000 times: 0.3 % a week for whoever never stops trying one address."""

SHORT_WEEK_OF_ADMINISTRATORS = 5
"""The same where the account is an administrator's: 0.05 % a week. They have passwords, so that
networks of theirs get no more: somebody else may sit there."""

SHORT_IP_HOUR, SHORT_IP_DAY = 20, 100
"""Wrong tries of shorter codes from one network, over all addresses: 1 % a day that any of them is
right. New codes to ever other addresses gain nothing."""

HOUR, DAY = 3600, 86400


def draw(digits: int) -> str:
    """Draw a code: digits from the system's random source."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def is_short(code: str) -> bool:
    """Whether a shown code has so few digits that guesses of it are counted more strictly."""
    return len(code) < FULL_DIGITS


def short_week(guarded: bool) -> int:
    """Give the wrong tries of short codes that an address may have in a week."""
    return SHORT_WEEK_OF_ADMINISTRATORS if guarded else SHORT_WEEK


def guessing_limits(ip: str, scale: float) -> list[Limit]:
    """Give what a short code counts against, unless it turns out to be right."""
    network = addresses.network(ip)
    return [
        Limit(f"guesses:ip:{network}:hour", max(1, int(SHORT_IP_HOUR * scale)), HOUR),
        Limit(f"guesses:ip:{network}:day", max(1, int(SHORT_IP_DAY * scale)), DAY),
    ]


def checking_limits(ip: str, scale: float) -> list[Limit]:
    """Give what a shown code counts against, right or wrong."""
    return [Limit(f"checks:ip:{addresses.network(ip)}", max(1, int(CHECKS_IP * scale)), 600)]
