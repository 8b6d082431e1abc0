"""`userhub admin points`: ledgers of points."""

import argparse
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from ops.admin.connection import Services, add_action, show
from shared.contract import Call
from shared.contracts import points

ENTRIES = 20
"""Newest entries that are shown, unless asked for otherwise."""


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("points", help="ledgers of points: look, give, take, add up")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    look = add_action(actions, "show", "print a balance and its newest entries", _show)
    look.add_argument("user_id", type=int)
    look.add_argument("--limit", type=int, default=ENTRIES, help=f"entries ({ENTRIES})")
    for name, help_text, do in (
        ("give", "give points to somebody", _give),
        ("take", "take points from somebody, never more than there are", _take),
    ):
        action = add_action(actions, name, help_text, do)
        action.add_argument("user_id", type=int)
        action.add_argument("points", type=hundredths, help="such as 5 or 12.50")
        action.add_argument("reason", help="what its owner reads")
        action.add_argument("--remark", default="", help="more of it")
        action.add_argument(
            "--key", default=None, help="names this change: given again, it is not made again"
        )
        action.add_argument(
            "--cause",
            type=points.Cause,
            choices=points.BOOKED,
            default=points.Cause.GRANT,
            metavar="CAUSE",
            help=f"{', '.join(points.BOOKED)} (grant)",
        )
    check = add_action(
        actions,
        "check",
        "add a ledger up anew; status 1 if it is not what the balance says",
        _check,
    )
    check.add_argument("user_id", type=int)


def hundredths(text: str) -> int:
    """Read an amount of points as hundredths."""
    try:
        amount = Decimal(text) * points.HUNDREDTHS
        if amount == amount.to_integral_value() and 0 < amount <= points.LARGEST_CHANGE:
            return int(amount)
    except InvalidOperation:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no amount of points, with two places at most")


def written(amount: int) -> str:
    """Write hundredths as points."""
    return f"{Decimal(amount) / points.HUNDREDTHS:.2f}"


async def _show(services: Services, arguments: Any) -> None:
    user_id = arguments.user_id
    [balance] = await services.ask(points.read_balances, points.ReadBalances(user_ids=[user_id]))
    print(f"{written(balance.points)} points, {written(balance.income)} came in")
    ask = points.ListEntries(user_id=user_id, limit=arguments.limit)
    page = await services.ask(points.inspect_entries, ask)
    show(
        [
            (
                entry.number,
                f"{entry.at:%Y-%m-%d %H:%M:%S}",
                written(entry.change),
                written(entry.after),
                entry.cause,
                entry.reason,
                entry.remark,
                "" if entry.actor_id is None else entry.actor_id,
            )
            for entry in page.entries
        ],
        header=("number", "time (UTC)", "change", "after", "cause", "reason", "remark", "by"),
        empty="no entries",
    )


async def _give(services: Services, arguments: Any) -> None:
    await _change(services, points.grant, arguments)


async def _take(services: Services, arguments: Any) -> None:
    await _change(services, points.take, arguments)


async def _change(
    services: Services, call: Call[points.Change, points.Entry], arguments: Any
) -> None:
    ask = points.Change(
        user_id=arguments.user_id,
        points=arguments.points,
        reason=arguments.reason,
        remark=arguments.remark,
        cause=arguments.cause,
        key=arguments.key or uuid.uuid4().hex,
    )
    entry = await services.ask(call, ask)
    print(f"entry {entry.number}: {written(entry.before)} -> {written(entry.after)}")


async def _check(services: Services, arguments: Any) -> None:
    found = await services.ask(points.check, points.OwnerOf(user_id=arguments.user_id))
    if found.sound:
        print(f"sound: {found.entries} entries make {written(found.points)} points")
        return
    broken = f"; entry {found.broken_at} does not follow" if found.broken_at else ""
    raise SystemExit(
        f"userhub: not sound: {found.entries} entries make {written(found.recomputed)} points, "
        f"{written(found.points)} are kept{broken}"
    )
