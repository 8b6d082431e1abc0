"""Who listens to events beside our own services: a place in the stream for each, and a snapshot."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from msgspec.structs import asdict

SERVICES = ("auth", "profile", "social", "notify", "notify-im", "notify-push")
"""Names of places that are our own."""

STREAM = "EVENTS"


def add_subscribers(commands: Any) -> None:
    """Add `subscribers add`, `list` and `remove`."""
    command = commands.add_parser(
        "subscribers",
        help="let others listen to events, and tell them who is there",
        description=(
            "A subscriber has a durable place in the stream of events, by a name. Only operators "
            "make such places: the server is the one in NATS_URL (as user operator) with "
            "USERHUB_CALLER_KEYS, or of the run in DATA_DIR."
        ),
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    adding = actions.add_parser("add", help="make a place that begins now")
    adding.add_argument("name", help="letters, digits, - and _")
    begin = adding.add_mutually_exclusive_group()
    begin.add_argument("--all", action="store_true", help="begin with the oldest event kept")
    begin.add_argument(
        "--snapshot",
        action="store_true",
        help="then print everybody who is there, one JSON object a line: nothing lies between",
    )
    adding.set_defaults(do=lambda arguments: _run(_add, arguments))
    removing = actions.add_parser("remove", help="remove a place")
    removing.add_argument("name")
    removing.set_defaults(do=lambda arguments: _run(_remove, arguments))
    listing = actions.add_parser("list", help="show the places, and how far behind each is")
    listing.set_defaults(do=lambda arguments: _run(_list, arguments))


def _run(do: Any, arguments: Any) -> int:
    from ops.admin.connection import run_action

    return asyncio.run(run_action(do, arguments))


def _can_be_a_subscriber(name: str) -> bool:
    return name not in SERVICES and re.fullmatch("[A-Za-z0-9_-]+", name) is not None


async def _add(services: Any, arguments: Any) -> None:
    from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

    name = arguments.name
    if not _can_be_a_subscriber(name):
        raise SystemExit(f"userhub: {name} cannot be a subscriber's name")
    config = ConsumerConfig(
        durable_name=name,
        filter_subject="events.>",
        deliver_policy=DeliverPolicy.ALL if arguments.all else DeliverPolicy.NEW,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=30,
        max_ack_pending=1024,
    )
    await services.client.jetstream().add_consumer(STREAM, config)
    if arguments.snapshot:
        async for person in everybody(services):
            # As a dict, because a message leaves out what is as by default.
            print(msgspec.json.encode(asdict(person)).decode())


async def everybody(services: Any) -> AsyncIterator[Any]:
    """Give all people page by page."""
    from shared.contracts import snapshot

    after = 0
    while page := await services.ask(snapshot.read_snapshot, snapshot.ReadSnapshot(after=after)):
        for person in page:
            yield person
        after = page[-1].user_id


async def _remove(services: Any, arguments: Any) -> None:
    from nats.js.errors import NotFoundError

    name = arguments.name
    try:
        if not _can_be_a_subscriber(name):
            raise NotFoundError
        await services.client.jetstream().delete_consumer(STREAM, name)
    except NotFoundError:
        raise SystemExit(f"userhub: there is no subscriber {name}") from None


async def _list(services: Any, _: Any) -> None:
    from ops.admin.connection import show

    found = await services.client.jetstream().consumers_info(STREAM)
    rows = [
        (one.name, (one.num_pending or 0) + (one.num_ack_pending or 0))
        for one in found
        if one.name not in SERVICES and one.config.durable_name
    ]
    show(rows, header=("subscriber", "events behind"), empty="there are no subscribers")
