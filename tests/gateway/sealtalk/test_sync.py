"""Syncing through the sealtalk dialect (reference 4)."""

import asyncio
from typing import Any

import pytest

from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.together import (
    Device,
    Tables,
    ask_friend,
    ask_group,
    befriend,
    block,
    by_id,
    devices,
    do,
    friend,
    group_row,
    invite,
    listed,
    make_group,
    member,
    news,
    several,
    unblock,
    user_of,
)

PORTRAIT = "http://test.com/user/abc123.jpg"


async def with_devices(people, *nicknames):
    """People, and then the client of each, which has synced."""
    everybody = await several(people, *nicknames)
    return [*everybody, *await devices(*everybody)]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_everything_of_who_has_nothing(people, method) -> None:
    """Version 0 gives one's own profile and four empty lists."""
    tom = await people.one(nickname="Tom")

    found = expect.result(await tom.http.request(method, "/user/sync/0"))

    assert list(found) == ["version", "user", "blacklist", "friends", "groups", "group_members"]
    assert found["user"].pop("timestamp") <= found["version"]
    assert found["user"] == user_of(tom)
    assert [found[section] for section in list(found)[2:]] == [[], [], [], []]


async def test_nothing_new(people) -> None:
    """Asked with the version that it gave, sync gives no rows, no user and the same version."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await befriend(tom, jerry)
    phone = Device(tom)
    first = await phone.sync()

    again = await phone.sync()

    assert again == {
        "version": first["version"],
        "user": None,
        "blacklist": [],
        "friends": [],
        "groups": [],
        "group_members": [],
    }


async def test_everything(people) -> None:
    """Version 0 gives what there is: present rows of all sections, and no tombstone."""
    tom, jerry, spike, butch = await several(people, "Tom", "Jerry", "Spike", "Butch")
    await befriend(tom, jerry)
    expect.done(await ask_friend(tom, "set_display_name", jerry.id, displayName="J"))
    await invite(tom, butch)
    await befriend(tom, spike)
    await do(tom, "delete", spike)
    await block(tom, spike)
    await block(tom, butch)
    await unblock(tom, butch)
    group = await make_group(tom, jerry, spike)
    expect.done(await ask_group(tom, "kick", group, memberIds=[spike.id]))
    gone = await make_group(tom, jerry)
    expect.done(await ask_group(tom, "dismiss", gone))

    assert await news(Device(tom)) == {
        "user": user_of(tom),
        "blacklist": [listed(spike, True)],
        "friends": by_id(friend(jerry, 20, "J"), friend(butch, 10)),
        "groups": [group_row(group, 0)],
        "group_members": by_id(member(group, tom, 0), member(group, jerry, 1)),
    }


@pytest.mark.parametrize("version", ["-1", "-5", "99999999999", "9007199254740993", "9" * 19])
async def test_versions_that_nobody_was_given(people, version) -> None:
    """Whoever asks with a number that no sync gave gets everything."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await befriend(tom, jerry)
    whole = expect.result(await tom.get("/user/sync/0"))

    assert expect.result(await tom.get(f"/user/sync/{version}")) == whole


