"""Who listens to events beside our own services: a place in the stream for each, and a snapshot."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec

SERVICES = ("auth", "profile", "social", "notify", "notify-im", "notify-push")
"""Names of places that are our own."""

STREAM = "EVENTS"


def add_subscribers(commands: Any) -> None:
    """Add `subscribers add`, `list`, `remove` and `snapshot`."""
    command = commands.add_parser(
        "subscribers",
        help="let others listen to events, and tell them who is there",
        description=(
            "A subscriber has a durable place in the stream of events, by a name. Only operators "
            "make such places: the server is the one in NATS_URL (as user operator), or of the run "
            "in DATA_DIR."
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
    adding.set_defaults(do=lambda arguments: asyncio.run(_add(arguments)))
    removing = actions.add_parser("remove", help="remove a place")
    removing.add_argument("name")
    removing.set_defaults(do=lambda arguments: asyncio.run(_remove(arguments.name)))
    listing = actions.add_parser("list", help="show the places, and how far behind each is")
    listing.set_defaults(do=lambda arguments: asyncio.run(_list()))


async def _add(arguments: Any) -> int:
    from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

    from ops.admin.connection import connected

    name = arguments.name
    if name in SERVICES or not name.replace("-", "").replace("_", "").isalnum():
        print(f"userhub: {name} cannot be a subscriber's name", file=sys.stderr)
        return 1
    config = ConsumerConfig(
        durable_name=name,
        filter_subject="events.>",
        deliver_policy=DeliverPolicy.ALL if arguments.all else DeliverPolicy.NEW,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=30,
        max_ack_pending=1024,
    )
    async with connected() as services:
        await services.client.jetstream().add_consumer(STREAM, config)
        if arguments.snapshot:
            async for person in everybody(services):
                print(msgspec.json.encode(person).decode())
    return 0


async def everybody(services: Any) -> AsyncIterator[Any]:
    """Give all people page by page."""
    from shared.contracts import snapshot

    after = 0
    while True:
        page = await services.ask(snapshot.read_snapshot, snapshot.ReadSnapshot(after=after))
        for person in page:
            yield person
        if len(page) < snapshot.PAGE_MOST:
            return
        after = page[-1].user_id


async def _remove(name: str) -> int:
    from nats.js.errors import NotFoundError

    from ops.admin.connection import connected

    async with connected() as services:
        try:
            if name in SERVICES:
                raise NotFoundError
            await services.client.jetstream().delete_consumer(STREAM, name)
        except NotFoundError:
            print(f"userhub: there is no subscriber {name}", file=sys.stderr)
            return 1
    return 0


async def _list() -> int:
    from ops.admin.connection import connected, show

    async with connected() as services:
        found = await services.client.jetstream().consumers_info(STREAM)
    rows = [
        (one.name, (one.num_pending or 0) + (one.num_ack_pending or 0))
        for one in found
        if one.name not in SERVICES and one.config.durable_name
    ]
    show(rows, header=("subscriber", "events behind"), empty="there are no subscribers")
    return 0
