"""How a gateway tells who was here."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime

import pytest

from gateway import activity as telling
from gateway.activity import Activity
from gateway.clients import Clients
from shared.contracts import activity, profile
from shared.errors import Unavailable

pytestmark = pytest.mark.usefixtures("one_day")


@pytest.fixture
async def person(bus, user_id):
    """The id of a person who has a profile."""
    await bus.ask(profile.open_profile, profile.OpenProfile(user_id=user_id, nickname="Ann"))
    return user_id


@pytest.fixture
def last_seen(bus, person, eventually):
    """Wait until the profile service knows that the person was here at a moment, or later."""

    async def wait(at):
        async def known():
            [found] = await bus.ask(
                activity.read_activity, activity.ReadActivity(user_ids=[person])
            )
            return found.last_active_at and found.last_active_at >= _moment(at) and found

        return await eventually(known)

    return wait


def _moment(at):
    """A time as the database keeps it: in milliseconds."""
    return datetime.fromtimestamp(int(at * 1000) / 1000, UTC)


@contextlib.asynccontextmanager
async def running(one, bus):
    task = asyncio.create_task(one.run(bus))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def request_from(ip):
    """A request as the server hands it over."""
    return {"type": "http", "client": (ip, 1234), "headers": [], "method": "GET", "path": "/"}


async def test_the_first_time_of_a_day_is_told_at_once(bus, person, last_seen):
    """With the address of the request, and without waiting for the next round."""
    one, at = Activity(Clients("")), time.time()
    context = telling.current.set(request_from("114.114.114.114"))
    async with running(one, bus):
        one.saw(person, at)
        found = await last_seen(at)
    telling.current.reset(context)
    assert (found.online_days, found.country) == (1, "CN")


async def test_later_times_are_told_now_and_then(bus, person, last_seen, monkeypatch):
    """Of many requests between two rounds the first is told."""
    monkeypatch.setattr(telling, "REPORT_SECONDS", 0.05)
    one, at = Activity(Clients("")), time.time()
    async with running(one, bus):
        one.saw(person, at)
        await last_seen(at)
        while (await last_seen(at)).last_active_at < _moment(at + 1):
            one.saw(person, at + 1)
            one.saw(person, at + 2)
        found = await last_seen(at + 1)
    assert found.online_days == 1


class Failing:
    """A bus that fails for the first so many questions."""

    def __init__(self, bus, times):
        self._bus, self._left = bus, times

    async def ask(self, call, message):
        """Fail, or ask."""
        self._left -= 1
        if self._left >= 0:
            raise Unavailable(part="profile")
        return await self._bus.ask(call, message)


async def test_what_could_not_be_told_is_told_later(bus, person, last_seen, monkeypatch):
    """Nobody's day is lost because the profile service was away for a moment."""
    monkeypatch.setattr(telling, "REPORT_SECONDS", 0.05)
    one, at = Activity(Clients("")), time.time()
    async with running(one, Failing(bus, 3)):
        one.saw(person, at)
        assert (await last_seen(at)).online_days == 1
