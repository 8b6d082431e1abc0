"""Blacklists over the bus."""

import asyncio
from datetime import UTC, datetime

import pytest

from shared import errors
from shared.contracts import blacklist, deletion, relations
from tests.services.social.client import Client

BLOCKED, UNBLOCKED = blacklist.PersonBlocked.fact, blacklist.PersonUnblocked.fact


@pytest.fixture
def block(ask_as):
    async def ask(one, two):
        await ask_as(blacklist.add_to_blacklist, owner_id=one, target_id=two)

    return ask


@pytest.fixture
def unblock(ask_as):
    async def ask(one, two):
        await ask_as(blacklist.remove_from_blacklist, owner_id=one, target_id=two)

    return ask


@pytest.fixture
def listed(ask_as):
    async def ask(one, after=0):
        return await ask_as(blacklist.list_blacklist, owner_id=one, after=after)

    return ask


async def test_a_blocked_person_is_on_the_list_at_once(
    fresh_people, block, listed, sync, announced
):
    """The list has them, the next sync shows it, it is announced; they themselves see nothing."""
    ann, bob = await fresh_people(2)

    await block(ann, bob)

    [entry] = await listed(ann)
    assert (entry.owner_id, entry.target_id) == (ann, bob)
    assert abs((datetime.now(UTC) - entry.updated_at).total_seconds()) < 30
    [row] = (await sync(Client(ann))).blacklist
    assert (row.target_id, row.listed) == (bob, True)
    [event] = await announced(blacklist.PersonBlocked, user_id=ann)
    assert event.data == {"user_id": ann, "target_id": bob}
    assert (await sync(Client(bob))).version == 0


async def test_blocking_again_changes_nothing(fresh_people, block, listed, sync, facts_of):
    """The second time there is no new time, no event and nothing to sync."""
    ann, bob = await fresh_people(2)
    await block(ann, bob)
    before, device = await listed(ann), Client(ann)
    await sync(device)
    version = device.version

    await block(ann, bob)

    assert await listed(ann) == before
    await sync(device)
    assert device.version == version
    assert await facts_of(ann) == [BLOCKED]


async def test_unblocking_leaves_a_trace_for_sync_only(
    fresh_people, block, unblock, listed, sync, facts_of
):
    """The list forgets them; a device that knew them is told, one that did not need not know."""
    ann, bob = await fresh_people(2)
    await block(ann, bob)
    device = Client(ann)
    await sync(device)

    await unblock(ann, bob)
    await unblock(ann, bob)

    assert await listed(ann) == []
    [row] = (await sync(device)).blacklist
    assert (row.target_id, row.listed) == (bob, False)
    assert device.blacklist == {}
    assert (await sync(Client(ann))).blacklist == []
    assert await facts_of(ann) == [BLOCKED, UNBLOCKED]


async def test_unblocking_whoever_is_not_blocked_is_fine(user_id, unblock, facts_of):
    """Nothing happens, also for a person who does not exist."""
    await unblock(user_id, user_id + 10**15)

    assert await facts_of(user_id) == []


async def test_oneself_cannot_be_blocked(fresh_people, block, listed):
    """And nothing is kept."""
    [ann] = await fresh_people(1)

    with pytest.raises(relations.Oneself):
        await block(ann, ann)

    assert await listed(ann) == []


async def test_nobody_can_be_blocked_who_does_not_exist(fresh_people, block, listed):
    """And nothing is kept."""
    [ann] = await fresh_people(1)

    with pytest.raises(relations.NoSuchPerson):
        await block(ann, ann + 10**15)

    assert await listed(ann) == []


@pytest.mark.parametrize("target", [0, -1, 2**63, "7", None])
async def test_a_target_is_an_id(bus, acting, user_id, target):
    """Anything else is malformed, and changes nothing."""
    ask = blacklist.Blacklisting(owner_id=user_id, target_id=target)

    with acting(user_id), pytest.raises(errors.Malformed):
        await bus.ask(blacklist.add_to_blacklist, ask)


@pytest.mark.parametrize(
    "call", [blacklist.add_to_blacklist, blacklist.remove_from_blacklist, blacklist.list_blacklist]
)
async def test_a_blacklist_is_its_owners(bus, acting, user_id, call):
    """Nobody else reads or changes it, and nobody without a name."""
    fields = {"owner_id": user_id}
    if call.ask is blacklist.Blacklisting:
        fields["target_id"] = user_id + 1

    with acting(user_id + 1), pytest.raises(errors.NotTheCaller):
        await bus.ask(call, call.ask(**fields))
    with pytest.raises(errors.NotTheCaller):
        await bus.ask(call, call.ask(**fields))


async def test_blocking_one_person_many_times_at_once_blocks_once(
    fresh_people, block, unblock, listed, facts_of, mongo
):
    """Of the same request from several devices one changes something; the count stays right."""
    ann, bob = await fresh_people(2)

    await asyncio.gather(*(block(ann, bob) for _ in range(8)))

    assert len(await listed(ann)) == 1
    assert await facts_of(ann) == [BLOCKED]
    await asyncio.gather(*(unblock(ann, bob) for _ in range(8)))
    assert await facts_of(ann) == [BLOCKED, UNBLOCKED]
    count = await mongo("userhub_social")["counters"].find_one({"_id": counter(ann)})
    assert count["count"] == 0


