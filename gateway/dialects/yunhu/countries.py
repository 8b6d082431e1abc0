"""What countries are called in Chinese, by their two letters."""

from shared import countries


def name(code: str) -> str:
    """Name a country; one that has no name here is called by its letters.

    >>> name("CN"), name("HK"), name("WS"), name(""), name("XX")
    ('中国', '香港', '萨摩亚', '', 'XX')
    """
    return countries.chinese_name(code) or code
