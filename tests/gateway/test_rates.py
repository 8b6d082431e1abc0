"""Counting requests: exact however many come at once, and in nobody's way without Redis."""

import asyncio
import uuid

import pytest

from gateway import rates as counting
from gateway.rates import WINDOW_SECONDS, Rate, Rates
from shared.redis import Redis


@pytest.fixture
async def rates(suite, monkeypatch):
    """Counts of this suite, which has all the time that it needs."""
    monkeypatch.setattr(counting, "PATIENCE_SECONDS", 60)
    redis = Redis(suite.urls["redis"])
    yield Rates(redis)
    await redis.close()


async def test_every_request_counts_once(rates, redis) -> None:
    """Of requests at once each has a number of its own; the window ends by itself."""
    key = uuid.uuid4().hex

    found = await asyncio.gather(*(rates.count(key, 20) for _ in range(30)))

    assert sorted(one.count for one in found) == list(range(1, 31))
    assert sum(one.exceeded for one in found) == 10
    assert all(1 <= one.seconds_left <= WINDOW_SECONDS for one in found)
    assert 0 < await redis.pttl(f"rate:{key}") <= WINDOW_SECONDS * 1000


async def test_a_count_without_an_end_gets_one(rates, redis) -> None:
    """A count that lost its end, as by a crash between two commands, does not last for ever."""
    key = uuid.uuid4().hex
    await redis.set(f"rate:{key}", 5)

    assert (await rates.count(key, 20)).count == 6
    assert await redis.pttl(f"rate:{key}") > 0


async def test_without_redis_nobody_is_refused(monkeypatch) -> None:
    """Where Redis does not answer requests are let in, and it is left alone for some time."""
    monkeypatch.setattr(counting, "PAUSE_SECONDS", 3600)
    redis = Redis("redis://127.0.0.1:1")
    rates = Rates(redis)

    assert await rates.count("x", 1) is None
    monkeypatch.setattr(rates, "_count", None)  # whoever asked would fail
    assert [await rates.count("x", 1) for _ in range(50)] == [None] * 50
    await redis.close()


def test_what_is_left() -> None:
    """The last request leaves none, and the next is one too many."""
    assert (Rate(10, 10, 5).remaining, Rate(10, 10, 5).exceeded) == (0, False)
    assert (Rate(10, 11, 5).remaining, Rate(10, 11, 5).exceeded) == (0, True)
