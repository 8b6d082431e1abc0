"""MongoDB, and the one module that knows which driver talks to it.

Writes are acknowledged by a majority with their journal on disk: what was answered survives a
power cut. Driver errors that mean "not now" leave as `Unavailable`.

Whoever reads some of many documents tells the server so: `.limit(n).to_list(n)`. With `to_list(n)`
alone it sends up to 16 MiB after the first hundred, and keeps the cursor open.

Integers beyond 32 bits come as `bson.Int64`, which is an `int`; `shared.encoding` writes them down.
A type registry of the driver would make plain ones of them, but decodes each answer twice, and
trips over a write that a server refuses while it stops.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, TypeAlias, TypeVar
from urllib.parse import parse_qsl

import pymongo
from pymongo import (
    ASCENDING,
    DESCENDING,
    AsyncMongoClient,
    IndexModel,
    ReturnDocument,
    UpdateOne,
    WriteConcern,
)
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
)

from shared import errors, tls
from shared.telemetry import logs

__all__ = [
    "ASCENDING",
    "DESCENDING",
    "BulkWriteError",
    "Collection",
    "Database",
    "Document",
    "DuplicateKeyError",
    "IndexModel",
    "Mongo",
    "PyMongoError",
    "ReturnDocument",
    "Session",
    "UpdateOne",
    "patient",
    "reachable",
    "tls_options",
]

Document: TypeAlias = dict[str, Any]
Collection: TypeAlias = AsyncCollection[Document]
Database: TypeAlias = AsyncDatabase[Document]
Session: TypeAlias = AsyncClientSession
T = TypeVar("T")

POOL_SIZE = 128
"""Connections per process: more than a process has database work under way at once."""

OPERATION_MS = 4000
"""Longest single operation: below the five seconds that a request may take."""

INDEX_SECONDS = 6 * 3600
"""Longest time for making an index: some seconds per million documents, and none is made of a build
that its client gave up."""

TRANSACTION_SECONDS = 4.5
"""How long a transaction is tried again after write conflicts."""

_UNCHECKED = {"tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames"}

log = logs.logger("mongo")


@asynccontextmanager
async def reachable() -> AsyncIterator[None]:
    """Turn the driver's "cannot reach it" and "took too long" into `Unavailable`."""
    try:
        yield
    except (
        AutoReconnect,
        ConnectionFailure,
        NetworkTimeout,
        ServerSelectionTimeoutError,
        ExecutionTimeout,
        # Not written by a majority in time; or a commit that came too late on a machine too busy.
        WriteConcernError,
    ) as error:
        log.warning("mongo.unavailable", error=type(error).__name__, why=_why(error))
        raise errors.Unavailable(part="mongo") from error


def _why(error: PyMongoError) -> str | None:
    """Tell why there is no connection, without what the driver knows of every server."""
    if isinstance(error, ConnectionFailure):
        return str(error).partition(", Timeout:")[0]
    return None  # what servers answer may name what was written


def patient(seconds: float) -> AbstractContextManager[None]:
    """Let the operations of a block take so long: for work that no request waits for."""
    return pymongo.timeout(seconds)


def tls_options(url: str, ca_file: str) -> dict[str, Any]:
    """Give what a client is told of TLS beside its URL; a URL without checks ends the process."""
    query = parse_qsl(url.partition("?")[2].replace(";", "&"))
    asked = {name.lower(): value.lower() for name, value in query}
    if unchecked := sorted(_UNCHECKED & set(asked)):
        raise SystemExit(
            f"The URL of MongoDB has {unchecked[0]}: certificates are checked, by TLS_CA_FILE"
        )
    by_scheme = str(url.startswith("mongodb+srv://")).lower()
    secured = asked.get("tls", asked.get("ssl", by_scheme)) == "true"
    if not (secured and ca_file):
        return {}  # a file alone would turn TLS on
    tls.context(ca_file)
    return {"tlsCAFile": ca_file}


class Mongo:
    """One service's database."""

    def __init__(self, url: str, database: str, name: str, ca_file: str = "") -> None:
        self.client: AsyncMongoClient[Document] = AsyncMongoClient(
            url,
            appname=f"userhub-{name}",
            tz_aware=True,
            maxPoolSize=POOL_SIZE,
            serverSelectionTimeoutMS=3000,
            timeoutMS=OPERATION_MS,
            connectTimeoutMS=2000,
            retryWrites=True,
            w="majority",
            journal=True,
            readConcernLevel="majority",
            **tls_options(url, ca_file),
        )
        self.db: Database = self.client[database]

    def __getitem__(self, collection: str) -> Collection:
        return self.db[collection]

    async def wait_until_writable(self) -> None:
        """Return once there is a primary; said once a second until then."""
        while True:
            error = None
            try:
                if (await self.client.admin.command("hello")).get("isWritablePrimary"):
                    return
            except PyMongoError as failure:
                error = _why(failure)
            log.warning("mongo.waiting", why="no primary answers at MONGO_URL yet", error=error)
            await asyncio.sleep(0.2)

    async def ping(self) -> None:
        """Raise unless the database answers."""
        async with reachable():
            await self.client.admin.command("ping")

    async def ensure_indexes(self, wanted: Mapping[str, Sequence[IndexModel]]) -> None:
        """Make the indexes that the stores declare, by collection, however long that takes."""
        for collection, indexes in wanted.items():
            with patient(INDEX_SECONDS):
                await self.db[collection].create_indexes(list(indexes))

    async def transact(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` in a transaction, again after a write conflict, and commit it.

        Either everything that `work` wrote through the session is committed when this returns, or
        nothing of it is. `work` may run more than once. Raises `Unavailable` if conflicts last.
        """
        give_up = time.monotonic() + TRANSACTION_SECONDS
        pause = 0.002
        async with reachable(), self.client.start_session() as session:
            while True:
                try:
                    async with await session.start_transaction(
                        write_concern=WriteConcern("majority", j=True)
                    ):
                        return await work(session)
                except PyMongoError as error:
                    if not error.has_error_label("TransientTransactionError"):
                        raise
                    if time.monotonic() + pause > give_up:
                        # Such as a document that a process which was killed still holds.
                        log.warning("mongo.gave_up", error=type(error).__name__)
                        raise errors.Unavailable(part="mongo") from error
                    # Those who met in one document would meet again after the same pause.
                    await asyncio.sleep(random.uniform(0, pause))  # noqa: S311
                    pause = min(pause * 2, 0.1)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """Read the database as it is at one moment: all reads through the session agree."""
        async with reachable(), self.client.start_session(snapshot=True) as session:
            yield session

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()
