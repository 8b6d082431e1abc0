"""What the tests of this dialect share: people with the app, and time that passes."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.clients import Clients
from tests.gateway.yunhu.together import Citizen


class Citizens(Clients):
    """Makes people with clients of their own."""

    def stranger(self, **traits: str) -> Citizen:
        """Give somebody without an account."""
        return Citizen(self.client(), **traits)

    async def one(self, **traits: str) -> Citizen:
        """Give somebody who is logged in."""
        return await self.stranger(**traits).sign_in()

    def again(self, person: Citizen, device_id: str) -> Citizen:
        """Give the same person with another device, not logged in there."""
        other = self.stranger(phone=person.phone, device_id=device_id)
        other.id = person.id
        return other


@pytest.fixture
async def citizens(suite) -> AsyncIterator[Citizens]:
    """People: `tom = await citizens.one()`."""
    async with Citizens(suite.urls["gateway"]) as everyone:
        yield everyone


@pytest.fixture(scope="session")
async def tom(suite) -> AsyncIterator[Citizen]:
    """Somebody who is logged in; tests leave the session, the e-mail address and name alone."""
    async with Citizens(suite.urls["gateway"]) as everyone:
        yield await everyone.one()


@pytest.fixture(scope="session")
async def jerry(suite) -> AsyncIterator[Citizen]:
    """Another one, whom Tom does not know."""
    async with Citizens(suite.urls["gateway"]) as everyone:
        yield await everyone.one()


@pytest.fixture(scope="session")
def later(hours) -> Callable[[Citizen], Awaitable[None]]:
    """Let a minute pass for the addresses of a person, so that another code may go there."""

    async def passed(person: Citizen, seconds: float = 60) -> None:
        for purpose in ("yunhu", "yunhu.password"):
            await hours.passed(person.e164, seconds, purpose)
            await hours.passed(person.email, seconds, purpose)

    return passed
