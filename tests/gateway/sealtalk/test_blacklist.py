"""The blacklist through the sealtalk dialect."""

import asyncio
from datetime import UTC, datetime

import pytest

from shared.contracts import blacklist as contract
from shared.contracts import relations
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.together import (
    BAD_IDS,
    blacklist,
    block,
    devices,
    friendships,
    invite,
    moment,
    several,
    unblock,
    user_of,
)

CHANGES = ("add_to_blacklist", "remove_from_blacklist")
BOTH = pytest.mark.parametrize("method", ["GET", "POST"])


@BOTH
async def test_an_empty_list(people, method) -> None:
    """Who blocks nobody has an empty list."""
    tom = await people.one()

    assert expect.result(await tom.http.request(method, "/user/blacklist")) == []


@BOTH
async def test_the_list(people, method) -> None:
    """Each person stands there as the page shows them, and once more as clients read them."""
    tom, jerry, spike = await several(people, "Tom", "杰瑞", "Spike")
    await block(tom, jerry)
    await block(tom, spike)

    rows = expect.result(await tom.http.request(method, "/user/blacklist"))

    assert [row["id"] for row in rows] in ([jerry.id, spike.id], [spike.id, jerry.id])
    for row in rows:
        flat = user_of(jerry if row["id"] == jerry.id else spike)
        flat |= {"updatedAt": moment(row["updatedAt"])}
        assert list(row.items()) == [*flat.items(), ("user", flat)]
    assert await blacklist(jerry) == {}


async def test_blocking_twice(people) -> None:
    """Whoever is blocked already is there once, and is gone after one removal."""
    tom, jerry = await several(people, "Tom", "Jerry")
    for _ in range(2):
        await block(tom, jerry)
    assert list(await blacklist(tom)) == [jerry.id]

    for _ in range(2):
        await unblock(tom, jerry)

    assert await blacklist(tom) == {}


async def test_taking_off_who_was_never_on(people) -> None:
    """It is done, as the page knows no other answer."""
    tom, jerry = await several(people, "Tom", "Jerry")

    await unblock(tom, jerry)

    assert await blacklist(tom) == {}


@pytest.mark.parametrize("path", CHANGES)
async def test_ids_that_name_nobody(people, path) -> None:
    """An id that is empty, of another type or never given is told 400 and changes nothing."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await block(tom, jerry)

    for bad in BAD_IDS:
        expect.refused(await tom.post(f"/user/{path}", {"friendId": bad}), 400)
    for body in ({}, {"userId": jerry.id}, [], [jerry.id], "x", {"friendId": [jerry.id]}):
        expect.refused(await tom.post(f"/user/{path}", body), 400)

    assert list(await blacklist(tom)) == [jerry.id]


async def test_who_cannot_be_blocked(people, ids, user_id) -> None:
    """Neither oneself nor somebody who does not exist: 400."""
    tom = await people.one()

    for nobody in (tom.id, ids.encode(user_id)):
        expect.refused(await tom.post("/user/add_to_blacklist", {"friendId": nobody}), 400)

    assert await blacklist(tom) == {}


async def test_a_group_cannot_be_blocked(people) -> None:
    """A group's id names no person."""
    tom, jerry = await several(people, "Tom", "Jerry")
    body = {"name": "Team 1", "memberIds": [tom.id, jerry.id]}
    group = expect.result(await tom.post("/group/create", body))["id"]

    expect.refused(await tom.post("/user/add_to_blacklist", {"friendId": group}), 400)


async def test_a_new_name_is_in_the_list(people) -> None:
    """The list shows people as they are now."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await block(tom, jerry)
    await blacklist(tom)

    expect.done(await jerry.post("/user/set_nickname", {"nickname": "Jim"}))

    assert (await blacklist(tom))[jerry.id]["nickname"] == "Jim"


async def test_nobody_is_told(people) -> None:
    """The one who is blocked sees no difference, and can still be looked at and look."""
    tom, jerry = await several(people, "Tom", "Jerry")
    _, phone = await devices(tom, jerry)

    await block(tom, jerry)

    assert await phone.news() == {}
    assert await blacklist(jerry) == {}
    assert await friendships(jerry) == {}
    assert expect.result(await jerry.get(f"/user/{tom.id}")) == user_of(tom)
    assert await invite(jerry, tom) == "None"


async def test_it_is_announced(people, announced, ids) -> None:
    """Others hear of it once, however often it is asked for."""
    tom, jerry = await several(people, "Tom", "Jerry")
    for _ in range(2):
        await block(tom, jerry)
    for _ in range(2):
        await unblock(tom, jerry)

    await block(tom, jerry)

    who = ids.decode(tom.id)
    first, last = await announced(contract.PersonBlocked, user_id=who, count=2)
    [between] = await announced(contract.PersonUnblocked, user_id=who)
    for event in (first, between, last):
        assert event.data["target_id"] == ids.decode(jerry.id)
    numbers = [int(event.sequence) for event in (first, between, last)]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


async def test_at_once(people) -> None:
    """Ten devices block at once: all are told it is done, and it is there once."""
    tom, jerry = await several(people, "Tom", "Jerry")

    await asyncio.gather(*(block(tom, jerry) for _ in range(10)))

    assert list(await blacklist(tom)) == [jerry.id]


async def test_more_than_a_page(people, crowd, mongo, ids) -> None:
    """A list longer than a page of the service is shown whole, each person once."""
    tom = await people.one()
    others = [*await crowd(relations.PAGE_MOST // 2 + 1), *await crowd(relations.PAGE_MOST // 2)]
    owner, now = ids.decode(tom.id), datetime.now(UTC)
    rows = [
        {
            "_id": {"o": owner, "t": target},
            "owner": owner,
            "target": target,
            "listed": True,
            "updated_at": now,
        }
        for target in map(ids.decode, others)
    ]
    await mongo("userhub_social")["blacklist"].insert_many(rows)

    shown = expect.result(await tom.get("/user/blacklist"))

    assert len(shown) == relations.PAGE_MOST + 1
    assert {row["id"] for row in shown} == set(others)


async def test_who_left_is_gone(people, leave, eventually) -> None:
    """Whoever deletes their account is on no list any more."""
    tom, jerry = await several(people, "Tom", "Jerry")
    await block(tom, jerry)

    await leave(jerry)

    async def is_empty() -> bool:
        return await blacklist(tom) == {}

    await eventually(is_empty)


@pytest.mark.parametrize("path", CHANGES)
async def test_get_changes_nothing(people, path) -> None:
    """Changes are asked with POST alone."""
    tom, jerry = await several(people, "Tom", "Jerry")

    expect.refused(await tom.get(f"/user/{path}", friendId=jerry.id), 405)
