"""What clients are told of groups when they sync."""

import pytest

from shared.contracts import deletion, groups, relations, sync
from shared.contracts.groups import GroupRole
from tests.services.social.client import Client, is_empty


@pytest.fixture
def device(sync):
    """Give somebody a device that has synced."""

    async def make(user_id):
        client = Client(user_id)
        await sync(client)
        return client

    return make


@pytest.fixture
def told(mongo, eventually):
    """Wait until everybody is told of everything."""

    async def wait():
        jobs = mongo("userhub_social")["fan_out"]

        async def none_left():
            return not await jobs.count_documents({})

        await eventually(none_left)

    return wait


def rows_of(changes: sync.Changes) -> dict[int, bool]:
    """Name what an answer tells of members: by person, whether they are gone."""
    return {one.user_id: one.is_deleted for one in changes.members}


async def test_who_comes_in_sees_everyone(a_group, fresh_people, ask_as, sync, device):
    """The next sync of who was added has the group and all members; others see the one."""
    group_id, [ann, bob] = await a_group(2)
    [cem] = await fresh_people(1)
    anns, bobs, cems = await device(ann), await device(bob), await device(cem)

    await ask_as(groups.add_members, owner_id=ann, group_id=group_id, member_ids=[cem])

    changes = await sync(cems)
    [seen] = changes.groups
    assert (seen.group.group_id, seen.role, seen.is_deleted) == (
        group_id,
        GroupRole.MEMBER,
        False,
    )
    assert rows_of(changes) == {ann: False, bob: False, cem: False}
    for client in (anns, bobs):
        changes = await sync(client)
        assert (changes.groups, rows_of(changes)) == ([], {cem: False})
        assert is_empty(await sync(client))


async def test_who_is_out_sees_that(a_group, ask_as, sync, device):
    """Who is kicked sees one deleted group and no members; the others see who is gone."""
    group_id, [ann, bob, cem] = await a_group(3)
    anns, bobs, cems = await device(ann), await device(bob), await device(cem)
    await ask_as(groups.change_group, owner_id=ann, group_id=group_id, bulletin="For members")

    await ask_as(groups.kick_members, owner_id=ann, group_id=group_id, member_ids=[cem])

    changes = await sync(cems)
    [seen] = changes.groups
    assert (seen.group.group_id, seen.is_deleted, seen.group.bulletin) == (group_id, True, "")
    assert changes.members == []
    assert (cems.groups, cems.members) == ({}, {})
    for client in (anns, bobs):
        changes = await sync(client)
        assert rows_of(changes) == {cem: True}


async def test_a_handover_reaches_all(a_group, ask_as, sync, device):
    """When the creator leaves, the others see who is gone, who leads, and the group's creator."""
    group_id, [ann, bob, cem] = await a_group(3)
    bobs, cems = await device(bob), await device(cem)

    await ask_as(groups.quit_group, owner_id=ann, group_id=group_id)

    for client in (bobs, cems):
        changes = await sync(client)
        [seen] = changes.groups
        assert seen.group.creator_id == bob
        assert rows_of(changes) == {ann: True, bob: False}
        assert client.members[group_id, bob].role is GroupRole.CREATOR
    assert bobs.groups[group_id].role is GroupRole.CREATOR
    assert cems.groups[group_id].role is GroupRole.MEMBER

    await ask_as(groups.transfer_group, owner_id=bob, group_id=group_id, target_id=cem)

    for client in (bobs, cems):
        await sync(client)
        assert client.groups[group_id].group.creator_id == cem
        assert client.members[group_id, bob].role is GroupRole.MEMBER
        assert client.members[group_id, cem].role is GroupRole.CREATOR
    assert cems.groups[group_id].role is GroupRole.CREATOR


