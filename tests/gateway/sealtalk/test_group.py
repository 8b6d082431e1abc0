"""Groups through the sealtalk dialect (reference 3.2): making them, coming and going."""

import asyncio

import pytest

from shared.caller import Caller
from shared.contracts import directory
from shared.contracts import groups as contract
from shared.contracts.accounts import Role
from tests.conftest import ANY_SESSION
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.test_group_changes import (
    BAD_NAMES,
    CHANGES,
    CREATOR,
    GOOD_NAMES,
    MEMBER,
)
from tests.gateway.sealtalk.together import (
    BAD_IDS,
    ask_group,
    block,
    groups,
    make_group,
    members,
    roles,
    several,
    shown_group,
)

# ------------------------------------------------------------------ making


async def test_making_a_group(people) -> None:
    """Its maker leads it, the others are members, and everybody has it in their list."""
    tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")

    group = await make_group(tom, jerry, spike)

    assert await roles(tom, group) == {tom.id: CREATOR, jerry.id: MEMBER, spike.id: MEMBER}
    flat = {
        "id": group,
        "name": "Team 1",
        "portraitUri": "",
        "creatorId": tom.id,
        "memberCount": 3,
    }
    for person, role in ((tom, CREATOR), (jerry, MEMBER), (spike, MEMBER)):
        for method in ("GET", "POST"):
            [row] = expect.result(await person.http.request(method, "/user/groups"))
            assert list(row) == [*flat, "role", "group"]
            assert row == flat | {"role": role, "group": flat | {"maxMemberCount": 500}}
    assert await shown_group(jerry, group) == flat | {
        "maxMemberCount": 500,
        "bulletin": "",
        "deletedAt": None,
    }


async def test_no_groups_at_first(people) -> None:
    """Who has just signed up is in no group."""
    assert await groups(await people.one()) == {}


@pytest.mark.parametrize("name", GOOD_NAMES)
async def test_names_of_2_to_32_characters(people, name) -> None:
    """A group is called as it was written."""
    tom, jerry = await several(people, "Tom", "Jerry")

    group = await make_group(tom, jerry, name=name)

    assert (await shown_group(tom, group))["name"] == name


async def test_groups_that_are_refused(people, ids, user_id) -> None:
    """A wrong name, too few members, one who does not exist or no maker: 400, and no group."""
    tom, jerry = await several(people, "Tom", "Jerry")

    async def refused(**changes) -> None:
        body = {"name": "Team 1", "memberIds": [tom.id, jerry.id]} | changes
        body = {key: value for key, value in body.items() if value is not ...}
        expect.refused(await tom.post("/group/create", body), 400)

    for name in [*BAD_NAMES, ...]:
        await refused(name=name)
    for bad in BAD_IDS:
        await refused(memberIds=[tom.id, bad])
        await refused(memberIds=bad)
    for wrong in ([], [tom.id], [tom.id, tom.id], [jerry.id], ..., tom.id, {"0": tom.id}):
        await refused(memberIds=wrong)
    await refused(memberIds=[tom.id, ids.encode(user_id)])
    await refused(memberIds=[jerry.id, ids.encode(user_id)])

    assert await groups(tom) == await groups(jerry) == {}


async def test_members_named_twice(people) -> None:
    """Who is named twice is in the group once."""
    tom, jerry = await several(people, "Tom", "Jerry")

    group = await make_group(tom, jerry, jerry, tom)

    assert await roles(tom, group) == {tom.id: CREATOR, jerry.id: MEMBER}
    assert (await shown_group(tom, group))["memberCount"] == 2


async def test_the_largest_group(people, crowd) -> None:
    """A group has 500 members: nobody is added to it or joins it, nor is one of 501 made."""
    tom, jerry = await several(people, "Tom", "Jerry")
    others = await crowd(contract.MEMBERS_MOST)
    body = {"name": "Team 1", "memberIds": [tom.id, *others]}
    expect.refused(await tom.post("/group/create", body), 400)
    body["memberIds"] = [tom.id, *others[:-2]]
    group = expect.result(await tom.post("/group/create", body))["id"]
    too_many = [jerry.id, others[-1]]
    expect.refused(await ask_group(tom, "add", group, memberIds=too_many), 400)
    assert (await shown_group(tom, group))["memberCount"] == contract.MEMBERS_MOST - 1

    expect.done(await ask_group(tom, "add", group, memberIds=[others[-1]]))

    expect.refused(await ask_group(jerry, "join", group), 400)
    expect.refused(await ask_group(tom, "add", group, memberIds=[jerry.id]), 400)
    assert (await shown_group(tom, group))["memberCount"] == contract.MEMBERS_MOST
    assert len(await members(tom, group)) == contract.MEMBERS_MOST
    expect.done(await ask_group(tom, "kick", group, memberIds=others[:1]))
    expect.done(await ask_group(jerry, "join", group))


