"""Making the embedded MongoDB a replica set of one, at the port it listens on."""

import time
from pathlib import Path
from typing import Any

from ops.ports import LOOPBACK
from ops.servers import REPLICA_SET

NOT_YET_INITIATED = 94
PRIMARY_WITHIN = 60.0


def is_settled(data: Path, port: int) -> bool:
    """Say whether the set was already made for this port, without asking the server."""
    marker = _marker(data)
    return marker.exists() and marker.read_text() == str(port)


def settle(data: Path, port: int) -> None:
    """Make the set, or move its only member to this port, and wait until it can be written to.

    Clients find the member by the address that the set's configuration names, so a member that came
    back on another port would be lost to them.
    """
    # Imported here because it takes longer than the rest of a usual start.
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]](LOOPBACK, port, directConnection=True) as client:
        _configure(client.admin, f"{LOOPBACK}:{port}")
        deadline = time.monotonic() + PRIMARY_WITHIN
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline:
                raise TimeoutError("MongoDB did not become primary")
            time.sleep(0.02)
    _marker(data).write_text(str(port))


def _configure(admin: Any, host: str) -> None:
    from pymongo.errors import OperationFailure

    try:
        config = admin.command("replSetGetConfig")["config"]
    except OperationFailure as failure:
        if failure.code != NOT_YET_INITIATED:
            raise
        member = {"_id": 0, "host": host}
        admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        return
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        config["version"] += 1
        # Forced, because a member that does not find itself in the set has no primary to ask.
        admin.command("replSetReconfig", config, force=True)


def _marker(data: Path) -> Path:
    return data / "replica-set.port"
