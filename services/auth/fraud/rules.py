"""Which numbers a code may go to, and when a country or a network has had too many for nothing.

Lines 18 to 20 of the security design; the figures after Authgear's fraud protection.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType

EVERYWHERE = "*"
NOWHERE = "ZZ"
"""What is no country: satellites and the like."""
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
    """Why no code is sent."""

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


def look_at(to: str) -> tuple[str, bool]:
    """Give the country of a number in E.164, and whether it may be a mobile one.

    Premium, shared-cost, toll-free, fixed, VoIP and other numbers are none.
    """
    parsed = phonenumbers.parse(to, None)
    country = phonenumbers.region_code_for_number(parsed) or ""
    return country if len(country) == len("CN") else NOWHERE, phonenumbers.number_type(
        parsed
    ) in _PAYING
