"""Much at once in one group, by several instances: counts and the lead stay right."""

import asyncio
import random
from collections.abc import Awaitable, Iterable
from typing import Any

import pytest

from services.social.features import Features
from shared.contracts import groups, relations
from shared.outbox import Outbox

REFUSALS = (
    groups.NoSuchGroup,
    groups.NotAMember,
    groups.AlreadyAMember,
    groups.NoSuchMember,
    relations.Oneself,
    groups.NotTheCreator,
)
"""What may come of asking at random, and at once; a fault of ours is not among them."""


@pytest.fixture
async def instances(bus, mongo, js):
    """Two more instances of the groups feature, with queues of their own, on the same database."""
    db = mongo("userhub_social")
    made = [Features(db, bus, Outbox(db, js, "social")) for _ in range(2)]
    yield [one.table for one in made]
    for jobs in (jobs for one in made for jobs in one.jobs):
        await jobs.stop()


@pytest.fixture
def ask_one_of(instances, ask_as):
    """Ask one of the instances, or the running service, as whoever it is about."""

    async def ask(call, **fields):
        table = random.choice([None, *instances])
        if table is None:
            return await ask_as(call, **fields)
        return await table[call](call.ask(**fields))

    return ask


async def outcomes(asks: Iterable[Awaitable[None]]) -> list[Any]:
    """Do all at once; what is not a refusal is raised."""
    results = await asyncio.gather(*asks, return_exceptions=True)
    for one in results:
        if isinstance(one, BaseException) and not isinstance(one, REFUSALS):
            raise one
    return results


async def test_joins_kicks_and_quits_at_once(a_group, fresh_people, ask_one_of, counted):
    """Whatever is under way, counts are what can be counted, and one of those in leads."""
    group_id, members = await a_group(8)
    outsiders = await fresh_people(8)
    about = {"group_id": group_id}

    for _ in range(4):
        random.shuffle(members)
        asks = [
            *(ask_one_of(groups.join_group, owner_id=one, **about) for one in outsiders),
            *(ask_one_of(groups.quit_group, owner_id=one, **about) for one in members[:4]),
            *(
                ask_one_of(
                    groups.kick_members, owner_id=one, member_ids=random.sample(members, 1), **about
                )
                for one in members
            ),
            *(
                ask_one_of(
                    groups.add_members,
                    owner_id=one,
                    member_ids=random.sample(outsiders, 2),
                    **about,
                )
                for one in members
            ),
            *(
                ask_one_of(
                    groups.transfer_group, owner_id=one, target_id=random.choice(members), **about
                )
                for one in members
            ),
        ]
        random.shuffle(asks)
        await outcomes(asks)
        assert await counted(group_id) > 0
        members, outsiders = outsiders, members


async def test_all_leave_at_once(a_group, ask_one_of, ask_as, counted, facts_of):
    """When everybody quits at the same moment the group ends once, with nobody in it."""
    group_id, people = await a_group(8)

    results = await outcomes(
        ask_one_of(groups.quit_group, owner_id=one, group_id=group_id) for one in people
    )

    assert results == [None] * len(people)
    assert await counted(group_id) == 0
    seen = await ask_as(groups.read_group, owner_id=people[0], group_id=group_id)
    assert seen.dismissed_at is not None
    facts = [fact for one in people for fact in await facts_of(one)]
    assert facts.count(groups.GroupLeft.fact) == len(people)
    assert facts.count(groups.GroupDismissed.fact) == 1


async def test_one_of_two_instances_lets_the_last_one_in(
    a_group, fresh_people, instances, mongo, counted
):
    """Two instances that each see one free place fill one: the database decides."""
    group_id, _ = await a_group(2)
    db = mongo("userhub_social")
    people = await fresh_people(8)
    # As if 497 more were in: only the count of the group decides.
    await db["groups"].update_one({"_id": group_id}, {"$set": {"member_count": 499}})

    results = await asyncio.gather(
        *(
            instances[number % 2][groups.join_group](
                groups.OneGroup(owner_id=one, group_id=group_id)
            )
            for number, one in enumerate(people)
        ),
        return_exceptions=True,
    )

    assert results.count(None) == 1
    assert {type(one) for one in results if one is not None} == {groups.GroupFull}
    await db["groups"].update_one({"_id": group_id}, {"$inc": {"member_count": -497}})
    assert await counted(group_id) == 3


async def test_joining_twice_at_once_counts_once(a_group, fresh_people, ask_one_of, counted):
    """Of several requests of one person one lets them in; the others hear that they are."""
    group_id, _ = await a_group(2)
    [dan] = await fresh_people(1)

    results = await outcomes(
        ask_one_of(groups.join_group, owner_id=dan, group_id=group_id) for _ in range(6)
    )

    assert results.count(None) == 1
    assert {type(one) for one in results if one is not None} == {groups.AlreadyAMember}
    assert await counted(group_id) == 3


async def test_a_dismissal_lets_nobody_behind(a_group, fresh_people, ask_one_of, ask_as, counted):
    """Whoever joins while the group is dismissed is either out with the rest or refused."""
    group_id, [ann, *_] = await a_group(3)
    newcomers = await fresh_people(8)

    await outcomes(
        [
            *(ask_one_of(groups.join_group, owner_id=one, group_id=group_id) for one in newcomers),
            ask_one_of(groups.dismiss_group, owner_id=ann, group_id=group_id),
        ]
    )

    assert await counted(group_id) == 0
    for one in newcomers:
        assert await ask_as(groups.list_groups, owner_id=one) == []
