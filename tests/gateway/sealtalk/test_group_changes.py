"""Groups through the sealtalk dialect (reference 3.2): what they show, and who leads them."""

import asyncio
from typing import Any

import pytest

from shared.contracts import groups as contract
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.together import (
    BAD_IDS,
    ask_group,
    groups,
    make_group,
    members,
    roles,
    several,
    shown_group,
    user_of,
)

CREATOR, MEMBER = 0, 1
GOOD_NAMES = ["T1", "x" * 32, "😀" * 32, "汤姆", "O'Neil <b>&amp;"]
TOO_LONG = ["x" * 33, "😀" * 33]
UNSEEN = ["  ", "a\nb", "\x00\x00", "\u200b\u200b", "a\u202eb"]
BAD_NAMES: list[Any] = ["", "x", "😀", *TOO_LONG, *UNSEEN, None, 7, [], ["Team 1"], {}]
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
    for wrong in (good, [[good]], {"0": good}, [good] * (contract.MEMBERS_MOST + 1)):
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
        (contract.GroupCreated, one, {"name": "Team 1", "member_ids": {one, other}}),
        (contract.GroupJoined, third, {"member_ids": {third}}),
        (contract.GroupChanged, one, {"changed": ["name"], "name": "Team 2"}),
        (contract.MembersKicked, one, {"member_ids": {third}}),
        (contract.GroupJoined, one, {"member_ids": {third}}),
        (contract.GroupTransferred, one, {"target_id": other}),
        (contract.GroupLeft, one, {}),
        (contract.GroupDismissed, other, {"member_ids": {other, third}}),
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
