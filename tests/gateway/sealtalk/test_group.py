"""Groups through the sealtalk dialect (reference 2.17 and 3.2)."""

import asyncio
from typing import Any

import pytest

from shared.contracts import social
from tests.gateway import expect
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
    user_of,
)

CREATOR, MEMBER = 0, 1
CHANGES = {
    "rename": {"name": "Team 2"},
    "set_bulletin": {"bulletin": "Lunch at 12"},
    "set_portrait_uri": {"portraitUri": "http://test.com/group/abc123.jpg"},
}
POSTED: dict[str, dict[str, Any]] = {
    "add": {"memberIds": ["5Vg2Xh9f"]},
    "join": {},
    "kick": {"memberIds": ["5Vg2Xh9f"]},
    "quit": {},
    "dismiss": {},
    "transfer": {"userId": "5Vg2Xh9f"},
    "set_display_name": {"displayName": "T"},
    **CHANGES,
}
GOOD_NAMES = ["T1", "x" * 32, "😀" * 32, "汤姆", "O'Neil <b>&amp;"]
TOO_LONG = ["x" * 33, "😀" * 33]
UNSEEN = ["  ", "a\nb", "\x00\x00", "\u200b\u200b", "a\u202eb"]
BAD_NAMES: list[Any] = ["", "x", "😀", *TOO_LONG, *UNSEEN, None, 7, [], ["Team 1"], {}]
GOOD_PORTRAITS = ["http://a.com", "https://a.example/" + "x" * (256 - 18)]
BAD_PORTRAITS = [
    "",
    "http://a.cn",
    "https://a.example/" + "x" * (257 - 18),
    "javascript:alert(1)//",
    "http://test.com/<script>",
    None,
    7,
    ["http://test.com/user/abc123.jpg"],
]


@pytest.fixture
async def team(people):
    """Tom's group with Jerry in it, and Spike who is not: `(group, tom, jerry, spike)`."""
    tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")
    return await make_group(tom, jerry), tom, jerry, spike


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
    others = await crowd(social.MEMBERS_MOST)
    body = {"name": "Team 1", "memberIds": [tom.id, *others]}
    expect.refused(await tom.post("/group/create", body), 400)
    body["memberIds"] = [tom.id, *others[:-2]]
    group = expect.result(await tom.post("/group/create", body))["id"]
    too_many = [jerry.id, others[-1]]
    expect.refused(await ask_group(tom, "add", group, memberIds=too_many), 400)
    assert (await shown_group(tom, group))["memberCount"] == social.MEMBERS_MOST - 1

    expect.done(await ask_group(tom, "add", group, memberIds=[others[-1]]))

    expect.refused(await ask_group(jerry, "join", group), 400)
    expect.refused(await ask_group(tom, "add", group, memberIds=[jerry.id]), 400)
    assert (await shown_group(tom, group))["memberCount"] == social.MEMBERS_MOST
    assert len(await members(tom, group)) == social.MEMBERS_MOST
    expect.done(await ask_group(tom, "kick", group, memberIds=others[:1]))
    expect.done(await ask_group(jerry, "join", group))


async def test_many_join_a_group_that_is_almost_full(people, crowd) -> None:
    """Of ten who join at once as many get in as there are places, and the count is right."""
    tom, *others = await several(people, *(f"N{number}" for number in range(11)))
    body = {"name": "Team 1", "memberIds": [tom.id, *await crowd(social.MEMBERS_MOST - 4)]}
    group = expect.result(await tom.post("/group/create", body))["id"]

    replies = await asyncio.gather(*(ask_group(one, "join", group) for one in others))

    statuses = sorted(reply.status_code for reply in replies)
    assert statuses == [200] * 3 + [400] * 7
    assert len(await members(tom, group)) == social.MEMBERS_MOST
    assert (await shown_group(tom, group))["memberCount"] == social.MEMBERS_MOST


