"""The dialects that are mounted: a new one is a line here."""

from gateway.dialects import leaf, sealtalk, thinksns, yunhu
from gateway.dialects.dialect import Dialect

DIALECTS: tuple[Dialect, ...] = (
    sealtalk.DIALECT,
    leaf.DIALECT,
    yunhu.DIALECT,
    thinksns.DIALECT,
)
