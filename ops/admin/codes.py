"""`userhub admin codes`: verification codes that were not sent."""

from typing import Any

from ops.admin.connection import Services, add_action, show
from shared.contracts import fraud

HEADER = ("hour", "reason", "country", "network", "codes")


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("codes", help="verification codes that were refused as an attack")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_action(actions, "refusals", "show what was refused of late, and why", _refusals)


async def _refusals(services: Services, arguments: Any) -> None:
    found = await services.ask(fraud.read_refusals, fraud.ReadRefusals())
    rows = [
        (one.hour.isoformat(" ", "minutes"), one.reason, one.country, one.network, one.count)
        for one in found
    ]
    show(rows, header=HEADER, empty="no code was refused in the last 30 days")
