"""Groups at their limits, on both sides of each."""

import asyncio

import pytest

from services.social.counters import Counted, Counters
from services.social.groups.store import GroupStore
from shared.contracts import groups
from shared.errors import Malformed
from tests.conftest import _ids

MOST = 500


@pytest.fixture
def fill(mongo):
    """Let so many made-up people into a group, as the service would have kept them."""

    async def seat(group_id, count):
        db = mongo("userhub_social")
        people = [next(_ids) for _ in range(count)]

        async def work(session):
            store, counters = GroupStore(db), Counters(db)
            await store.hold(session, group_id)
            await store.resize(session, group_id, count)
            await store.seat(session, group_id, people)
            each = dict.fromkeys(people, 1)
            await counters.add(session, Counted.GROUPS, each, MOST, groups.TooManyGroups)

        await db.transact(work)
        return people

    return seat


@pytest.fixture
def put_into_groups(mongo, a_group):
    """Let somebody into so many groups that hold nobody else."""

    async def seat(user_id, count):
        db = mongo("userhub_social")
        like, _ = await a_group(2)
        one = await db["groups"].find_one({"_id": like})
        made = [{**one, "_id": next(_ids), "creator_id": user_id} for _ in range(count)]
        await db["groups"].insert_many([{**group, "member_count": 1} for group in made])

        async def work(session):
            store, counters = GroupStore(db), Counters(db)
            for group in made:
                await store.seat(session, group["_id"], [user_id], user_id)
            each = {user_id: count}
            await counters.add(session, Counted.GROUPS, each, MOST, groups.TooManyGroups)

        await db.transact(work)
        return [group["_id"] for group in made]

    return seat


@pytest.mark.parametrize(("length", "fits"), [(1, False), (2, True), (32, True), (33, False)])
async def test_a_name_has_2_to_32_characters(fresh_people, a_group, ask_as, length, fits):
    """The same bounds hold for a new group and for a new name; characters count, not bytes."""
    group_id, [ann, bob] = await a_group(2)
    name = "山" * length

    async def create() -> None:
        await ask_as(groups.create_group, owner_id=ann, name=name, member_ids=[ann, bob])

    async def rename() -> None:
        await ask_as(groups.change_group, owner_id=ann, group_id=group_id, name=name)

    for act in (create, rename):
        if fits:
            await act()
        else:
            with pytest.raises(Malformed):
                await act()


@pytest.mark.parametrize(("length", "fits"), [(0, True), (1024, True), (1025, False)])
async def test_a_bulletin_has_at_most_1024_characters(a_group, ask_as, length, fits):
    """An empty bulletin is none; a longer one than 1024 characters is refused."""
    group_id, [ann, _] = await a_group(2)
    change = {"owner_id": ann, "group_id": group_id, "bulletin": "告" * length}

    if fits:
        await ask_as(groups.change_group, **change)
        seen = await ask_as(groups.read_group, owner_id=ann, group_id=group_id)
        assert len(seen.bulletin) == length
    else:
        with pytest.raises(Malformed):
            await ask_as(groups.change_group, **change)


@pytest.mark.parametrize(("length", "fits"), [(0, True), (32, True), (33, False)])
async def test_a_display_name_has_at_most_32_characters(a_group, ask_as, length, fits):
    """An empty name is none; a longer one than 32 characters is refused."""
    group_id, [ann, _] = await a_group(2)
    change = {"owner_id": ann, "group_id": group_id, "display_name": "名" * length}

    if fits:
        await ask_as(groups.set_member_name, **change)
    else:
        with pytest.raises(Malformed):
            await ask_as(groups.set_member_name, **change)


@pytest.mark.parametrize(("length", "fits"), [(512, True), (513, False)])
async def test_a_portrait_has_at_most_512_characters(a_group, ask_as, length, fits):
    """An address of 512 characters is taken, a longer one refused."""
    group_id, [ann, _] = await a_group(2)
    address = "https://example.org/".ljust(length, "a")
    change = {"owner_id": ann, "group_id": group_id, "portrait": address}

    if fits:
        await ask_as(groups.change_group, **change)
    else:
        with pytest.raises(Malformed):
            await ask_as(groups.change_group, **change)


async def test_a_list_names_1_to_500_people(a_group, ask_as, counted):
    """Longer lists and empty ones are refused before anybody is looked up."""
    group_id, [ann, bob] = await a_group(2)
    for call in (groups.add_members, groups.kick_members):
        for named in ([], [bob] * 501):
            with pytest.raises(Malformed):
                await ask_as(call, owner_id=ann, group_id=group_id, member_ids=named)
    named = [ann] + [bob] * 500
    with pytest.raises(Malformed):
        await ask_as(groups.create_group, owner_id=ann, name="Many", member_ids=named)

    made = await ask_as(
        groups.create_group, owner_id=ann, name="Many", member_ids=[ann] + [bob] * 499
    )
    assert await counted(made.group_id) == 2