async def test_many_join_a_group_that_is_almost_full(people, crowd) -> None:
    """Of ten who join at once as many get in as there are places, and the count is right."""
    tom, *others = await several(people, *(f"N{number}" for number in range(11)))
    body = {"name": "Team 1", "memberIds": [tom.id, *await crowd(contract.MEMBERS_MOST - 4)]}
    group = expect.result(await tom.post("/group/create", body))["id"]

    replies = await asyncio.gather(*(ask_group(one, "join", group) for one in others))

    statuses = sorted(reply.status_code for reply in replies)
    assert statuses == [200] * 3 + [400] * 7
    assert len(await members(tom, group)) == contract.MEMBERS_MOST
    assert (await shown_group(tom, group))["memberCount"] == contract.MEMBERS_MOST


async def test_500_groups(people, mongo, ids) -> None:
    """Who is in 500 groups makes no other (1000), joins none and is brought into none (400)."""
    tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")
    group = await make_group(jerry, spike)
    await make_group(tom, jerry)
    counter = {"_id": {"u": ids.decode(tom.id), "of": "groups"}, "count": 1}
    more = {"$set": {"count": contract.GROUPS_MOST - 1}}
    counters = mongo("userhub_social")["counters"]
    assert (await counters.update_one(counter, more)).modified_count == 1
    last = await make_group(tom, jerry)

    body = {"name": "Team 1", "memberIds": [tom.id, jerry.id]}
    expect.outcome(await tom.post("/group/create", body), 1000)
    expect.refused(await ask_group(tom, "join", group), 400)
    expect.refused(await ask_group(jerry, "add", group, memberIds=[tom.id]), 400)

    expect.done(await ask_group(tom, "quit", last))
    expect.done(await ask_group(tom, "join", group))


# ------------------------------------------------------------------ coming


async def test_joining(team) -> None:
    """Who knows a group's id may join it, once."""
    group, tom, jerry, spike = team

    expect.done(await ask_group(spike, "join", group))

    assert await roles(spike, group) == {tom.id: CREATOR, jerry.id: MEMBER, spike.id: MEMBER}
    assert (await shown_group(tom, group))["memberCount"] == 3
    for person in (spike, jerry, tom):
        expect.refused(await ask_group(person, "join", group), 400)
    assert (await shown_group(tom, group))["memberCount"] == 3


async def test_where_nobody_joins_by_themselves(team, ids, bus) -> None:
    """Other dialects know groups to which one applies, and bans: joining those is refused (403)."""
    group, tom, jerry, spike = team
    about = {"group_id": ids.decode(group)}
    seen = await bus.ask(directory.read_groups, directory.ReadGroups(group_ids=[about["group_id"]]))
    creator = Caller(seen[0].creator_id, ANY_SESSION, Role.ADMIN)

    async def open_to_all(direct: bool) -> None:
        ask = contract.ChangeGroup(owner_id=creator.user_id, **about, direct_join=direct)
        await bus.ask(contract.change_group, ask, caller=creator)

    await open_to_all(False)
    expect.refused(await ask_group(spike, "join", group), 403)
    await open_to_all(True)
    ban = directory.BanGroup(**about, banned=True)
    await bus.ask(directory.ban_group, ban, caller=creator)
    expect.refused(await ask_group(spike, "join", group), 403)
    expect.refused(await ask_group(jerry, "add", group, memberIds=[spike.id]), 403)
    assert await roles(tom, group) == {tom.id: CREATOR, jerry.id: MEMBER}


async def test_joining_at_once(team) -> None:
    """Ten devices join at once: one is told it is done, and the person is counted once."""
    group, tom, _, spike = team

    replies = await asyncio.gather(*(ask_group(spike, "join", group) for _ in range(10)))

    assert sorted(reply.status_code for reply in replies) == [200] + [400] * 9
    assert (await shown_group(tom, group))["memberCount"] == 3


