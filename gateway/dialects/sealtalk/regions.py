"""The calling codes that a client offers at sign-up."""

from functools import cache

import phonenumbers
from phonenumbers.geodata.locale import LOCALE_DATA

from gateway.dialects.sealtalk.views import RegionName, RegionRow


@cache
def regions() -> list[RegionRow]:
    """List the main region of each calling code, China first, the others by English name."""
    rows = []
    for code, names in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if (region := names[0]) in LOCALE_DATA:
            rows.append(RegionRow(str(code), RegionName(_name(region, "en"), _name(region, "zh"))))
    return sorted(rows, key=lambda row: (row.region != "86", row.locale.en))


def _name(region: str, language: str) -> str:
    names = LOCALE_DATA[region]
    name: str = names.get(language) or names["en"]
    return _name(region, name[1:]) if name.startswith("*") else name