async def test_a_group_has_at_most_500_members(a_group, fresh_people, fill, ask_as, counted):
    """The 500th comes in, the 501st does not, until somebody leaves."""
    group_id, [ann, bob] = await a_group(2)
    newcomers = await fresh_people(3)
    [dan, eve, finn] = newcomers
    await fill(group_id, 497)

    with pytest.raises(groups.GroupFull):
        await ask_as(groups.add_members, owner_id=ann, group_id=group_id, member_ids=[dan, eve])
    assert await counted(group_id) == 499
    await ask_as(groups.join_group, owner_id=finn, group_id=group_id)
    for call, asking, fields in (
        (groups.join_group, dan, {}),
        (groups.add_members, ann, {"member_ids": [dan]}),
    ):
        with pytest.raises(groups.GroupFull):
            await ask_as(call, owner_id=asking, group_id=group_id, **fields)
    assert await counted(group_id) == 500
    rows = await ask_as(groups.list_members, owner_id=ann, group_id=group_id)
    assert len(rows) == 500

    await ask_as(groups.quit_group, owner_id=bob, group_id=group_id)
    await ask_as(groups.join_group, owner_id=dan, group_id=group_id)
    assert await counted(group_id) == 500


async def test_a_person_is_in_at_most_500_groups(
    a_group, fresh_people, put_into_groups, ask_as, counted
):
    """The 500th group takes them, no other does, by whatever way, until they leave one."""
    [ann, bob] = await fresh_people(2)
    await put_into_groups(ann, 499)
    last, [carl, _] = await a_group(2)
    more, [dora, _] = await a_group(2)

    await ask_as(groups.join_group, owner_id=ann, group_id=last)
    for call, asking, fields in (
        (groups.join_group, ann, {"group_id": more}),
        (groups.add_members, dora, {"group_id": more, "member_ids": [bob, ann]}),
        (groups.create_group, ann, {"name": "Mine", "member_ids": [ann, bob]}),
        (groups.create_group, bob, {"name": "Ours", "member_ids": [ann, bob]}),
    ):
        with pytest.raises(groups.TooManyGroups):
            await ask_as(call, owner_id=asking, **fields)
    assert await counted(more) == 2
    assert await ask_as(groups.list_groups, owner_id=bob) == []
    assert len(await ask_as(groups.list_groups, owner_id=ann)) == 500

    await ask_as(groups.kick_members, owner_id=carl, group_id=last, member_ids=[ann])
    await ask_as(groups.join_group, owner_id=ann, group_id=more)
    assert len(await ask_as(groups.list_groups, owner_id=ann)) == 500


async def test_ten_free_places_are_taken_by_ten(a_group, fresh_people, fill, ask_as, counted):
    """Of fifty who join at once ten get in; the rest hear that the group is full."""
    group_id, _ = await a_group(2)
    people = await fresh_people(50)
    await fill(group_id, 488)

    outcomes = await asyncio.gather(
        *(ask_as(groups.join_group, owner_id=one, group_id=group_id) for one in people),
        return_exceptions=True,
    )

    got_in = [one for one, outcome in zip(people, outcomes, strict=True) if outcome is None]
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert {type(outcome) for outcome in refused} == {groups.GroupFull}
    assert len(got_in) == 10
    assert await counted(group_id) == 500
    rows = await ask_as(groups.list_members, owner_id=got_in[0], group_id=group_id)
    assert {one.user_id for one in rows}.intersection(people) == set(got_in)


async def test_three_free_groups_are_taken_once(
    a_group, fresh_people, put_into_groups, ask_as, counted
):
    """Somebody who joins ten groups at once gets into as many as are left to them."""
    [ann] = await fresh_people(1)
    await put_into_groups(ann, 497)
    ten = [(await a_group(2))[0] for _ in range(10)]

    outcomes = await asyncio.gather(
        *(ask_as(groups.join_group, owner_id=ann, group_id=one) for one in ten),
        return_exceptions=True,
    )

    assert outcomes.count(None) == 3
    assert {type(one) for one in outcomes if one is not None} == {groups.TooManyGroups}
    assert len(await ask_as(groups.list_groups, owner_id=ann)) == 500
    assert sum([await counted(one) for one in ten]) == 23
