"""How fast a change is known to who subscribes, and how many events a second are published."""

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from bench.ground import SERVICE, Changed
from bench.load import percentile
from bench.people import Person
from ops.suite import Suite
from shared import bus, events, outbox
from shared.contracts.profile import ProfileChanged
from shared.mongo import Mongo
from shared.outbox import BATCH, Outbox

CHANGES = 300
PER_SECOND = 30
EVENTS = 10_000
AT_ONCE = 500
"""Publishes under way at once, bare and ours: as many as the relay takes from the database."""


async def told(suite: Suite, people: list[Person], say: Callable[[str], None]) -> None:
    """Print how long after the answer to a change a subscriber has its event."""
    client = await bus.connect(suite.urls["nats"], "bench")
    heard: asyncio.Queue[float] = asyncio.Queue()

    async def on_event(_: object) -> None:
        heard.put_nowait(time.perf_counter())

    await client.subscribe(f"events.{ProfileChanged.fact}", cb=on_event)
    await client.flush()
    taken = []
    async with httpx.AsyncClient(base_url=suite.urls["gateway"], timeout=30) as http:
        for n in range(CHANGES):
            person, name = people[n % len(people)], f"n{n}-{uuid.uuid4().hex[:6]}"
            began = time.perf_counter()
            body, cookie = {"nickname": name}, {"cookie": person.cookie}
            await http.post("/user/set_nickname", json=body, headers=cookie)
            answered = time.perf_counter()
            taken.append(max(0.0, await asyncio.wait_for(heard.get(), 10) - answered))
            await asyncio.sleep(max(0.0, began + 1 / PER_SECOND - time.perf_counter()))
    await client.close()
    p50, p99 = percentile(taken, 0.5) * 1000, percentile(taken, 0.99) * 1000
    say("")
    say(f"from the answer to a change until a subscriber has its event, {PER_SECOND} a second")
    say(f"  p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")


async def rates(suite: Suite, say: Callable[[str], None]) -> None:
    """Compare publishing what is in an outbox with publishing alone."""
    client = await bus.connect(suite.urls["nats"], "bench")
    js = client.jetstream(timeout=30)
    mongo = Mongo(suite.urls["mongo"], f"bench_{uuid.uuid4().hex[:8]}", "bench")
    await mongo.ensure_indexes(outbox.INDEXES)
    await _fill(mongo)
    one = Outbox(mongo, js, SERVICE)
    began = time.perf_counter()
    relaying = asyncio.create_task(one.run())
    while await mongo["outbox"].find_one({"waiting": True}):
        await asyncio.sleep(0.02)
    ours = EVENTS / (time.perf_counter() - began)
    await one.stop()
    await relaying
    body = _example()
    began = time.perf_counter()
    for start in range(0, EVENTS, AT_ONCE):
        await asyncio.gather(
            *(
                js.publish(
                    f"events.{Changed.fact}", body, headers={"Nats-Msg-Id": f"{mongo.db.name}{n}"}
                )
                for n in range(start, start + AT_ONCE)
            )
        )
    bare = EVENTS / (time.perf_counter() - began)
    await mongo.client.drop_database(mongo.db.name)
    await mongo.close()
    await client.close()
    say("")
    say(f"publishing {EVENTS} events, {AT_ONCE} under way at once (the relay takes {BATCH})")
    say(f"  bare JetStream publish {bare:8.0f}/s")
    say(f"  from an outbox         {ours:8.0f}/s")
    say(f"  ratio of rates         {ours / bare:8.2f}")


async def _fill(mongo: Mongo) -> None:
    """Put events of many people into an outbox, as transactions would have."""
    now = datetime.now(UTC)
    await mongo["outbox"].insert_many(
        {
            "_id": uuid.uuid4().hex,
            "subject": str(1 + n % AT_ONCE),
            "sequence": n // AT_ONCE + 1,
            "fact": Changed.fact,
            "time": now,
            "data": {"user_id": 1 + n % AT_ONCE, "number": n},
            "waiting": True,
        }
        for n in range(EVENTS)
    )


def _example() -> bytes:
    """Give one of these events as it is published."""
    return events.encode(
        events.CloudEvent(
            id=uuid.uuid4().hex,
            source=f"/userhub/{SERVICE}",
            type=Changed.fact,
            subject="1",
            time=datetime.now(UTC),
            sequence="1",
            data={"user_id": 1, "number": 1},
        )
    )
