"""The command line: `./userhub`, which is `python -m ops`."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ops.admin import add_admin
from ops.dead_letters import add_dead_letters
from ops.events import add_events
from ops.run import run
from ops.settings import add_settings
from ops.subscribers import add_subscribers

# One line per command: it adds its parser and names the function that does the work, which gets the
# parsed arguments and answers the exit code. A command imports what is heavy inside that function.
Command = Callable[[Any], None]

LAST_PORT = 65535


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; answer the exit code."""
    arguments = _parser().parse_args(argv)
    code: int = arguments.do(arguments)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="userhub",
        description="Run and tend a Userhub suite. Each command has its own --help.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(commands)
    return parser


def _add_run(commands: Any) -> None:
    command = commands.add_parser(
        "run",
        help="start everything on this machine and keep it running until Ctrl-C",
        description=(
            "Start MongoDB, Valkey, NATS, the four services and the gateway, and keep them "
            "running until Ctrl-C. Data survive; a process that dies is started again. "
            "A server whose address is in MONGO_URL, REDIS_URL or NATS_URL is used instead of "
            "starting one. Every other setting in the environment reaches the services."
        ),
    )
    command.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("PORT") or "8000",
        help="where the gateway listens on 127.0.0.1; 0 takes any free port (PORT, else 8000)",
    )
    command.add_argument(
        "--data-dir",
        type=Path,
        default=os.environ.get("DATA_DIR") or ".local",
        help="folder for databases, uploads, secrets and logs (DATA_DIR, else .local)",
    )
    command.set_defaults(do=run)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


COMMANDS: tuple[Command, ...] = (
    _add_run,
    add_admin,
    add_dead_letters,
    add_events,
    add_settings,
    add_subscribers,
)
