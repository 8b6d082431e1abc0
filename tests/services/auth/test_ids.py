"""Ids: one sequence for everybody."""

import asyncio

import pytest

from services.auth.ids.store import Ids
from shared.contracts import ids
from shared.errors import Malformed


async def test_instances_never_give_the_same_id(workshop):
    """Two instances at once, one by one and in blocks, give each id once."""
    first, second = Ids(workshop.mongo), Ids(workshop.mongo)

    async def block(ids):
        start = await ids.block(7)
        return list(range(start, start + 7))

    async def one(ids):
        return [await ids.one()]

    parts = await asyncio.gather(
        *(how(ids) for _ in range(150) for ids in (first, second) for how in (one, block))
    )
    given = [number for part in parts for number in part]

    assert len(given) == len(set(given)) == 300 * 8


async def test_ids_of_before_a_restart_are_not_used_again(workshop):
    """A new instance begins behind everything that was ever taken."""
    ids = Ids(workshop.mongo)
    before = [await ids.one() for _ in range(3)]

    assert await Ids(workshop.mongo).one() > max(before)
    assert sorted(before) == before


async def test_blocks_for_other_services_are_of_the_same_sequence(bus, member):
    """What is given to groups and bots is never a person's id."""
    first = await bus.ask(ids.take_ids, ids.TakeIds(count=1000))
    ann = await member()
    second = await bus.ask(ids.take_ids, ids.TakeIds(count=1))

    taken = range(first.first, first.first + first.count)
    assert (first.count, second.count) == (1000, 1)
    assert second.first not in taken
    assert ann.user_id not in taken
    assert min(taken) > 10_000


@pytest.mark.parametrize("count", [0, 1001])
async def test_both_sides_of_a_block(bus, count):
    """A block has from one to a thousand ids."""
    with pytest.raises(Malformed):
        await bus.ask(ids.take_ids, ids.TakeIds(count=count))