async def test_500_groups(people, mongo, ids) -> None:
    """Who is in 500 groups makes no other (1000), joins none and is brought into none (400)."""
    tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")
    group = await make_group(jerry, spike)
    await make_group(tom, jerry)
    counter = {"_id": {"u": ids.decode(tom.id), "of": "groups"}, "count": 1}
    more = {"$set": {"count": social.GROUPS_MOST - 1}}
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


# ------------------------------------------------------------------ changing


async def test_handing_over(team) -> None:
    """The other leads from then on, and the former creator stays a member."""
    group, tom, jerry, _ = team

    expect.done(await ask_group(tom, "transfer", group, userId=jerry.id))

    assert await roles(tom, group) == {tom.id: MEMBER, jerry.id: CREATOR}
    assert (await shown_group(tom, group))["creatorId"] == jerry.id
    assert (await groups(tom))[group]["role"] == MEMBER
    expect.refused(await ask_group(tom, "kick", group, memberIds=[jerry.id]), 403)
    expect.done(await ask_group(jerry, "kick", group, memberIds=[tom.id]))


async def test_who_cannot_hand_over(team, ids, user_id) -> None:
    """To oneself it is 403; to who is not in it, by another, or of no group 400."""
    group, tom, jerry, spike = team
    nobody = ids.encode(user_id)

    expect.refused(await ask_group(tom, "transfer", group, userId=tom.id), 403)
    for person, target in ((tom, spike.id), (tom, nobody), (jerry, tom.id), (spike, tom.id)):
        expect.refused(await ask_group(person, "transfer", group, userId=target), 400)
    expect.refused(await ask_group(tom, "transfer", nobody, userId=jerry.id), 400)
    for bad in BAD_IDS:
        expect.refused(await ask_group(tom, "transfer", group, userId=bad), 400)

    assert await roles(tom, group) == {tom.id: CREATOR, jerry.id: MEMBER}


async def test_handed_over_to_two_at_once(people) -> None:
    """One of two handovers at once is done, and there is one creator."""
    tom, jerry, spike = await several(people, "Tom", "Jerry", "Spike")
    group = await make_group(tom, jerry, spike)

    replies = await asyncio.gather(
        ask_group(tom, "transfer", group, userId=jerry.id),
        ask_group(tom, "transfer", group, userId=spike.id),
    )

    assert sorted(reply.status_code for reply in replies) == [200, 400]
    found = await roles(tom, group)
    assert sorted(found.values()) == [CREATOR, MEMBER, MEMBER]
    assert found[(await shown_group(tom, group))["creatorId"]] == CREATOR


@pytest.mark.parametrize(
    ("what", "key", "good"),
    [
        ("rename", "name", GOOD_NAMES),
        ("set_bulletin", "bulletin", ["L", "x" * 1024, "😀" * 1024, "a\nb <b>", ""]),
        ("set_portrait_uri", "portraitUri", GOOD_PORTRAITS),
    ],
)
async def test_changes(team, what, key, good) -> None:
    """The creator changes what a group shows, and everybody sees it as it was written."""
    group, tom, jerry, _ = team
    for value in good:
        expect.done(await ask_group(tom, what, group, **{key: value}))

        assert (await shown_group(jerry, group))[key] == value
        if key != "bulletin":
            assert (await groups(jerry))[group][key] == value


@pytest.mark.parametrize(
    ("what", "key", "wrong"),
    [
        ("rename", "name", BAD_NAMES),
        ("set_bulletin", "bulletin", ["x" * 1025, "😀" * 1025, "\x00", 7, [], ["x"], {}]),
        ("set_portrait_uri", "portraitUri", BAD_PORTRAITS),
    ],
)
async def test_changes_that_are_refused(team, ids, user_id, what, key, wrong) -> None:
    """A wrong value, no value, another's group and none at all: 400, and nothing changes."""
    group, tom, jerry, spike = team
    before = await shown_group(tom, group)

    for value in wrong:
        reply = await ask_group(tom, what, group, **{key: value})
        assert reply.status_code == 400, value
        expect.refused(reply, 400)
    expect.refused(await ask_group(tom, what, group), 400)
    for person in (jerry, spike):
        expect.refused(await ask_group(person, what, group, **CHANGES[what]), 400)
    expect.refused(await ask_group(tom, what, ids.encode(user_id), **CHANGES[what]), 400)

    assert await shown_group(tom, group) == before


