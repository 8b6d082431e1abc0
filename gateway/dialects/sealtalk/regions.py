"""The calling codes that a client offers at sign-up."""

from functools import cache
from importlib import resources

from gateway.dialects.sealtalk.views import RegionName, RegionRow


@cache
def regions() -> list[RegionRow]:
    """List the main region of each calling code, China first, the others by English name.

    The names are in `regions.tsv`, as libphonenumber gives them: reading them from its own package
    would hold the process up for seconds and cost it 150 MB.
    """
    table = resources.files(__package__).joinpath("regions.tsv").read_text("utf-8")
    rows = [_row(*line.split("\t")) for line in table.splitlines()]
    return sorted(rows, key=lambda row: (row.region != "86", row.locale.en))


def _row(code: str, english: str, chinese: str) -> RegionRow:
    return RegionRow(code, RegionName(en=english, zh=chinese))
