"""What consumers gave up on: looked at, and given back to them."""

import asyncio
from typing import Any


def add_dead_letters(commands: Any) -> None:
    """Add `dead-letters list` and `dead-letters replay`."""
    command = commands.add_parser(
        "dead-letters",
        help="look at messages that were given up on, and replay them",
        description=(
            "A consumer that failed on a message too often puts it aside. List such messages, and "
            "give one back to the consumer that failed once the cause is mended. The server is the "
            "one in NATS_URL, or of the run in DATA_DIR."
        ),
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list them, oldest first")
    listing.add_argument("--limit", type=int, default=100, help="rows at the most (100)")
    listing.set_defaults(do=lambda arguments: asyncio.run(_list(arguments.limit)))
    replay = actions.add_parser("replay", help="give some of them back")
    replay.add_argument("sequence", type=int, nargs="*", help="numbers that the list shows")
    replay.add_argument("--all", action="store_true", help="every one of them")
    replay.set_defaults(do=lambda arguments: _do_replay(replay, arguments))


def _do_replay(parser: Any, arguments: Any) -> int:
    if bool(arguments.sequence) == arguments.all:
        parser.error("say either which, by their numbers, or --all")
    return asyncio.run(_replay(arguments.sequence, arguments.all))


async def _list(limit: int) -> int:
    from ops.admin.connection import connected_to_nats, done

    async with connected_to_nats() as client:
        return await done(_print(client.jetstream(), limit))


async def _print(js: Any, limit: int) -> None:
    from shared import consumers

    rows = await consumers.dead_letters(js, limit)
    for row in rows:
        told = "  ".join(str(row[name]) for name in ("died_at", "consumer", "subject", "error"))
        print(f"{row['sequence']:>8}  {told}")
    if not rows:
        print("there are no dead letters")


async def _replay(sequences: list[int], every: bool) -> int:
    from ops.admin.connection import connected_to_nats, done

    async with connected_to_nats() as client:
        return await done(_give_back(client.jetstream(), sequences, every))


async def _give_back(js: Any, sequences: list[int], every: bool) -> None:
    from nats.js.errors import BadRequestError, NotFoundError

    from shared import consumers

    if every:
        sequences = [row["sequence"] for row in await consumers.dead_letters(js, 1_000_000)]
    for sequence in sequences:
        try:
            await consumers.replay(js, sequence)
        except (NotFoundError, BadRequestError):  # the latter: a number that none has
            raise SystemExit(f"userhub: there is no dead letter {sequence}") from None
        print(f"replayed {sequence}")