async def test_adding(team, people) -> None:
    """Any member may bring others in, each once."""
    group, tom, jerry, spike = team
    butch = await people.one(nickname="Butch")

    expect.done(await ask_group(jerry, "add", group, memberIds=[spike.id, butch.id, spike.id]))

    assert set(await members(tom, group)) == {tom.id, jerry.id, spike.id, butch.id}
    assert (await shown_group(tom, group))["memberCount"] == 4


async def test_who_adds_nobody(team, people, ids, user_id) -> None:
    """A stranger adds nobody (403), nobody is added twice or does not exist (400)."""
    group, tom, jerry, spike = team
    butch = await people.one(nickname="Butch")

    for stranger in (spike, butch):
        reply = await ask_group(stranger, "add", group, memberIds=[spike.id])
        expect.refused(reply, 403)
    for wrong in ([jerry.id], [tom.id], [spike.id, jerry.id], [spike.id, ids.encode(user_id)]):
        expect.refused(await ask_group(tom, "add", group, memberIds=wrong), 400)

    assert set(await members(tom, group)) == {tom.id, jerry.id}
    assert (await shown_group(tom, group))["memberCount"] == 2
    assert await groups(spike) == {}


async def test_who_does_not_want_to(people) -> None:
    """Whoever blocks somebody is brought into no group by them, and nobody is told."""
    tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")
    await block(spike, tom)

    group = await make_group(tom, jerry, spike)
    expect.done(await ask_group(tom, "add", group, memberIds=[spike.id]))

    assert set(await members(tom, group)) == {tom.id, jerry.id}
    assert await groups(spike) == {}
    expect.done(await ask_group(jerry, "add", group, memberIds=[spike.id]))
    assert list(await groups(spike)) == [group]


# ------------------------------------------------------------------ going


async def test_quitting(team) -> None:
    """Who leaves is out, and the group goes on without them."""
    group, tom, jerry, _ = team

    expect.done(await ask_group(jerry, "quit", group))

    assert await roles(tom, group) == {tom.id: CREATOR}
    assert await groups(jerry) == {}
    expect.refused(await jerry.get(f"/group/{group}/members"), 403)
    expect.refused(await ask_group(jerry, "quit", group), 403)
    assert (await shown_group(tom, group))["memberCount"] == 1


async def test_the_creator_quits(team) -> None:
    """Another member leads the group then."""
    group, tom, jerry, _ = team

    expect.done(await ask_group(tom, "quit", group))

    assert await roles(jerry, group) == {jerry.id: CREATOR}
    shown = await shown_group(jerry, group)
    assert (shown["creatorId"], shown["memberCount"]) == (jerry.id, 1)
    assert (await groups(jerry))[group]["role"] == CREATOR
    expect.refused(await ask_group(tom, "rename", group, name="Team 2"), 400)
    expect.done(await ask_group(jerry, "rename", group, name="Team 2"))


async def test_the_last_one_quits(team) -> None:
    """Nobody is left to lead it: the group is dismissed, and stays readable."""
    group, tom, jerry, spike = team
    expect.done(await ask_group(tom, "quit", group))

    expect.done(await ask_group(jerry, "quit", group))

    shown = await shown_group(jerry, group)
    assert shown["memberCount"] == 0
    assert shown["deletedAt"] is not None
    expect.refused(await ask_group(spike, "join", group), 404)


async def test_everybody_quits_at_once(people) -> None:
    """However leaving meets leaving, somebody leads as long as somebody is there."""
    everybody = await several(people, *(f"N{number}" for number in range(5)))
    group = await make_group(*everybody)

    replies = await asyncio.gather(*(ask_group(one, "quit", group) for one in everybody[:4]))

    assert [reply.status_code for reply in replies] == [200] * 4
    last = everybody[4]
    assert await roles(last, group) == {last.id: CREATOR}
    shown = await shown_group(last, group)
    assert (shown["memberCount"], shown["creatorId"]) == (1, last.id)


