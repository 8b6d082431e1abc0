"""What countries are called in Chinese, by their two letters."""

from functools import cache

from phonenumbers.geodata.locale import LOCALE_DATA

_LANGUAGES = ("zh", "en")


@cache
def name(code: str) -> str:
    """Name a country; one that has no name here is called by its letters.

    >>> name("CN"), name("HK"), name("WS"), name(""), name("XX")
    ('中国', '香港', 'Samoa', '', 'XX')
    """
    names = LOCALE_DATA.get(code, {})
    return next((found for one in _LANGUAGES if (found := _resolved(names, one))), code)


def _resolved(names: dict[str, str], language: str) -> str:
    """Follow the references (`*ja`: as in Japanese) that the table is shortened by."""
    for _ in range(len(names)):
        text = names.get(language, "")
        if not text.startswith("*"):
            return text
        if text[1:] == language:
            return ""
        language = text[1:]
    return ""
