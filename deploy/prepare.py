"""Prepare MongoDB and NATS for the suite: `python -m deploy.prepare`, before the services start.

Makes the replica set, one MongoDB user per service with rights on its own database alone, and the
streams and buckets, which no service may make. Changes only what is not as it should be; a new
password in the environment becomes the user's.
"""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from shared import access, bus, events, watch
from shared.mongo import tls_options

SERVICES = ("auth", "profile", "social", "notify")
NOT_YET_INITIATED = 94
WITHIN = 60.0
"""Seconds that MongoDB may take to answer, and to become primary."""


def prepare_mongo(
    host: str, root_password: str, passwords: Mapping[str, str], ca_file: str = ""
) -> None:
    """Make or complete the replica set and the users; `host`, or its URL, as clients reach it."""
    with MongoClient[dict[str, Any]](
        host,
        username="root",
        password=root_password,
        directConnection=True,
        **tls_options(host, ca_file),
    ) as client:
        _until(lambda: _is_initiated(client), "MongoDB does not answer")
        _until(
            lambda: client.admin.command("hello")["isWritablePrimary"],
            "MongoDB did not become primary",
        )
        for service, password in passwords.items():
            _make_user(client, service, password)


def _is_initiated(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as failure:
        if failure.code != NOT_YET_INITIATED:
            raise
        members = [{"_id": 0, "host": "{}:{}".format(*client.address or ())}]
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
    return True


def _make_user(client: MongoClient[dict[str, Any]], service: str, password: str) -> None:
    database = client[f"userhub_{service}"]
    known = database.command("usersInfo", service)["users"]
    database.command(
        "updateUser" if known else "createUser",
        service,
        pwd=password,
        roles=[{"role": "readWrite", "db": database.name}],
    )


def _until(question: Callable[[], Any], otherwise: str) -> None:
    deadline = time.monotonic() + WITHIN
    while True:
        away = None
        try:
            if question():
                return
        except ConnectionFailure as failure:
            away = failure
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise) from away
        time.sleep(0.1)


async def prepare_nats(url: str, ca_file: str = "") -> None:
    """Make the streams and buckets, or bring streams to what this version needs."""
    client = await bus.connect(url, "userhub-prepare", ca_file=ca_file)
    js = client.jetstream()
    for stream in (events.EVENTS, events.NOTIFY, events.DEAD_LETTERS):
        await events.ensure_stream(js, stream)
    for bucket in (access.SESSIONS, access.ACCOUNTS):
        await watch.ensure_bucket(js, bucket)
    await client.close()


def main(environ: Mapping[str, str]) -> None:
    """Do all of it."""
    passwords = {name: environ[f"MONGO_{name.upper()}_PASSWORD"] for name in SERVICES}
    ca_file = environ.get("TLS_CA_FILE", "")
    prepare_mongo(environ["MONGO_HOST"], environ["MONGO_ROOT_PASSWORD"], passwords, ca_file)
    asyncio.run(prepare_nats(environ["NATS_URL"], ca_file))


if __name__ == "__main__":
    main(os.environ)