@pytest.mark.parametrize("version", ["x", "1.0", "1e3", "null", "%00", "%20", "1x", "9" * 20, "１"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_versions_that_are_none(people, version, method) -> None:
    """What is no whole number is told 400."""
    tom = await people.one()

    expect.refused(await tom.http.request(method, f"/user/sync/{version}"), 400)


async def test_without_a_version(people) -> None:
    """One old client forgets it, and hears that there is nobody of this name."""
    tom = await people.one()

    expect.refused(await tom.get("/user/sync"), 404)


async def test_who_is_not_logged_in(people) -> None:
    """Without a session there is nothing to sync."""
    for version in ("0", "x"):
        expect.not_logged_in(await people.stranger().get(f"/user/sync/{version}"))


async def test_a_friendship_step_by_step(people) -> None:
    """Each step arrives at whom it concerns, in the very next sync, and nothing else does."""
    tom, jerry, _spike, toms, jerrys, spikes = await with_devices(people, "Tom", "Jerry", "Spike")

    await invite(tom, jerry)
    assert await news(toms) == {"friends": [friend(jerry, 10)]}
    assert await news(jerrys) == {"friends": [friend(tom, 11)]}

    await do(jerry, "agree", tom)
    assert await news(toms) == {"friends": [friend(jerry, 20)]}
    assert await news(jerrys) == {"friends": [friend(tom, 20)]}

    expect.done(await ask_friend(tom, "set_display_name", jerry.id, displayName="J"))
    assert await news(toms) == {"friends": [friend(jerry, 20, "J")]}
    assert await news(jerrys) == {}

    await do(tom, "delete", jerry)
    assert await news(toms) == {"friends": [friend(jerry, 30)]}
    assert await news(jerrys) == {}

    await do(jerry, "delete", tom)
    assert await news(toms) == {}
    assert await news(jerrys) == {"friends": [friend(tom, 30)]}

    assert await news(spikes) == {}


async def test_both_invite(people) -> None:
    """A friendship that comes of two invitations arrives at both."""
    tom, jerry, toms, jerrys = await with_devices(people, "Tom", "Jerry")
    await asyncio.gather(invite(tom, jerry), invite(jerry, tom))

    assert await news(toms) == {"friends": [friend(jerry, 20)]}
    assert await news(jerrys) == {"friends": [friend(tom, 20)]}


async def test_blocking_step_by_step(people) -> None:
    """Block and unblock arrive at who does it, and never at whom it is done to."""
    tom, jerry, toms, jerrys = await with_devices(people, "Tom", "Jerry")

    await block(tom, jerry)
    assert await news(toms) == {"blacklist": [listed(jerry, True)]}
    assert await invite(jerry, tom) == "None"
    assert await news(toms) == {}
    await unblock(tom, jerry)
    assert await news(toms) == {"blacklist": [listed(jerry, False)]}

    assert await news(jerrys) == {}


async def test_a_group_step_by_step(people) -> None:
    """Joining brings all members, leaving one row; the others hear of who comes and goes."""
    tom, jerry, spike, toms, jerrys, spikes = await with_devices(people, "Tom", "Jerry", "Spike")

    group = await make_group(tom, jerry)
    both = by_id(member(group, tom, 0), member(group, jerry, 1))
    assert await news(toms) == {"groups": [group_row(group, 0)], "group_members": both}
    assert await news(jerrys) == {"groups": [group_row(group, 1)], "group_members": both}
    assert await news(spikes) == {}

    expect.done(await ask_group(spike, "join", group))
    third = member(group, spike, 1)
    assert await news(spikes) == {
        "groups": [group_row(group, 1)],
        "group_members": by_id(*both, third),
    }
    for phone in (toms, jerrys):
        assert (await news(phone))["group_members"] == [third]

    expect.done(await ask_group(spike, "set_display_name", group, displayName="S"))
    for phone in (toms, jerrys):
        assert await news(phone) == {"group_members": [member(group, spike, 1, "S")]}
    [own] = (await news(spikes))["groups"]
    assert own["displayName"] == "S"

    expect.done(await ask_group(tom, "kick", group, memberIds=[spike.id]))
    [gone] = (await news(spikes))["groups"]
    assert (gone["groupId"], gone["isDeleted"]) == (group, True)
    for phone in (toms, jerrys):
        [row] = (await news(phone))["group_members"]
        assert (row["memberId"], row["isDeleted"]) == (spike.id, True)

    assert await news(spikes) == {}


async def test_a_group_changes(people) -> None:
    """A new name, portrait or creator arrives at all members; a stranger hears nothing."""
    tom, jerry, _, toms, jerrys, spikes = await with_devices(people, "Tom", "Jerry", "Spike")
    group = await make_group(tom, jerry)
    for phone in (toms, jerrys):
        await phone.sync()

    expect.done(await ask_group(tom, "rename", group, name="Team 2"))
    assert await news(toms) == {"groups": [group_row(group, 0, "Team 2")]}
    assert await news(jerrys) == {"groups": [group_row(group, 1, "Team 2")]}

    expect.done(await ask_group(tom, "set_portrait_uri", group, portraitUri=PORTRAIT))
    row = group_row(group, 1, "Team 2", portrait=PORTRAIT)
    assert await news(jerrys) == {"groups": [row]}

    expect.done(await ask_group(tom, "transfer", group, userId=jerry.id))
    changed = {row["memberId"]: row["role"] for row in (await news(jerrys))["group_members"]}
    assert changed == {tom.id: 1, jerry.id: 0}

    assert await news(spikes) == {}


@pytest.mark.parametrize("how", ["dismiss", "quit"])
async def test_a_group_ends(people, how) -> None:
    """Who is no longer in a group hears so once, whether it ended or they left."""
    tom, jerry, toms, jerrys = await with_devices(people, "Tom", "Jerry")
    group = await make_group(tom, jerry)
    for phone in (toms, jerrys):
        await phone.sync()

    expect.done(await ask_group(tom, how, group))

    [gone] = (await news(toms))["groups"]
    assert (gone["groupId"], gone["isDeleted"]) == (group, True)
    [row] = (await news(jerrys))["groups"]
    assert (row["isDeleted"], row["role"]) == ((True, 1) if how == "dismiss" else (False, 0))
    assert await news(toms) == await news(jerrys) == {}


async def test_a_new_profile(people, eventually) -> None:
    """It arrives at oneself, at friends, at who was invited, and at fellow members."""
    tom, jerry, spike, _butch, *phones = await with_devices(
        people, "Tom", "Jerry", "Spike", "Butch"
    )
    toms, jerrys, spikes, butchs = phones
    await befriend(tom, jerry)
    group = await make_group(tom, spike)
    for phone in phones:
        await phone.sync()

    tom.nickname = "Thomas"
    expect.done(await tom.post("/user/set_nickname", {"nickname": tom.nickname}))

    heard: dict[int, dict[str, Any]] = {id(phone): {} for phone in phones}

    async def arrived(phone, section) -> bool:
        heard[id(phone)] |= await news(phone)
        return section in heard[id(phone)]

    await eventually(lambda: arrived(toms, "user"))
    await eventually(lambda: arrived(jerrys, "friends"))
    await eventually(lambda: arrived(spikes, "group_members"))
    assert heard[id(toms)]["user"] == user_of(tom)
    assert heard[id(jerrys)] == {"friends": [friend(tom, 20)]}
    assert heard[id(spikes)] == {"group_members": [member(group, tom, 0)]}
    assert await news(butchs) == {}


async def test_who_left(people, leave, eventually) -> None:
    """Whoever deletes their account goes from everybody's tables, without a name."""
    tom, jerry, spike, _, jerrys, spikes = await with_devices(people, "Tom", "Jerry", "Spike")
    await befriend(tom, jerry)
    await block(spike, tom)
    group = await make_group(jerry, tom, spike)
    tables = [Tables(jerrys), Tables(spikes)]
    for one in tables:
        one.device.version = 0
        await one.catch_up()
    assert all((group, tom.id) in one.members for one in tables)

    await leave(tom)

    async def is_gone() -> bool:
        for one in tables:
            await one.catch_up()
        return all(
            (group, tom.id) not in one.members
            and tom.id not in one.friends
            and tom.id not in one.blacklist
            for one in tables
        )

    await eventually(is_gone)
    for one in tables:
        fresh = await Tables(Device(one.device.person)).catch_up()
        assert fresh.content() == one.content()
        assert "Tom" not in str(one.content())


async def test_a_client_misses_nothing(people, eventually) -> None:
    """Clients that sync now and then, while everything changes at once, end with all there is."""
    tom, jerry, spike, *phones = await with_devices(people, "Tom", "Jerry", "Spike")
    tables = [Tables(Device(phone.person)) for phone in phones]
    over = asyncio.Event()

    async def keep_up(one) -> None:
        while not over.is_set():
            await one.catch_up()

    async def change(person, other, third) -> None:
        for number in range(3):
            await ask_friend(person, "invite", other.id, message="Hi")
            await ask_friend(other, "agree", person.id)
            await block(person, third)
            group = await make_group(person, other, name=f"Team {number}")
            await ask_group(third, "join", group)
            await ask_group(other, "set_display_name", group, displayName=f"N{number}")
            await person.post("/user/set_nickname", {"nickname": f"N{number}"})
            await ask_group(person, "kick", group, memberIds=[other.id])
            await ask_friend(person, "delete", other.id)
            await unblock(person, third)
            await ask_group(person, "rename", group, name=f"Team {number} b")
            await ask_group(person, "quit" if number % 2 else "dismiss", group)

    keeping = [asyncio.create_task(keep_up(one)) for one in tables]
    await asyncio.gather(
        change(tom, jerry, spike), change(jerry, spike, tom), change(spike, tom, jerry)
    )
    over.set()
    await asyncio.gather(*keeping)

    async def all_there() -> bool:
        for one in tables:
            await one.catch_up()
        fresh = [await Tables(Device(one.device.person)).catch_up() for one in tables]
        return [one.content() for one in fresh] == [one.content() for one in tables]

    await eventually(all_there)


async def test_ids_are_words(people, ids) -> None:
    """No number of the inside is in a reply."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await befriend(tom, jerry)
    group = await make_group(tom, jerry)
    await block(tom, jerry)

    text = (await tom.get("/user/sync/0")).text

    for word in (tom.id, jerry.id, group):
        assert f'"{word}"' in text
        assert str(ids.decode(word)) not in text.replace("timestamp", "")


async def test_syncs_at_once(people) -> None:
    """Many syncs of one version at the same time agree."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await befriend(tom, jerry)

    found = await asyncio.gather(*(Device(tom).sync() for _ in range(20)))

    assert all(one == found[0] for one in found)
