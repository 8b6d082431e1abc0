"""Names of countries and territories, by their ISO 3166-1 code."""

from functools import cache
from pathlib import Path


@cache
def _names() -> dict[str, str]:
    text = Path(__file__).with_suffix(".tsv").read_text("utf-8")
    return dict(line.split("\t") for line in text.splitlines())


def chinese_name(code: str) -> str:
    """Give what Chinese readers call a country (CN is 中国); empty for an unknown code."""
    return _names().get(code, "")
