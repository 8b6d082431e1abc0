"""Fetching from a stream."""

import asyncio
import uuid

import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from shared.pulling import fetch


@pytest.fixture
async def stream(js):
    """A stream of a subject of the same name."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    await js.add_stream(name=name, subjects=[name])
    yield name
    await js.delete_stream(name)


@pytest.mark.parametrize("steps", range(8))
async def test_who_is_told_to_end_while_a_message_comes_in_ends(bus, js, stream, steps):
    """In whatever step of its way the message is: in some, nats-py alone loses a cancellation."""
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True)
    subscription = await js.pull_subscribe(stream, stream=stream, config=config)
    fetching = asyncio.create_task(fetch(subscription, 8, seconds=30))
    await bus.client.publish(stream, b"news")
    while not subscription.delivered:
        await asyncio.sleep(0)
    for _ in range(steps):
        await asyncio.sleep(0)

    told = fetching.cancel()
    await asyncio.wait([fetching])

    assert fetching.cancelled() is told
