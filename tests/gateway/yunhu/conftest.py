"""What the tests of this dialect share: people with the app, and time that passes."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from tests.conftest import fresh_ip
from tests.gateway.yunhu.together import Citizen


class Citizens:
    """Makes people, and closes their clients in the end."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._clients: list[httpx.AsyncClient] = []

    def stranger(self, **traits: str) -> Citizen:
        """Give somebody without an account."""
        client = httpx.AsyncClient(
            base_url=self._gateway,
            headers={"x-forwarded-for": fresh_ip()},
            timeout=15,
            verify=False,  # there is no TLS here
        )
        self._clients.append(client)
        return Citizen(client, **traits)

    async def one(self, **traits: str) -> Citizen:
        """Give somebody who is logged in."""
        return await self.stranger(**traits).sign_in()

    def again(self, person: Citizen, device_id: str) -> Citizen:
        """Give the same person with another device, not logged in there."""
        other = self.stranger(phone=person.phone, device_id=device_id)
        other.id = person.id
        return other

    async def close(self) -> None:
        """Close the clients."""
        for client in self._clients:
            await client.aclose()


@pytest.fixture
async def citizens(suite) -> AsyncIterator[Citizens]:
    """People: `tom = await citizens.one()`."""
    everyone = Citizens(suite.urls["gateway"])
    yield everyone
    await everyone.close()


@pytest.fixture(scope="session")
async def tom(suite) -> AsyncIterator[Citizen]:
    """Somebody who is logged in; tests leave the session, the e-mail address and name alone."""
    everyone = Citizens(suite.urls["gateway"])
    yield await everyone.one()
    await everyone.close()


@pytest.fixture(scope="session")
async def jerry(suite) -> AsyncIterator[Citizen]:
    """Another one, whom Tom does not know."""
    everyone = Citizens(suite.urls["gateway"])
    yield await everyone.one()
    await everyone.close()


@pytest.fixture(scope="session")
def later(hours) -> Callable[[Citizen], Awaitable[None]]:
    """Let a minute pass for the addresses of a person, so that another code may go there."""

    async def passed(person: Citizen, seconds: float = 60) -> None:
        for purpose in ("yunhu", "yunhu.password"):
            await hours.passed(person.e164, seconds, purpose)
            await hours.passed(person.email, seconds, purpose)

    return passed
