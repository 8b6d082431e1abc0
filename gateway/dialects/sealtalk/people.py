"""Many people at once: how they look, their phone numbers, and lists of them read to their end."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from gateway.core import Core
from gateway.dialects.sealtalk import views
from gateway.dialects.sealtalk.ids import PublicIds
from shared.caller import Caller
from shared.contract import Call
from shared.contracts import accounts, friendships, relations

PART = 500
"""Rows made before other requests have a turn: some ten milliseconds."""

Row = TypeVar("Row")
View = TypeVar("View")


class OfSomebody(Protocol):
    """A row of a list that is sorted by whom it is about."""

    @property
    def target_id(self) -> int:
        """Whom it is about."""
        ...


Paged = TypeVar("Paged", bound=OfSomebody)


class People:
    """Reads what lists of people are made of."""

    def __init__(self, core: Core, ids: PublicIds) -> None:
        self._core, self._ids = core, ids

    async def list_of(
        self, caller: Caller, call: Call[relations.ListOfOwner, list[Paged]], most: int
    ) -> list[Paged]:
        """Read a list of the caller's page by page, `most` rows of it."""
        rows: list[Paged] = []
        after = 0
        while len(rows) < most:
            ask = relations.ListOfOwner(owner_id=caller.user_id, after=after)
            page = await self._core.bus.ask(call, ask, caller=caller)
            rows += page
            if len(page) < relations.PAGE_MOST:
                break
            after = page[-1].target_id
        return rows[:most]

    async def shown(self, user_ids: Iterable[int]) -> dict[int, views.User]:
        """Show people, by their number; those who are gone are not among them."""
        found = await self._core.profiles.many(list(user_ids))
        users = await in_parts(found, lambda one: views.user(one, self._ids))
        return {one.user_id: user for one, user in zip(found, users, strict=True)}

    async def phones(self, friends: Iterable[friendships.Friendship]) -> dict[int, str]:
        """Give phone numbers by person, and only of mutual friends."""
        numbers = [one.target_id for one in friends if one.mutual]
        phones: dict[int, str] = {}
        for start in range(0, len(numbers), accounts.PHONES_AT_ONCE):
            ask = accounts.ReadPhones(user_ids=numbers[start : start + accounts.PHONES_AT_ONCE])
            answer = await self._core.bus.ask(accounts.read_phones, ask)
            phones |= {one.user_id: one.phone for one in answer}
        return phones


async def in_parts(rows: Sequence[Row], show: Callable[[Row], View]) -> list[View]:
    """Make views of many rows without keeping other requests waiting."""
    made: list[View] = []
    for start in range(0, len(rows), PART):
        if start:
            await asyncio.sleep(0)
        made += map(show, rows[start : start + PART])
    return made
