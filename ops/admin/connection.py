"""Asking the services of a running suite as an administrator."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ops.keys import read_secrets, signing_keys
from shared import bus
from shared.bus import Bus
from shared.caller import Caller
from shared.contract import Answer, Ask, Call
from shared.contracts.accounts import Role
from shared.errors import AppError
from shared.settings import KeyRing
from shared.telemetry import logs

OPERATOR = Caller(user_id=0, session_id="ops", role=Role.ROOT)
"""Who acts when it is nobody with an account: whoever holds the keys of callers."""

NAME = "userhub-admin"


class Services:
    """The services of a running suite."""

    def __init__(self, bus: Bus) -> None:
        self._bus, self.client = bus, bus.client

    async def ask(self, call: Call[Ask, Answer], message: Ask) -> Answer:
        """Ask with the rights of an operator, or raise what was refused."""
        return await self._bus.ask(call, message, caller=OPERATOR)


Action = Callable[[Services, Any], Awaitable[None]]


def add_action(actions: Any, name: str, help_text: str, do: Action) -> Any:
    """Add an action to an area; gives its parser, for the arguments."""
    parser = actions.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(do=lambda arguments: asyncio.run(run_action(do, arguments)))
    return parser


async def run_action(action: Action, arguments: Any) -> int:
    """Do it; a refusal is one line for a person, and status 1."""
    async with connected() as services:
        try:
            await action(services, arguments)
        except AppError as error:
            print(f"userhub: {error.message}", file=sys.stderr)
            return 1
    return 0


@asynccontextmanager
async def connected() -> AsyncIterator[Services]:
    """Connect to the suite of the environment, or of this machine, for as long as a block runs."""
    logs.configure("admin", "error")  # what is printed is for a person, or for a pipe
    url, keys = _where()
    client = await bus.connect(url, NAME, ca_file=os.environ.get("TLS_CA_FILE", ""))
    try:
        yield Services(Bus(client, keys))
    finally:
        await client.close()


def _where() -> tuple[str, KeyRing]:
    """Give the address of NATS and the keys, from the environment or from a run on this machine."""
    home = Path(os.environ.get("DATA_DIR") or ".local")
    url, keys = os.environ.get("NATS_URL"), os.environ.get("USERHUB_CALLER_KEYS")
    if not url:
        run = home / "run.json"
        if not run.exists():
            raise SystemExit(f"Nothing runs in {home}: start it, or set NATS_URL or DATA_DIR.")
        url = str(json.loads(run.read_text())["nats"])
    keys = keys or signing_keys(read_secrets(home / "secrets.env"))
    if not keys:
        raise SystemExit("USERHUB_CALLER_KEYS is not set, and no run in DATA_DIR has them.")
    return url, KeyRing.parse(keys)


def show(rows: Sequence[Sequence[object]], *, header: Sequence[str], empty: str) -> None:
    """Print a table whose columns are as wide as they need; `empty` says that there is nothing."""
    if not rows:
        print(empty)
        return
    lines = [tuple(map(str, row)) for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print(
            "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip()
        )
