"""Asking the services of a running suite as an administrator."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

from ops.keys import read_secrets, signing_keys
from shared import bus
from shared.bus import Bus
from shared.caller import Caller
from shared.contract import Answer, Ask, Call
from shared.contracts.accounts import Role
from shared.errors import AppError, Malformed
from shared.settings import KeyRing
from shared.telemetry import logs

OPERATOR = Caller(user_id=0, session_id="ops", role=Role.ROOT)
"""Who acts when it is nobody with an account: whoever holds the keys of callers."""

NAME = "userhub-admin"

CONNECTED_WITHIN = 5.0
"""Seconds: a service waits for NATS for ever, a person wants to know that it is not there."""


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
        return await done(action(services, arguments))


async def done(work: Awaitable[None]) -> int:
    """Wait for it; a refusal is one line for a person. Answers the exit code."""
    try:
        await work
    except AppError as error:
        why = error.message
    except OverflowError:  # a number, or a moment, that no message can hold
        why = Malformed().message
    except (NatsError, TimeoutError) as error:
        why = f"NATS did not do this: {str(error) or 'no answer'}"
    else:
        return 0
    print(f"userhub: {why}", file=sys.stderr)
    return 1


@asynccontextmanager
async def connected() -> AsyncIterator[Services]:
    """Connect to the suite of the environment, or of this machine, for as long as a block runs."""
    async with connected_to_nats() as client:
        yield Services(Bus(client, _keys()))


@asynccontextmanager
async def connected_to_nats() -> AsyncIterator[Client]:
    """Connect to NATS alone, without keys of callers; end with a sentence where it is not there."""
    logs.configure("admin", "error")  # what is printed is for a person, or for a pipe
    url = _nats_url()
    try:
        async with asyncio.timeout(CONNECTED_WITHIN):
            client = await bus.connect(url, NAME, ca_file=os.environ.get("TLS_CA_FILE", ""))
    except TimeoutError:
        raise SystemExit(
            f"NATS at {url.rpartition('@')[2]} cannot be reached, or lets nobody in with this user "
            "and password."
        ) from None
    try:
        yield client
    finally:
        await client.close()


def _home() -> Path:
    return Path(os.environ.get("DATA_DIR") or ".local")


def _nats_url() -> str:
    """Give the address of NATS, from the environment or from a run on this machine."""
    if url := os.environ.get("NATS_URL"):
        return url
    run = _home() / "run.json"
    if not run.exists():
        raise SystemExit(f"Nothing runs in {_home()}: start it, or set NATS_URL or DATA_DIR.")
    return str(json.loads(run.read_text())["nats"])


def _keys() -> KeyRing:
    """Give the keys of callers, from the environment or from a run on this machine."""
    keys = os.environ.get("USERHUB_CALLER_KEYS") or signing_keys(
        read_secrets(_home() / "secrets.env")
    )
    if not keys:
        raise SystemExit("USERHUB_CALLER_KEYS is not set, and no run in DATA_DIR has them.")
    try:
        return KeyRing.parse(keys)
    except ValueError as error:
        raise SystemExit(f"USERHUB_CALLER_KEYS {error}") from None


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
