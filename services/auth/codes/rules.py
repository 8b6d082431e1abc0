"""How a code is drawn, and how often one may be sent."""

import secrets

from shared import addresses
from shared.redis import Limit

SMS_HOUR, SMS_DAY = 5, 10
"""Codes to one phone number: an SMS costs money and cannot be unsent."""

EMAIL_HOUR, EMAIL_DAY = 10, 20
"""Codes to one e-mail address, unless `EMAIL_CODES_HOUR` says otherwise; twice as many in a day."""

IP_HOUR = 100
"""Codes asked for from one network, over all addresses (J2's figure, sealtalk reference 2.1)."""

SMS_BUDGET = 10_000
"""SMS with codes in a day over all: some 500 yuan."""

CHECKS_IP = 300
"""Codes shown from one network in ten minutes."""

FULL_DIGITS = 6
"""Digits of a code, unless a dialect documents fewer (leaf: 4)."""

SHORT_WEEK = 30
"""Wrong tries of shorter codes per address and purpose in any week. Of four digits each one is
right once in 10,000 times: 0.3 % a week for whoever never stops trying one address."""

SHORT_WEEK_OF_ADMINISTRATORS = 5
"""The same where the account is an administrator's: 0.05 % a week. They have passwords."""

SHORT_IP_HOUR, SHORT_IP_DAY = 20, 100
"""Wrong tries of shorter codes from one network, over all addresses: 1 % a day that any of them is
right. New codes to ever other addresses gain nothing."""

HOUR, DAY = 3600, 86400


def draw(digits: int) -> str:
    """Draw a code: digits from the system's random source."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def sending_limits(
    hidden: str,
    address: str,
    purpose: str,
    ip: str,
    cooldown: int,
    scale: float,
    email_hour: int = EMAIL_HOUR,
) -> list[Limit]:
    """Give what a code to this address counts against; `hidden` stands for the address."""
    by_email = email_hour, EMAIL_DAY // EMAIL_HOUR * email_hour
    hour, day = by_email if "@" in address else (SMS_HOUR, SMS_DAY)
    limits = [
        Limit(f"codes:{hidden}:hour", hour, HOUR),
        Limit(f"codes:{hidden}:day", day, DAY),
        Limit(f"codes:ip:{addresses.network(ip)}", max(1, int(IP_HOUR * scale)), HOUR),
    ]
    if "@" not in address:
        limits.append(Limit("codes:sms:day", max(1, int(SMS_BUDGET * scale)), DAY))
    if cooldown:
        limits.insert(0, Limit(f"codes:{hidden}:{purpose}", 1, cooldown))
    return limits


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
