"""`userhub admin vip`: memberships."""

from typing import Any

from ops.admin.connection import Services, add_action
from shared.contracts import vip


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("vip", help="memberships: look, grant, end")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_action(actions, "show", "print somebody's membership", _show).add_argument(
        "user_id", type=int
    )
    grant = add_action(actions, "grant", "make somebody a member for so many days more", _grant)
    grant.add_argument("user_id", type=int)
    grant.add_argument("days", type=int, help=f"1 to {vip.DAYS_MOST}")
    grant.add_argument(
        "--level", type=vip.Level, default=vip.Level.LOW, help="low (unless given), middle or high"
    )
    grant.add_argument("--name", default="", help="what it is called, if not as its level")
    add_action(actions, "end", "end somebody's membership now", _end).add_argument(
        "user_id", type=int
    )


async def _show(services: Services, arguments: Any) -> None:
    found = await services.ask(vip.read_vips, vip.ReadVips(user_ids=[arguments.user_id]))
    print(*(map(_line, found) if found else ("never was a member",)))


async def _grant(services: Services, arguments: Any) -> None:
    ask = vip.GrantVip(
        user_id=arguments.user_id,
        days=arguments.days,
        level=arguments.level,
        name=arguments.name,
    )
    print(_line(await services.ask(vip.grant_vip, ask)))


async def _end(services: Services, arguments: Any) -> None:
    await services.ask(vip.end_vip, vip.EndVip(user_id=arguments.user_id))


def _line(one: vip.Vip) -> str:
    over = "" if one.active else ", over"
    return f"{one.level} ({one.name}) until {one.until:%Y-%m-%d %H:%M:%S} UTC{over}"