def counter(user_id: int) -> dict[str, int | str]:
    return {"u": user_id, "of": "blacklist"}


async def test_a_blacklist_has_a_limit(fresh_people, block, unblock, listed, mongo, facts_of):
    """There is room for 10,000, also when several come at once, and room again after a removal."""
    ann, *others = await fresh_people(6)
    counters = mongo("userhub_social")["counters"]
    await block(ann, others[0])
    await counters.update_one(
        {"_id": counter(ann)}, {"$set": {"count": blacklist.BLACKLIST_MOST - 2}}
    )

    outcomes = await asyncio.gather(
        *(block(ann, other) for other in others[1:]), return_exceptions=True
    )

    refused = [error for error in outcomes if error is not None]
    assert [type(error) for error in refused] == [relations.TooMany] * 2
    assert len(await listed(ann)) == 3
    assert len(await facts_of(ann)) == 3
    assert (await counters.find_one({"_id": counter(ann)}))["count"] == blacklist.BLACKLIST_MOST
    left_out = next(one for one, error in zip(others[1:], outcomes, strict=True) if error)
    with pytest.raises(relations.TooMany):
        await block(ann, left_out)
    await unblock(ann, others[0])
    await block(ann, left_out)


async def test_a_list_is_read_in_pages(user_id, listed, mongo):
    """By id, 1,000 at once; who is not on it any more is left out."""
    await mongo("userhub_social")["blacklist"].insert_many(
        {
            "_id": {"o": user_id, "t": target},
            "owner": user_id,
            "target": target,
            "listed": target != 7,
            "updated_at": datetime.now(UTC),
        }
        for target in range(1, relations.PAGE_MOST + 4)
    )

    first = await listed(user_id)
    rest = await listed(user_id, after=first[-1].target_id)

    targets = [entry.target_id for entry in first + rest]
    assert len(first) == relations.PAGE_MOST
    assert targets == [target for target in range(1, relations.PAGE_MOST + 4) if target != 7]


async def test_the_latest_come_first(fresh_people, block, unblock, ask_as, plan_of):
    """Whoever is blocked again is the latest; who is not blocked any more is left out."""
    ann, *others = await fresh_people(4)
    for one in others:
        await block(ann, one)
    await unblock(ann, others[0])
    await block(ann, others[0])
    await unblock(ann, others[1])

    async def page(**part):
        rows = await ask_as(blacklist.latest_blocked, owner_id=ann, **{"limit": 10, **part})
        return [row.target_id for row in rows]

    assert await page() == [others[0], others[2]]
    assert await page(limit=1, offset=1) == [others[2]]
    assert await page(offset=2) == await page(offset=2**62) == []
    order = [("updated_at", -1), ("target", -1)]
    plan = await plan_of("blacklist", {"owner": ann, "listed": True}, order)
    assert "latest" in plan
    assert not plan & {"COLLSCAN", "SORT"}


@pytest.mark.parametrize(("limit", "fine"), [(0, False), (1, True), (100, True), (101, False)])
async def test_limits_of_a_page_of_the_latest(user_id, ask_as, limit, fine):
    """A page has 1 to 100 people."""
    asking = ask_as(blacklist.latest_blocked, owner_id=user_id, limit=limit)
    if fine:
        assert await asking == []
    else:
        with pytest.raises(errors.Malformed):
            await asking


async def test_whoever_leaves_is_on_no_list(
    fresh_people, block, listed, sync, tell, announced, mongo
):
    """Both directions go; devices of others are told, and their counts go down."""
    ann, bob, eve = await fresh_people(3)
    await block(ann, bob)
    await block(ann, eve)
    await block(bob, ann)
    device = Client(ann)
    await sync(device)

    await tell(deletion.UserDeleting(user_id=bob))
    await announced(relations.UserErased, user_id=bob)

    assert [entry.target_id for entry in await listed(ann)] == [eve]
    [row] = (await sync(device)).blacklist
    assert (row.target_id, row.listed) == (bob, False)
    db = mongo("userhub_social")
    assert not await db["blacklist"].find_one({"$or": [{"owner": bob}, {"target": bob}]})
    assert (await db["counters"].find_one({"_id": counter(ann)}))["count"] == 1
    assert not await db["counters"].find_one({"_id": counter(bob)})


async def test_nothing_is_kept_of_whoever_left(fresh_people, block, listed, mongo):
    """A person whom the profile service still knows, but who is erased here, cannot be listed."""
    ann, bob = await fresh_people(2)
    await mongo("userhub_social")["erased"].insert_one({"_id": bob, "at": datetime.now(UTC)})

    with pytest.raises(relations.NoSuchPerson):
        await block(ann, bob)

    assert await listed(ann) == []
