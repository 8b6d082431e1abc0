"""What the tests of the sealtalk dialect share: numbers behind ids, people by the hundred."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from gateway.config import Config
from gateway.dialects.sealtalk.ids import PublicIds
from shared.contracts import deletion, profile
from shared.contracts.ids import TakeIds, take_ids
from tests.gateway.sealtalk.together import make_group, several
from tests.people import Person


@pytest.fixture(scope="session")
def ids() -> PublicIds:
    """Public ids as the suite makes them."""
    default = {field.name: field.default for field in msgspec.structs.fields(Config)}
    return PublicIds(default["sealtalk_id_alphabet"], default["sealtalk_id_length"])


@pytest.fixture(scope="session")
def crowd(bus, ids) -> Callable[[int], Awaitable[list[str]]]:
    """Make so many people who have a profile and never log in; gives their public ids."""

    async def make(count: int) -> list[str]:
        block = await bus.ask(take_ids, TakeIds(count=count))
        numbers = range(block.first, block.first + count)
        for start in range(0, count, 50):
            await asyncio.gather(
                *(
                    bus.ask(profile.open_profile, profile.OpenProfile(user_id=one, nickname="X"))
                    for one in numbers[start : start + 50]
                )
            )
        return [ids.encode(one) for one in numbers]

    return make


@dataclass
class Days:
    """Lets time pass for a friendship, by making its rows so much older."""

    rows: Any
    ids: PublicIds

    async def passed(self, one: Person, other: Person, seconds: float) -> None:
        """Make both rows of a pair older."""
        for owner, target in ((one, other), (other, one)):
            key = {"o": self.ids.decode(owner.id), "t": self.ids.decode(target.id)}
            change = {"$set": {"updated_at": {"$subtract": ["$updated_at", seconds * 1000]}}}
            assert (await self.rows.update_one({"_id": key}, [change])).matched_count == 1


@pytest.fixture(scope="session")
def days(mongo, ids) -> Days:
    """Time that passes at will: `await days.passed(tom, jerry, 86400)`."""
    return Days(mongo("userhub_social")["friendships"], ids)


@pytest.fixture
def leave(bus, ids, acting) -> Callable[[Person], Awaitable[None]]:
    """Delete somebody's account."""

    async def gone(person: Person) -> None:
        number = ids.decode(person.id)
        with acting(number):
            await bus.ask(deletion.delete_account, deletion.DeleteAccount(user_id=number))

    return gone


@pytest.fixture
async def team(people):
    """Tom's group with Jerry in it, and Spike who is not: `(group, tom, jerry, spike)`."""
    tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")
    return await make_group(tom, jerry), tom, jerry, spike


@pytest.fixture
async def tom_and_jerry(people):
    """Two people who do not know each other."""
    return await several(people, "Tom", "Jerry")