async def test_taking_a_bulletin_down(team) -> None:
    """`null` takes it down as an empty one does."""
    group, tom, jerry, _ = team
    expect.done(await ask_group(tom, "set_bulletin", group, bulletin="Lunch"))

    expect.done(await ask_group(tom, "set_bulletin", group, bulletin=None))

    assert (await shown_group(jerry, group))["bulletin"] == ""


@pytest.mark.parametrize("name", ["J", "x" * 32, "😀" * 32, "O'Neil <b>&amp;", "", None])
async def test_names_in_a_group(team, name) -> None:
    """A member of any kind goes by another name there, or by none again."""
    group, tom, jerry, _ = team
    for person in (tom, jerry):
        expect.done(await ask_group(person, "set_display_name", group, displayName="Before"))

        expect.done(await ask_group(person, "set_display_name", group, displayName=name))

        assert (await members(tom, group))[person.id]["displayName"] == (name or "")


async def test_names_that_are_refused(team, ids, user_id) -> None:
    """33 characters, no text or nothing: 400; who is not in the group: 404."""
    group, tom, _, spike = team
    wrong: list[Any] = [*TOO_LONG, *UNSEEN, 7, [], ["T"], {}]
    for name in wrong:
        expect.refused(await ask_group(tom, "set_display_name", group, displayName=name), 400)
    expect.refused(await ask_group(tom, "set_display_name", group), 400)

    expect.refused(await ask_group(spike, "set_display_name", group, displayName="S"), 404)
    nowhere = ids.encode(user_id)
    expect.refused(await ask_group(tom, "set_display_name", nowhere, displayName="T"), 404)

    assert (await members(tom, group))[tom.id]["displayName"] == ""


# ------------------------------------------------------------------ reading


async def test_members(team) -> None:
    """Each member is shown with role, moments and profile as it is now."""
    group, tom, jerry, _ = team
    await members(tom, group)

    expect.done(await jerry.post("/user/set_nickname", {"nickname": "Jim"}))

    found = await members(tom, group)
    assert list(found) in ([tom.id, jerry.id], [jerry.id, tom.id])
    assert found[tom.id]["user"] == user_of(tom)
    assert found[jerry.id]["user"] == user_of(jerry) | {"nickname": "Jim"}


async def test_a_stranger(team) -> None:
    """Who is not in a group sees neither who is (403) nor what they have to read."""
    group, tom, jerry, spike = team
    expect.done(await ask_group(tom, "set_bulletin", group, bulletin="Lunch at 12"))

    expect.refused(await spike.get(f"/group/{group}/members"), 403)

    inside = await shown_group(jerry, group)
    assert await shown_group(spike, group) == inside | {"bulletin": ""}
    assert inside["bulletin"] == "Lunch at 12"


async def test_groups_that_are_none(people, ids, user_id) -> None:
    """An id of nothing, of nobody's making or of a person is told 404 where it is read."""
    tom = await people.one()

    for word in (ids.encode(user_id), tom.id, "x", "nobody00", "x" * 65, "%00", "%ff", "好"):
        expect.refused(await tom.get(f"/group/{word}"), 404)
        expect.refused(await tom.get(f"/group/{word}/members"), 404)


@pytest.mark.parametrize(
    ("what", "status"), [("add", 404), ("join", 404), ("kick", 404), ("quit", 404)]
)
async def test_groups_that_never_were(people, ids, user_id, what, status) -> None:
    """Coming to and going from a group that never was is 404."""
    tom, jerry = await several(people, "Tom", "Jerry")
    body = {"memberIds": [jerry.id]} if what in ("add", "kick") else {}

    for word in (ids.encode(user_id), jerry.id):
        expect.refused(await ask_group(tom, what, word, **body), status)