async def test_coming_back(team) -> None:
    """Who left or was put out may come again, as a member without a name."""
    group, tom, jerry, spike = team
    expect.done(await ask_group(jerry, "set_display_name", group, displayName="J"))
    expect.done(await ask_group(tom, "kick", group, memberIds=[jerry.id]))
    expect.done(await ask_group(jerry, "join", group))
    expect.done(await ask_group(tom, "quit", group))
    expect.done(await ask_group(jerry, "add", group, memberIds=[tom.id, spike.id]))

    found = await members(spike, group)

    assert {one: row["role"] for one, row in found.items()} == {
        jerry.id: CREATOR,
        tom.id: MEMBER,
        spike.id: MEMBER,
    }
    assert found[jerry.id]["displayName"] == ""


async def test_kicking(team) -> None:
    """The creator puts members out, each once, even down to a group of one."""
    group, tom, jerry, spike = team
    expect.done(await ask_group(spike, "join", group))

    expect.done(await ask_group(tom, "kick", group, memberIds=[jerry.id, spike.id, jerry.id]))

    assert await roles(tom, group) == {tom.id: CREATOR}
    assert (await shown_group(tom, group))["memberCount"] == 1
    assert await groups(jerry) == await groups(spike) == {}
    expect.refused(await jerry.get(f"/group/{group}/members"), 403)


async def test_who_kicks_nobody(team, ids, user_id) -> None:
    """Only the creator may (403), not oneself, not who is not in it, not some of them (400)."""
    group, tom, jerry, spike = team

    for person in (jerry, spike):
        expect.refused(await ask_group(person, "kick", group, memberIds=[tom.id]), 403)
    nobody = ids.encode(user_id)
    for wrong in ([tom.id], [tom.id, jerry.id], [spike.id], [jerry.id, spike.id], [nobody]):
        expect.refused(await ask_group(tom, "kick", group, memberIds=wrong), 400)
        expect.refused(await ask_group(tom, "kick", group, memberIds=wrong[::-1]), 400)

    assert set(await members(tom, group)) == {tom.id, jerry.id}
    assert (await shown_group(tom, group))["memberCount"] == 2


async def test_kicked_and_quitting_at_once(people) -> None:
    """A member who leaves while being put out is out once, and the count stays right."""
    for _ in range(3):
        tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")
        group = await make_group(tom, jerry, spike)

        replies = await asyncio.gather(
            ask_group(tom, "kick", group, memberIds=[jerry.id]),
            ask_group(jerry, "quit", group),
        )

        assert 200 in {reply.status_code for reply in replies}
        assert {reply.status_code for reply in replies} <= {200, 400, 403}
        assert set(await members(tom, group)) == {tom.id, spike.id}
        assert (await shown_group(tom, group))["memberCount"] == 2


# ------------------------------------------------------------------ ending


async def test_dismissing(team) -> None:
    """Nobody is in it any more, nobody can join it, and yet it stays readable."""
    group, tom, jerry, spike = team

    expect.done(await ask_group(tom, "dismiss", group))

    assert await groups(tom) == await groups(jerry) == {}
    shown = await shown_group(jerry, group)
    assert (shown["name"], shown["memberCount"]) == ("Team 1", 0)
    assert shown["deletedAt"] is not None
    for person in (tom, jerry):
        assert (await person.get(f"/group/{group}/members")).status_code in (403, 404)
    expect.refused(await ask_group(spike, "join", group), 404)
    expect.refused(await ask_group(jerry, "add", group, memberIds=[spike.id]), 404)
    expect.refused(await ask_group(tom, "kick", group, memberIds=[jerry.id]), 404)
    expect.refused(await ask_group(jerry, "quit", group), 404)
    expect.refused(await ask_group(tom, "set_display_name", group, displayName="T"), 404)
    for what in ("dismiss", *CHANGES):
        expect.refused(await ask_group(tom, what, group, **CHANGES.get(what, {})), 400)
    expect.refused(await ask_group(tom, "transfer", group, userId=jerry.id), 400)


async def test_who_cannot_dismiss(team, ids, user_id) -> None:
    """Members and strangers are told what is told of a group that never was: 400."""
    group, tom, jerry, spike = team

    replies = [
        await ask_group(jerry, "dismiss", group),
        await ask_group(spike, "dismiss", group),
        await ask_group(tom, "dismiss", ids.encode(user_id)),
        await ask_group(tom, "dismiss", jerry.id),
    ]

    for reply in replies:
        expect.refused(reply, 400)
    assert len(await members(tom, group)) == 2
