"""`userhub admin deliveries`: "where is my code?"."""

import asyncio
from typing import Any

from ops.admin.connection import Services, add_action, run_action, show
from shared.contracts import notify
from shared.contracts.notify import Attempt, Delivery

HEADER = ("time", "channel", "template", "to", "status", "provider", "answer", "receipt", "report")


def add(areas: Any) -> None:
    """Add the area; with `--to` alone it finds."""
    area = areas.add_parser("deliveries", help="what became of messages to an address")
    area.add_argument("--to", help="the same as: find ADDRESS")
    area.set_defaults(do=lambda arguments: _find_to(area, arguments))
    actions = area.add_subparsers(title="actions", metavar="ACTION")
    find = add_action(actions, "find", "show each attempt of the last messages", _find)
    find.add_argument("address", help="phone number in E.164, e-mail address, registration id")
    find.add_argument(
        "--reports", action="store_true", help="ask the providers what became of the last ten"
    )


def _find_to(area: Any, arguments: Any) -> int:
    if not arguments.to:
        area.error("say --to ADDRESS, or an action")
    arguments.address, arguments.reports = arguments.to, False
    return asyncio.run(run_action(_find, arguments))


async def _find(services: Services, arguments: Any) -> None:
    ask = notify.ReadDeliveries(to=arguments.address, reports=arguments.reports)
    found = await services.ask(notify.read_deliveries, ask)
    rows = [row for delivery in found for row in _rows(delivery)]
    show(rows, header=HEADER, empty="nothing was sent there in the last 90 days")


def _rows(delivery: Delivery) -> list[tuple[object, ...]]:
    """Give one line for the message and one for each attempt."""
    about = (delivery.channel, delivery.template, delivery.to_masked)
    created = delivery.created_at.isoformat(" ", "seconds")
    first = (created, *about, delivery.status, "", delivery.error or "", "", "")
    return [
        first,
        *(
            (
                one.at.isoformat(" ", "seconds"),
                *("", "", ""),
                one.outcome,
                one.provider,
                one.error or "",
                one.receipt or "",
                report_of(one),
            )
            for one in delivery.history
        ),
    ]


def report_of(attempt: Attempt) -> str:
    """Say what became of it, and when that was told."""
    if attempt.reported_at is None:
        return attempt.report or ""
    return f"{attempt.report}, told {attempt.reported_at.isoformat(' ', 'seconds')}"