async def test_a_dismissal_reaches_all(a_group, ask_as, sync, device):
    """Every member sees the group as deleted, with the time of its end."""
    group_id, people = await a_group(3)
    clients = [await device(one) for one in people]

    await ask_as(groups.dismiss_group, owner_id=people[0], group_id=group_id)

    for client in clients:
        changes = await sync(client)
        [seen] = changes.groups
        assert seen.is_deleted
        assert seen.group.dismissed_at is not None
        assert (changes.members, client.groups, client.members) == ([], {}, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "Climbers"), ("portrait", "https://example.org/a.png"), ("bulletin", "At 8")],
)
async def test_what_a_group_shows_reaches_all(a_group, ask_as, sync, device, field, value):
    """A change by the creator is one row for every member, and nothing if it is none."""
    group_id, people = await a_group(3)
    clients = [await device(one) for one in people]
    change = {"owner_id": people[0], "group_id": group_id, field: value}

    await ask_as(groups.change_group, **change)

    for client in clients:
        changes = await sync(client)
        assert [getattr(one.group, field) for one in changes.groups] == [value]
        assert changes.members == []
    await ask_as(groups.change_group, **change)
    for client in clients:
        assert is_empty(await sync(client))


async def test_a_display_name_reaches_all(a_group, ask_as, sync, device):
    """Everybody sees the member's new name; who took it sees it on the group too."""
    group_id, [ann, bob] = await a_group(2)
    anns, bobs = await device(ann), await device(bob)
    rename = {"owner_id": bob, "group_id": group_id, "display_name": "老鲍"}

    await ask_as(groups.set_member_name, **rename)

    changes = await sync(anns)
    assert changes.groups == []
    assert [(one.user_id, one.display_name) for one in changes.members] == [(bob, "老鲍")]
    changes = await sync(bobs)
    assert [one.display_name for one in changes.groups] == ["老鲍"]
    await ask_as(groups.set_member_name, **rename)
    assert is_empty(await sync(anns))
    assert is_empty(await sync(bobs))


async def test_many_who_come_at_once_reach_all(a_group, fresh_people, ask_as, sync, device, told):
    """Of more newcomers than are told of one by one everybody hears as well."""
    group_id, [ann, bob] = await a_group(2)
    bobs = await device(bob)
    newcomers = await fresh_people(30)

    await ask_as(groups.add_members, owner_id=ann, group_id=group_id, member_ids=newcomers)
    await told()

    await sync(bobs)
    assert {user_id for _, user_id in bobs.members} == {ann, bob, *newcomers}


async def test_who_came_back_sees_who_left_meanwhile(
    a_group, fresh_people, ask_as, sync, device, seen_from_0
):
    """Rows from before that went while one was out are deleted, though one never synced as out."""
    group_id, [ann, bob, cem] = await a_group(3)
    [dan] = await fresh_people(1)
    bobs = await device(bob)
    about = {"group_id": group_id}

    await ask_as(groups.kick_members, owner_id=ann, member_ids=[bob], **about)
    await ask_as(groups.quit_group, owner_id=cem, **about)
    await ask_as(groups.add_members, owner_id=ann, member_ids=[bob, dan], **about)
    # Out and in once more: what happened the first time is still to be told.
    await ask_as(groups.kick_members, owner_id=ann, member_ids=[bob], **about)
    await ask_as(groups.add_members, owner_id=dan, member_ids=[bob], **about)
    await sync(bobs)

    assert bobs.tables == await seen_from_0(bob)
    assert {user_id for _, user_id in bobs.members} == {ann, bob, dan}


async def test_who_came_back_sees_who_was_erased_meanwhile(
    a_group, ask_as, sync, device, tell, announced, told
):
    """Of somebody who is erased no row is left, and yet whoever may come back is told."""
    group_id, [ann, bob, cem] = await a_group(3)
    bobs = await device(bob)
    about = {"group_id": group_id}

    await ask_as(groups.kick_members, owner_id=ann, member_ids=[bob], **about)
    await tell(deletion.UserDeleting(user_id=cem))
    await announced(relations.UserErased, user_id=cem)
    await told()
    await ask_as(groups.join_group, owner_id=bob, **about)
    await sync(bobs)

    assert {user_id for _, user_id in bobs.members} == {ann, bob}


async def test_members_of_other_groups_are_not_told_of(a_group, ask_as, sync, device):
    """Nothing of a group reaches somebody who left it, whatever happens there."""
    group_id, [ann, bob, cem] = await a_group(3)
    about = {"group_id": group_id}
    await ask_as(groups.quit_group, owner_id=cem, **about)
    cems = await device(cem)

    await ask_as(groups.change_group, owner_id=ann, name="Secret plans", **about)
    await ask_as(groups.kick_members, owner_id=ann, member_ids=[bob], **about)

    assert is_empty(await sync(cems))
