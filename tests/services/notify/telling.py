"""Telling instant messaging: the consumer of notices at a place of its own, and what it told."""

import asyncio
import contextlib
import dataclasses
import json
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from nats.js import JetStreamContext
from nats.js.api import DeliverPolicy

from services.notify.im.notices import consumer, store
from services.notify.im.notices.clouds import RongCloudNotices
from services.notify.im.notices.handlers import Notices
from services.notify.im.notices.rules import Writer
from services.notify.im.rongcloud import RongCloudApi
from shared.bus import Bus
from shared.contract import Event
from shared.leases import Lease
from shared.mongo import Mongo
from shared.public_ids import PublicIds
from tests import announcing
from tests.services.notify.cloud import APP_KEY, APP_SECRET, Cloud

IDS = PublicIds("k3G7QAe51FCsPW92uEOyq4Bg6Sp8YzVTmnU0liwDdHXLajZrfxNhobJIRcMvKt", 8)
WHEN = datetime(2026, 11, 21, 3, 1, 13, 207_000, tzinfo=UTC)
WHEN_MS = 1_795_230_073_207
PAUSES = (0.05, 0.1, 0.1, 0.2)
ERROR = (500, b'{"code":1000,"errorMessage":"internal error"}')
SYSTEM, GROUP = "/message/system/publish.json", "/message/group/publish.json"
QUIT, JOIN, CREATE = "/group/quit.json", "/group/join.json", "/group/create.json"


def new_id() -> int:
    return random.randrange(10**12, 10**13)


async def announce(
    js: JetStreamContext,
    event: Event,
    event_id: str | None = None,
    headers: dict[str, str] | None = None,
) -> str:
    """Announce an event as the social service would, always at the same time."""
    known = {"id": event_id} if event_id else {}
    return await announcing.announce(js, event, headers, time=WHEN, **known)


class Telling:
    """The consumer of notices on the suite's servers, with a place in the stream of its own."""

    def __init__(self, js: JetStreamContext, mongo: Mongo, bus: Bus, cloud: Cloud) -> None:
        self.durable = f"test-im-{uuid.uuid4().hex[:8]}"
        self.client = httpx.AsyncClient(trust_env=False)
        self.notices = store.MongoNotices(mongo)
        api = RongCloudApi(self.client, cloud.url, APP_KEY, APP_SECRET)
        handlers = Notices(RongCloudNotices(api), self.notices, Writer(IDS), bus)
        lease = Lease(mongo, self.durable, "test")
        self.consumer = dataclasses.replace(
            consumer.consumer(js, handlers, self.notices, lease),
            durable=self.durable,
            deliver=DeliverPolicy.NEW,
            pauses=PAUSES,
        )


async def taken(
    cloud: Cloud, eventually: Callable[..., Awaitable[Any]], count: int, seconds: float = 30.0
) -> list[tuple[str, Any]]:
    """Wait until the server took so many requests; give path and form, the content read."""

    async def enough() -> bool:
        return len(cloud.taken) >= count

    await eventually(enough, seconds)
    found = []
    for path, form in cloud.taken:
        values: dict[str, Any] = {
            name: value if name == "userId" else value[0] for name, value in form.items()
        }
        if "content" in values:
            values["content"] = json.loads(values["content"])
        found.append((path, values))
    return found


def paths(cloud: Cloud) -> list[str]:
    return [path for path, _ in cloud.taken]


@contextlib.asynccontextmanager
async def telling(
    js: JetStreamContext, mongo: Mongo, bus: Bus, cloud: Cloud
) -> AsyncIterator[Telling]:
    """Run such a consumer until the block ends."""
    await mongo.ensure_indexes(store.INDEXES)
    await mongo["im_lanes"].delete_many({})
    one = Telling(js, mongo, bus, cloud)
    await one.consumer._ensure()
    running = asyncio.create_task(one.consumer.run())
    yield one
    one.consumer.stopping.set()
    await running
    await js.delete_consumer("EVENTS", one.durable)
    await one.client.aclose()
