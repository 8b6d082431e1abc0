"""The calling codes that a client offers at sign-up."""

from collections.abc import Mapping
from functools import cache

import phonenumbers

from gateway.dialects.sealtalk.views import RegionName, RegionRow


@cache
def regions() -> list[RegionRow]:
    """List the main region of each calling code, China first, the others by English name."""
    from phonenumbers.geodata.locale import LOCALE_DATA  # megabytes that few processes need

    rows = []
    for code, regions_of_code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if names := LOCALE_DATA.get(regions_of_code[0]):
            locale = RegionName(en=_name(names, "en"), zh=_name(names, "zh"))
            rows.append(RegionRow(str(code), locale))
    return sorted(rows, key=lambda row: (row.region != "86", row.locale.en))


def _name(names: Mapping[str, str], language: str) -> str:
    """Look a name up; `*aa` stands for the name in language `aa`.

    Where the data lead in a circle, as Samoa's Chinese name does, it is the English name.
    """
    seen = set()
    while (name := names[language]).startswith("*"):
        seen.add(language)
        language = name[1:] if name[1:] not in seen else "en"
    return name
