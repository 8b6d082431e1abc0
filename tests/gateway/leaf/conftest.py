"""What the tests of the leaf dialect share: people at the video site, some of them in charge."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from shared.contracts import administration
from shared.contracts.accounts import Role
from tests.gateway.leaf.viewers import Viewer, Viewers

Promote = Callable[[Viewer, Role], Awaitable[Viewer]]


@pytest.fixture(scope="session")
async def viewers(suite) -> AsyncIterator[Viewers]:
    """People with accounts: `tom = await viewers.one()`."""
    async with Viewers(suite.urls["gateway"]) as everyone:
        yield everyone


@pytest.fixture(scope="session")
def promote(operate, eventually) -> Promote:
    """Give somebody a role with which one administers, and wait until the gateway knows of it."""

    async def give(viewer: Viewer, role: Role) -> Viewer:
        ask = administration.SetRole(user_id=viewer.uid, role=role)
        await operate(administration.set_role, ask)

        async def may_administer() -> Any:
            return (await viewer.get("user/manage/list")).json()["code"] == 200

        await eventually(may_administer)
        return viewer

    return give


@pytest.fixture(scope="session")
async def tom(viewers: Viewers) -> Viewer:
    """Somebody whom tests may look at and do nothing to."""
    return await viewers.one()


@pytest.fixture(scope="session")
async def anna(viewers: Viewers) -> Viewer:
    """Somebody whom tests may change, but who stays, and stays logged in."""
    return await viewers.one()


@pytest.fixture(scope="session")
async def admin(viewers: Viewers, promote: Promote) -> Viewer:
    """An administrator."""
    return await promote(await viewers.one(), Role.ADMIN)


@pytest.fixture(scope="session")
async def root(viewers: Viewers, promote: Promote) -> Viewer:
    """Somebody with the highest role."""
    return await promote(await viewers.one(), Role.ROOT)
