"""`userhub admin`: what an administrator does to a running suite, one module per area.

Every command asks a service over the bus, as a caller that it signs with `USERHUB_CALLER_KEYS`,
those of every service. Whoever has them may do everything; services still check the role that they
vouch for.
"""

from typing import Any

from ops.admin import (
    accounts,
    adverts,
    bots,
    channels,
    codes,
    deliveries,
    groups,
    medals,
    pictures,
    points,
    recommendations,
    verification,
    vip,
)

AREAS = (
    accounts,
    adverts,
    bots,
    channels,
    codes,
    deliveries,
    groups,
    medals,
    pictures,
    points,
    recommendations,
    verification,
    vip,
)
"""Each has an `add(areas)` that adds the area's parser with its actions."""


def add_admin(commands: Any) -> None:
    """Add `admin`."""
    command = commands.add_parser(
        "admin",
        help="administer people and what belongs to them",
        description=(
            "Administer a running suite: the one in NATS_URL with USERHUB_CALLER_KEYS, or the run "
            "in DATA_DIR (.local). Each area and each action has its own --help."
        ),
    )
    areas = command.add_subparsers(title="areas", metavar="AREA", required=True)
    for area in AREAS:
        area.add(areas)
