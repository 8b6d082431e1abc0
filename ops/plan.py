"""What one run consists of: an address for everything, and a program for every process.

All addresses are fixed before anything starts, so that nothing has to wait for another's.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops import ports
from ops.config import SuiteConfig
from ops.errors import StartError
from ops.files import write_atomically
from ops.keys import CALLER_KEYS, dev_secrets, signing_keys
from ops.ports import LOOPBACK
from ops.servers import EMBEDDED, Embedded
from ops.supervised import Program

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("auth", "profile", "social", "notify")
GATEWAY = "gateway"
USERHUB = (*SERVICES, GATEWAY)
HASHING_MEMORY = "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1"
"""What auth's memory allocator is told: argon2 walks through 19 MiB at random, which costs a tenth
less of the CPU in pages of 2 MiB; glibc asks for those only in its first arena."""

SERVERS = tuple(server.name for server in EMBEDDED)


@dataclass(frozen=True)
class Addresses:
    """Ports of the processes that listen, and the URL of everything, given servers included."""

    ports: Mapping[str, int]
    urls: Mapping[str, str]


def choose_addresses(config: SuiteConfig) -> Addresses:
    """Find a port for all that is to be started; refuse a wanted one that is taken."""
    if config.port and not ports.is_free(config.port):
        raise StartError(
            f"Port {config.port} is already in use. Stop what uses it, or choose another: "
            f"make run PORT={config.port + 1}"
        )
    chosen = _server_ports(config)
    chosen[GATEWAY] = config.port or ports.pick_free()
    urls = {GATEWAY: f"http://{LOOPBACK}:{chosen[GATEWAY]}"}
    for server in EMBEDDED:
        given = config.given_urls.get(server.name)
        urls[server.name] = given or server.url(chosen[server.name])
    return Addresses(chosen, urls)


def server_programs(config: SuiteConfig, addresses: Addresses) -> list[Program]:
    """Describe the embedded servers that this run needs."""
    return [
        _server_program(config, server, addresses.ports[server.name])
        for server in EMBEDDED
        if server.name in addresses.ports
    ]


def userhub_programs(config: SuiteConfig, addresses: Addresses) -> list[Program]:
    """Describe the four services and the gateway."""
    given = _environment(config, addresses)
    environment = {name: given[name] for name in given if name not in CALLER_KEYS.values()}
    own = {
        name: environment | {"USERHUB_CALLER_KEYS": given.get(CALLER_KEYS[name], "")}
        for name in SERVICES
    }
    own["auth"].setdefault("GLIBC_TUNABLES", HASHING_MEMORY)
    gateway = environment | {
        "USERHUB_CALLER_KEYS": signing_keys(given),
        "PORT": str(addresses.ports[GATEWAY]),
    }
    return [
        *(_userhub_program(config, name, f"services.{name}", own[name]) for name in SERVICES),
        _userhub_program(config, GATEWAY, GATEWAY, gateway),
    ]


def log_file(config: SuiteConfig, name: str) -> Path:
    """Answer where a process writes what it has to say."""
    return config.home / "logs" / f"{name}.log"


def _server_ports(config: SuiteConfig) -> dict[str, int]:
    """Use the ports of the last run again where they are free."""
    file = config.home / "ports.json"
    last: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    chosen: dict[str, int] = {}
    for name in SERVERS:
        if name in config.given_urls:
            continue
        port = last.get(name)
        if port is None or port == config.port or not ports.claim(port):
            port = ports.pick_free({config.port, *last.values()})
        chosen[name] = port
    write_atomically(file, json.dumps(last | chosen))
    return chosen


def _server_program(config: SuiteConfig, server: Embedded, port: int) -> Program:
    data = config.home / server.name
    data.mkdir(exist_ok=True)
    return Program(
        name=server.name,
        command=server.command(data, port),
        # mongod refuses to start under a locale that the machine does not have.
        environment={**os.environ, "LC_ALL": "C"},
        folder=data,
        log=log_file(config, server.name),
        orphaned=signal.SIGKILL,
    )


def _userhub_program(
    config: SuiteConfig, name: str, module: str, environment: Mapping[str, str]
) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-m", module],
        environment=environment,
        folder=ROOT,
        log=log_file(config, name),
        orphaned=signal.SIGTERM,
    )


def _environment(config: SuiteConfig, addresses: Addresses) -> dict[str, str]:
    """Put defaults below what the caller set, and what only this run can know above it."""
    given = {**os.environ, **config.env}
    given.setdefault("USERHUB_ENV", "dev")
    given.setdefault("PUBLIC_URL", addresses.urls[GATEWAY])
    given.setdefault("MEDIA_DIR", str(config.home / "media"))
    if given["USERHUB_ENV"] != "production":
        given |= dev_secrets(config.home / "secrets.env", given)
    given.pop("PORT", None)
    return given | {
        "MONGO_URL": addresses.urls["mongo"],
        "REDIS_URL": addresses.urls["redis"],
        "NATS_URL": addresses.urls["nats"],
        "DATA_DIR": str(config.home),
        # Not from the machine's environment, where some shells put its name there.
        "HOST": config.env.get("HOST", LOOPBACK),
    }