@pytest.mark.parametrize("what", POSTED)
async def test_ids_that_are_none(team, what) -> None:
    """An id in a body that is empty, of another type or never given is told 400."""
    group, tom, _, _ = team
    for bad in BAD_IDS:
        expect.refused(await ask_group(tom, what, bad, **POSTED[what]), 400)
    for body in (POSTED[what], [], [group], "x", None):
        expect.refused(await tom.post(f"/group/{what}", body), 400)


@pytest.mark.parametrize("what", ["add", "kick"])
async def test_members_that_are_none(team, what) -> None:
    """A list of members that is empty, no list, or has an id of nobody gets 400."""
    group, tom, jerry, spike = team
    good = spike.id if what == "add" else jerry.id

    for bad in BAD_IDS:
        expect.refused(await ask_group(tom, what, group, memberIds=[good, bad]), 400)
        expect.refused(await ask_group(tom, what, group, memberIds=bad), 400)
    for wrong in (good, [[good]], {"0": good}, [good] * (social.MEMBERS_MOST + 1)):
        expect.refused(await ask_group(tom, what, group, memberIds=wrong), 400)
    expect.refused(await ask_group(tom, what, group), 400)

    assert set(await members(tom, group)) == {tom.id, jerry.id}


async def test_what_is_announced(team, announced, ids) -> None:
    """Others hear of each change once, by whom and about whom."""
    group, tom, jerry, spike = team
    number, one, other, third = (ids.decode(word) for word in (group, tom.id, jerry.id, spike.id))
    expect.done(await ask_group(spike, "join", group))
    expect.done(await ask_group(tom, "rename", group, name="Team 2"))
    expect.done(await ask_group(tom, "kick", group, memberIds=[spike.id]))
    expect.done(await ask_group(tom, "add", group, memberIds=[spike.id]))
    expect.done(await ask_group(tom, "transfer", group, userId=jerry.id))
    expect.done(await ask_group(tom, "quit", group))
    expect.done(await ask_group(jerry, "dismiss", group))

    expected: list[tuple[Any, int, dict[str, Any]]] = [
        (social.GroupCreated, one, {"name": "Team 1", "member_ids": {one, other}}),
        (social.GroupJoined, third, {"member_ids": {third}}),
        (social.GroupChanged, one, {"changed": ["name"], "name": "Team 2"}),
        (social.MembersKicked, one, {"member_ids": {third}}),
        (social.GroupJoined, one, {"member_ids": {third}}),
        (social.GroupTransferred, one, {"target_id": other}),
        (social.GroupLeft, one, {}),
        (social.GroupDismissed, other, {"member_ids": {other, third}}),
    ]
    for kind, person, data in expected:
        [event] = await announced(kind, user_id=person)
        assert event.data["group_id"] == number
        for key, value in data.items():
            found = event.data[key]
            assert (set(found) if key == "member_ids" else found) == value


async def test_who_left_for_good(team, leave, eventually) -> None:
    """Whoever deletes their account is in no group; a group they led has another creator."""
    group, tom, jerry, _ = team

    await leave(tom)

    async def jerry_leads() -> bool:
        return await roles(jerry, group) == {jerry.id: CREATOR}

    await eventually(jerry_leads)
    shown = await shown_group(jerry, group)
    assert (shown["memberCount"], shown["creatorId"]) == (1, jerry.id)


async def test_other_methods(people) -> None:
    """Changes are asked with POST, reads with GET."""
    tom = await people.one()

    for what in ("create", *POSTED):
        expect.refused(await tom.get(f"/group/{what}"), 405)
    for path in ("5Vg2Xh9f", "5Vg2Xh9f/members"):
        expect.refused(await tom.post(f"/group/{path}", {}), 405)
