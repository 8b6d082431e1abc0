"""Which numbers a code may go to, what it costs, and when too many were sent for nothing.

Lines 18 to 22 of the security design; the figures of unverified codes after Authgear's fraud
protection.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType

EVERYWHERE = "*"
NOWHERE = "ZZ"
"""What is no country: satellites and the like."""

BY_EMAIL = "--"
"""In place of a country, for codes by e-mail."""

DAY_LEAST, HOUR_LEAST, NETWORK_LEAST = 20, 3, 10
"""Unverified codes to a country in a day and in an hour, and for one network in a day, that are
always allowed: below that, figures mean nothing."""

SHARE_PERCENT = 30
"""Of the country's best day in the last fourteen (codes that were shown), and for a network of its
own codes that were shown: so many may go unverified."""

HOUR_PART = 6
"""The hour's part of what the day may have: a day of use is some ten hours, not all alike."""

COUNTRIES_MOST = 3
"""Countries that one network may have unverified codes in, in a day."""

ADDRESS_FREE, NETWORK_FREE = 5, 5
"""Unverified codes to one address, and for one network, in a day, past which a person has to be
seen (a captcha) before the next: what an address may get in an hour; of a network half of what is
refused in any case, or the same share of its codes that were shown."""

NETWORK_AT_ONCE = 20
"""The same for a network with codes that were sent just now: people in one office may begin
together, a script must not be done before its codes count as unverified."""

BEST_OF_DAYS = 14
GRACE_SECONDS = 120
"""After this a code that nobody has shown counts as unverified: people need a minute."""

_PAYING = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.UNKNOWN,  # a range that is newer than our tables
    }
)


class Reason(StrEnum):
    """What became of a code that was asked for: sent, or why not."""

    SENT = "sent"
    COOLDOWN = "cooldown"
    ADDRESS_LIMIT = "address_limit"
    NETWORK_LIMIT = "network_limit"
    DEVICE_LIMIT = "device_limit"
    ACCOUNT_LIMIT = "account_limit"
    BUDGET = "budget"
    HUMAN_CHECK = "human_check"
    UNAVAILABLE = "unavailable"
    SWITCHED_OFF = "switched_off"
    NOT_MOBILE = "not_mobile"
    COUNTRY = "country_not_allowed"
    COUNTRY_DAY = "country_day"
    COUNTRY_HOUR = "country_hour"
    NETWORK_DAY = "network_day"
    NETWORK_COUNTRIES = "network_countries"


@dataclass(frozen=True)
class Countries:
    """Where SMS with codes may go."""

    allowed: Collection[str]

    @classmethod
    def parse(cls, text: str) -> "Countries":
        """Read `CN,HK`, or `*` for all; raises `ValueError`.

        >>> Countries.parse("CN, HK").allow("HK"), Countries.parse("CN").allow("FR")
        (True, False)
        """
        names = [name.strip() for name in text.split(",") if name.strip()]
        wrong = [n for n in names if n != EVERYWHERE and n not in phonenumbers.SUPPORTED_REGIONS]
        if wrong or not names:
            raise ValueError("must read CN,HK, in two letters each, or *")
        return cls(frozenset(names))

    def allow(self, country: str) -> bool:
        """Tell whether a code may go there."""
        return EVERYWHERE in self.allowed or country in self.allowed


@dataclass(frozen=True)
class Prices:
    """What an SMS costs by country, in thousandths of the currency that the operator thinks in."""

    by_country: Mapping[str, int]

    @classmethod
    def parse(cls, text: str) -> "Prices":
        """Read `CN=0.045,*=0.6`, where `*` is every other country; raises `ValueError`.

        >>> Prices.parse("CN=0.045, *=0.6").of("CN"), Prices.parse("*=0.6").of("FR")
        (45, 600)
        """
        prices: dict[str, int] = {}
        for part in text.split(","):
            country, _, price = (word.strip() for word in part.partition("="))
            if country != EVERYWHERE and country not in phonenumbers.SUPPORTED_REGIONS:
                break
            prices[country] = thousandths(price)
        else:
            if EVERYWHERE in prices:
                return cls(prices)
        raise ValueError("must read CN=0.045,*=0.6: countries in two letters each, and *")

    def of(self, country: str) -> int:
        """Give what an SMS to this country costs."""
        return self.by_country.get(country, self.by_country[EVERYWHERE])


def thousandths(amount: str) -> int:
    """Read an amount of money exactly; raises `ValueError`.

    >>> thousandths("0.045"), thousandths("450")
    (45, 450000)
    """
    with suppress(InvalidOperation):
        number = Decimal(amount) * 1000
        if 0 <= number < 10**12 and number == int(number):
            return int(number)
    raise ValueError("must be an amount of money with three places at most, as 0.045")


def look_at(to: str) -> tuple[str, bool]:
    """Give the country of a number in E.164, and whether it may be a mobile one.

    Premium, shared-cost, toll-free, fixed, VoIP and other numbers are none.
    """
    parsed = phonenumbers.parse(to, None)
    country = phonenumbers.region_code_for_number(parsed) or ""
    return country if len(country) == len("CN") else NOWHERE, phonenumbers.number_type(
        parsed
    ) in _PAYING
