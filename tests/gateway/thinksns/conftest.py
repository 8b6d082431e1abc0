"""What the tests of thinksns share: its people."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

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
