"""Groups when somebody leaves for good."""

import asyncio

import pytest

from shared.contracts import deletion, groups, relations


@pytest.fixture
def erase(tell, announced):
    """Let somebody leave, and wait until nothing of them is left."""

    async def leave(user_id):
        await tell(deletion.UserDeleting(user_id=user_id))
        await announced(relations.UserErased, user_id=user_id)

    return leave


@pytest.fixture
def traces(mongo):
    """Count what is kept of somebody about groups."""

    async def count(user_id):
        db = mongo("userhub_social")
        return [
            await db["memberships"].count_documents({"user": user_id}),
            await db["counters"].count_documents({"_id.u": user_id}),
            await db["sync_log"].count_documents({"u": user_id}),
            await db["groups"].count_documents({"creator_id": user_id, "name": {"$ne": ""}}),
        ]

    return count


async def test_memberships_end_as_by_quitting(
    a_group, ask_as, erase, traces, counted, facts_of, seen_from_0
):
    """Groups are handed over or left, those with nobody else end, and the others see it."""
    led, [ann, bob, cem] = await a_group(3)
    joined, [dan, _] = await a_group(2)
    await ask_as(groups.join_group, owner_id=ann, group_id=joined)
    alone, others = await a_group(2)
    await ask_as(groups.join_group, owner_id=ann, group_id=alone)
    for one in others:
        await ask_as(groups.quit_group, owner_id=one, group_id=alone)
    left, _ = await a_group(2)
    await ask_as(groups.join_group, owner_id=ann, group_id=left)
    await ask_as(groups.quit_group, owner_id=ann, group_id=left)

    await erase(ann)

    assert await traces(ann) == [0, 0, 0, 0]
    assert await counted(led) == 2
    assert (await ask_as(groups.read_group, owner_id=cem, group_id=led)).creator_id == bob
    assert await counted(joined) == 2
    assert await counted(alone) == 0
    ended = await ask_as(groups.read_group, owner_id=dan, group_id=alone)
    assert (ended.name, ended.dismissed_at is None) == ("", False)
    facts = await facts_of(ann)
    assert facts.count(groups.GroupLeft.fact) == 4
    assert facts.count(groups.GroupDismissed.fact) == 1
    assert facts[-1] == relations.UserErased.fact
    _, _, _, _, members = await seen_from_0(dan)
    assert (joined, ann) not in members


async def test_a_group_dismissed_by_somebody_shows_nothing_after_they_left(a_group, ask_as, erase):
    """What they wrote there is gone; that there was a group, and that it is over, stays."""
    group_id, [ann, bob] = await a_group(2)
    portrait = "https://example.org/ann.png"
    change = {"owner_id": ann, "group_id": group_id, "portrait": portrait}
    await ask_as(groups.change_group, **change, bulletin="Ann was here")
    await ask_as(groups.dismiss_group, owner_id=ann, group_id=group_id)

    await erase(ann)

    seen = await ask_as(groups.read_group, owner_id=bob, group_id=group_id)
    assert (seen.name, seen.portrait, seen.bulletin) == ("", "", "")
    assert seen.dismissed_at is not None


async def test_more_groups_than_one_step_takes(a_group, fresh_people, ask_as, erase, traces):
    """However many groups somebody is in, all of them are left in the end."""
    [ann, bob] = await fresh_people(2)
    made: list[int] = []
    for _ in range(25):
        group = await ask_as(groups.create_group, owner_id=ann, name="Many", member_ids=[ann, bob])
        made.append(group.group_id)

    await erase(ann)

    assert await traces(ann) == [0, 0, 0, 0]
    listed = await ask_as(groups.list_groups, owner_id=bob)
    assert [one.group.group_id for one in listed] == sorted(made)
    assert {(one.group.creator_id, one.group.member_count) for one in listed} == {(bob, 1)}


async def test_nobody_is_brought_in_behind_their_erasure(
    a_group, fresh_people, ask_as, tell, announced, traces
):
    """Whoever is added while they leave is in no group afterwards, and no count knows them."""
    six = [await a_group(2) for _ in range(6)]
    [ann] = await fresh_people(1)

    asks = [
        ask_as(groups.add_members, owner_id=people[0], group_id=group_id, member_ids=[ann])
        for group_id, people in six
    ]
    deleting = tell(deletion.UserDeleting(user_id=ann))
    results = await asyncio.gather(*asks, deleting, return_exceptions=True)
    await announced(relations.UserErased, user_id=ann)

    refused = [one for one in results[:-1] if one is not None]
    assert {type(one) for one in refused} <= {relations.NoSuchPerson}
    assert await traces(ann) == [0, 0, 0, 0]
    for group_id, people in six:
        with pytest.raises(relations.NoSuchPerson):
            await ask_as(
                groups.add_members, owner_id=people[0], group_id=group_id, member_ids=[ann]
            )
        with pytest.raises(relations.NoSuchPerson):
            await ask_as(groups.join_group, owner_id=ann, group_id=group_id)
        seen = await ask_as(groups.read_group, owner_id=people[0], group_id=group_id)
        assert seen.member_count == 2
