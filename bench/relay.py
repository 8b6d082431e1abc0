"""An instance of a service that does nothing but publish: to be killed and started again."""

import asyncio
import sys

from bench.ground import SERVICE
from shared import bus
from shared.mongo import Mongo
from shared.outbox import Outbox
from shared.telemetry import logs


async def main(mongo_url: str, nats_url: str, database: str) -> None:
    """Relay until killed."""
    logs.configure("relay", "error")
    client = await bus.connect(nats_url, "relay")
    mongo = Mongo(mongo_url, database, "relay")
    await Outbox(mongo, client.jetstream(timeout=5), SERVICE).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
