"""What consumers gave up on: looked at, and given back to them."""

import asyncio
import json
import os
from pathlib import Path
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
    replay.set_defaults(
        do=lambda arguments: asyncio.run(_replay(arguments.sequence, arguments.all))
    )


async def _list(limit: int) -> int:
    from shared import consumers

    client = await _connected()
    rows = await consumers.dead_letters(client.jetstream(), limit)
    for row in rows:
        told = "  ".join(str(row[name]) for name in ("died_at", "consumer", "subject", "error"))
        print(f"{row['sequence']:>8}  {told}")
    if not rows:
        print("there are no dead letters")
    await client.close()
    return 0


async def _replay(sequences: list[int], every: bool) -> int:
    from shared import consumers

    client = await _connected()
    js = client.jetstream()
    if every:
        sequences = [row["sequence"] for row in await consumers.dead_letters(js, 1_000_000)]
    for sequence in sequences:
        await consumers.replay(js, sequence)
        print(f"replayed {sequence}")
    await client.close()
    return 0


async def _connected() -> Any:
    from shared import bus

    ca_file = os.environ.get("TLS_CA_FILE", "")
    return await bus.connect(_nats_url(), "userhub-ops", ca_file=ca_file)


def _nats_url() -> str:
    if url := os.environ.get("NATS_URL"):
        return url
    run = Path(os.environ.get("DATA_DIR") or ".local", "run.json")
    if not run.exists():
        raise SystemExit(f"Nothing runs in {run.parent}: start it, or set NATS_URL or DATA_DIR.")
    url = json.loads(run.read_text())["nats"]
    return str(url)
