"""Limits in Redis: atomic, both sides, given back, closed when Redis is away."""

import asyncio
import contextlib
import uuid

import pytest
import structlog.testing

from shared.errors import LimitReached, Unavailable
from shared.redis import Limit, Redis
from tests.services.auth.visitor import pass_time


@pytest.fixture
async def counter(suite):
    """A client of our own kind."""
    client = Redis(suite.urls["redis"])
    yield client
    await client.close()


def limit(most=3, seconds=60.0) -> Limit:
    return Limit(f"test:{uuid.uuid4().hex}", most, seconds)


async def counted(redis, one: Limit):
    return await redis.zcard(f"limit:{one.key}")


async def test_both_sides_of_a_limit(counter):
    """Three are taken, the fourth is told how long to wait."""
    one = limit(seconds=3600)
    for _ in range(3):
        await counter.count(one)

    with pytest.raises(LimitReached) as refused:
        await counter.count(one)
    assert 3500 <= (refused.value.retry_after or 0) <= 3600


async def test_a_limit_that_is_reached_is_logged_once(counter):
    """Who goes on asking fills no log; another limit has a line of its own."""
    one, two = limit(most=1), limit(most=1)
    with structlog.testing.capture_logs() as logged:
        for each in (one, one, one, two, two):
            with contextlib.suppress(LimitReached):
                await counter.count(each)

    assert [(line["event"], line["limit"]) for line in logged] == [
        ("excess_rate_limit_exceeded", one.key),
        ("excess_rate_limit_exceeded", two.key),
    ]


async def test_a_window_slides(counter, redis):
    """What is older than the window counts no more, each by itself."""
    one = limit(most=2, seconds=400)
    await counter.count(one)
    await pass_time(redis, one, 250)
    await counter.count(one)
    with pytest.raises(LimitReached):
        await counter.count(one)
    await pass_time(redis, one, 200)
    await counter.count(one)
    with pytest.raises(LimitReached):
        await counter.count(one)


async def test_of_fifty_at_once_as_many_as_allowed(counter, redis):
    """However many come at the same moment, the limit holds exactly."""
    one, two = limit(most=7), limit(most=30)

    results = await asyncio.gather(
        *(counter.count(one, two) for _ in range(50)), return_exceptions=True
    )

    assert results.count(None) == 7
    assert {type(one) for one in results if one} == {LimitReached}
    assert (await counted(redis, one), await counted(redis, two)) == (7, 7)


async def test_all_or_none(counter, redis):
    """When one of several limits is reached none is counted; the longest wait is told."""
    full, longer, free = limit(most=1, seconds=1000), limit(most=1, seconds=10_000), limit()
    await counter.count(full)
    await counter.count(longer)

    with pytest.raises(LimitReached) as refused:
        await counter.count(free, full, longer)

    assert await counted(redis, free) == 0
    assert 9900 <= (refused.value.retry_after or 0) <= 10_000


async def test_giving_back(counter):
    """What was taken but not used may be taken again, and only that."""
    one = limit(most=2)
    await counter.take([one], "a")
    await counter.take([one], "b")
    await counter.give_back([one], "a")
    await counter.give_back([one], "a")
    await counter.give_back([one], "never taken")

    await counter.take([one], "c")
    with pytest.raises(LimitReached):
        await counter.take([one], "d")


async def test_no_limit_is_no_limit(counter):
    """An empty list is never reached."""
    await counter.take([], "a")


async def test_a_key_goes_with_its_window(counter, redis):
    """Nothing stays in Redis for longer than it counts."""
    one = limit(seconds=70)
    await counter.count(one)

    assert 0 < await redis.pttl(f"limit:{one.key}") <= 70_000


async def test_more_at_once_than_connections(counter):
    """Five hundred at the same moment wait for a connection instead of failing."""
    one = limit(most=1000)

    assert await asyncio.gather(*(counter.count(one) for _ in range(500))) == [None] * 500


async def test_closed_when_redis_is_away():
    """Nothing is let through that cannot be counted."""
    away = Redis("redis://127.0.0.1:9/0")

    for asked in (away.count(limit()), away.get("x"), away.put("x", b"", 1), away.ping()):
        with pytest.raises(Unavailable):
            await asked
    with pytest.raises(Unavailable):
        await away.give_back([limit()], "a")
    await away.close()
