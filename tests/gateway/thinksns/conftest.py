"""What the tests of thinksns share: its people."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.conftest import ENV
from tests.gateway.thinksns.members import Member


@pytest.fixture
def stranger(people) -> Callable[..., Member]:
    """Somebody without an account: `stranger(name="小小n")`."""

    def make(**traits: object) -> Member:
        return Member(people.stranger().http, **traits)  # type: ignore[arg-type]

    return make


@pytest.fixture
def members(stranger) -> Callable[..., Awaitable[list[Member]]]:
    """People who signed up, as many as are asked for."""

    async def make(count: int = 1, **traits: object) -> list[Member]:
        return list(await asyncio.gather(*(stranger(**traits).sign_up() for _ in range(count))))

    return make


@pytest.fixture
async def tom(members) -> Member:
    """Somebody who signed up and is logged in."""
    found: list[Member] = await members(1)
    return found[0]


@pytest.fixture
async def root(stranger) -> Member:
    """The administrator whom the suite makes at its start."""
    one: Member = stranger(password=ENV["USERHUB_ADMIN_PASSWORD"])
    reply = await one.log_in(ENV["USERHUB_ADMIN_EMAIL"])
    one.token = reply.json()["access_token"]
    one.id = (await one.get("/user"))["id"]
    return one
