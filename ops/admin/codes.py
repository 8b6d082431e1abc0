"""`userhub admin codes`: which verification codes were sent, which were not, and what they cost."""

import argparse
from datetime import UTC, datetime
from typing import Any

from ops.admin.connection import Services, add_action, show
from shared.contracts import fraud
from shared.contracts.fraud import Decision

HEADER = ("time", "decision", "to", "channel", "country", "network", "purpose", "price", "count")


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("codes", help="verification codes: sent or refused, and their cost")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_action(actions, "budget", "show what SMS with codes cost today (UTC)", _budget)
    decisions = add_action(
        actions, "decisions", "show which codes were sent or refused of late, and why", _decisions
    )
    decisions.add_argument("--to", help="phone number in E.164, or e-mail address")
    decisions.add_argument("--country", help="ISO 3166: CN")
    decisions.add_argument(
        "--since", type=_moment, help="2026-11-25, or 2026-11-25T14:00 (UTC)", metavar="TIME"
    )
    decisions.add_argument("--refused", action="store_true", help="only those that were not sent")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _decisions(services: Services, arguments: Any) -> None:
    ask = fraud.ReadDecisions(
        to=arguments.to,
        country=arguments.country,
        since=arguments.since,
        refused=arguments.refused,
    )
    found = await services.ask(fraud.read_decisions, ask)
    show([_row(one) for one in found], header=HEADER, empty="nothing was decided")


def _row(one: Decision) -> tuple[object, ...]:
    time = one.at.isoformat(" ", "seconds")
    if one.count > 1:
        time = f"{one.first_at.isoformat(' ', 'seconds')} to {time}"
    where = (one.channel, one.country, one.network, one.purpose)
    return (time, one.reason, one.to_masked, *where, _money(one.price), one.count)


async def _budget(services: Services, arguments: Any) -> None:
    budget = await services.ask(fraud.read_budget, fraud.ReadBudget())
    rows = [
        (one.country, _money(one.price), _money(one.spent), _share(one.spent, budget.budget))
        for one in budget.countries
    ]
    whole = ("all", "", _money(budget.spent), _share(budget.spent, budget.budget))
    header = ("country", "price", "spent today", f"of {_money(budget.budget)}")
    show([*rows, whole], header=header, empty="")


def _money(thousandths: int) -> str:
    return f"{thousandths / 1000:.3f}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""
