"""Looking at people and lists of them, through thinksns."""

import asyncio
import random
import string

import pytest

from shared.caller import Caller
from shared.contracts import recommendations
from shared.contracts.accounts import Role
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member


def rare(length: int = 8) -> str:
    """Letters that no other test has in a name."""
    return "".join(random.choices(string.ascii_lowercase, k=length))


async def seen(viewer: Member, **query: str) -> list[int]:
    """List people, and give their ids."""
    return [one["id"] for one in await viewer.get("/users", **query)]


async def test_oneself(tom) -> None:
    """One sees everything that there is of oneself; `extra` is whole from the start."""
    me = await tom.get("/user")

    assert set(me) == {*expect.USER, *expect.OWN}
    assert (me["id"], me["name"], me["phone"], me["email"]) == (tom.id, tom.name, tom.phone, None)
    assert (me["bio"], me["sex"], me["location"]) == ("", 0, "")
    assert me["avatar"] is me["bg"] is me["verification"] is me["vip"] is None
    assert me["currency"] == {"owner_id": tom.id, "type": 1, "sum": 0}
    money = {"balance": 0, "total_income": 0, "total_expenses": 0}
    assert me["wallet"] == {"owner_id": tom.id} | money
    extra = me["extra"]
    assert extra.pop("user_id") == tom.id
    assert extra.pop("updated_at").endswith("Z")
    assert set(extra.values()) == {0}
    assert {"rank", "count"}.isdisjoint(extra)
    assert not me["has_follower"]
    assert not me["has_following"]
    expect.unauthenticated(await tom.ask("GET", "/user", token=""))


async def test_trap_8_by_name_phone_e_mail_and_id(members, root) -> None:
    """People are found by name, phone, e-mail and id; what one searched by is not shown."""
    tom, jerry = await members(2)

    for key in (tom.name, tom.name.upper(), tom.phone, f"+86{tom.phone}", str(tom.id)):
        shown = await jerry.get(f"/users/{key}")
        assert list(shown) == expect.USER
        assert (shown["id"], shown["name"]) == (tom.id, tom.name)
    assert (await jerry.get("/users/Root@Example.com"))["id"] == root.id
    assert set(await tom.get(f"/users/{tom.phone}")) == {*expect.USER, *expect.OWN}


async def test_trap_8_names_that_are_no_numbers(stranger) -> None:
    """A name such as `_1`, or one in Chinese, is a name."""
    for first in ("_", "小"):
        name = f"{first}{random.randrange(10**9):09d}"
        tom = await stranger(name=name).sign_up()
        assert (await tom.get(f"/users/{name}"))["id"] == tom.id


async def test_somebody_from_another_dialect(people, stranger) -> None:
    """Who signed up elsewhere logs in here, and keeps a name that nobody could choose here."""
    other = await people.one(nickname=rare(2).upper())
    tom = stranger(phone=other.phone, password=other.password)

    tom.token = (await tom.log_in()).json()["access_token"]

    me = await tom.get("/user")
    assert me["phone"] == other.phone
    expect.done(await tom.ask("PATCH", "/user", {"name": me["name"], "bio": "moved in"}))
    assert (await tom.get("/user"))["bio"] == "moved in"
    expect.invalid(await tom.ask("PATCH", "/user", {"name": "abc"}), "name")


async def test_nobody(tom, user_id, stranger) -> None:
    """Who is not there gets 404, whatever was asked with."""
    for key in (
        str(user_id),
        "nobody_at_all",
        stranger().phone,
        "no@example.com",
        "0",
        "%20",
        "@",
        "+8",
    ):
        expect.refused(await tom.ask("GET", f"/users/{key}"), 404)


async def test_trap_11_anonymous(members, stranger) -> None:
    """Who is not logged in sees people, without flags, addresses or money; a bad token is none."""
    tom, jerry = await members(2)
    expect.done(await tom.ask("PUT", f"/user/followings/{jerry.id}"))
    nobody = stranger()

    for token in ("", "not-a-token", f"{tom.token}x"):
        reply = await nobody.ask("GET", f"/users/{jerry.id}", token=token)
        assert list(expect.result(reply)) == expect.USER
        assert not reply.json()["has_follower"]
    for path in ("/users", "/users?active=1", "/user/recommends", "/user/currency/income-rank"):
        reply = expect.result(await nobody.ask("GET", path))
        people = reply if isinstance(reply, list) else [one["user"] for one in reply["rank_list"]]
        assert all(expect.OWN.isdisjoint(one) and not one["has_follower"] for one in people)


async def test_trap_3_has_follower(members) -> None:
    """`has_follower`: I follow them; `has_following`: they follow me; others can be compared."""
    tom, jerry, spike = await members(3)
    expect.done(await tom.ask("PUT", f"/user/followings/{jerry.id}"))
    expect.done(await spike.ask("PUT", f"/user/followings/{tom.id}"))

    async def flags(viewer: Member, other: Member, **query: int) -> tuple[bool, bool]:
        shown = await viewer.get(f"/users/{other.id}", **query)
        return shown["has_follower"], shown["has_following"]

    assert await flags(tom, jerry) == (True, False)
    assert await flags(jerry, tom) == (False, True)
    assert await flags(tom, spike) == (False, True)
    assert await flags(jerry, tom, following=spike.id) == (False, False)
    assert await flags(jerry, tom, follower=spike.id) == (True, True)
    assert await flags(spike, tom, following=jerry.id, follower=jerry.id) == (False, True)
    assert await flags(tom, tom, following=jerry.id, follower=spike.id) == (True, True)
    oneself = await tom.get(f"/users/{tom.id}", following=jerry.id)
    assert (set(oneself), oneself["phone"]) == ({*expect.USER, *expect.OWN}, tom.phone)
    listed = await tom.get("/users", id=f"{jerry.id},{spike.id}")
    assert {one["id"]: (one["has_follower"], one["has_following"]) for one in listed} == {
        jerry.id: (True, False),
        spike.id: (False, True),
    }


@pytest.fixture
async def four(stranger) -> tuple[str, list[Member]]:
    """Four people whose names have something in common, and that."""
    word = rare()
    people = [stranger(name=f"{letter}_{word}") for letter in "abcd"]
    for one in people:  # one after the other, so that their ids rise
        await one.sign_up()
    return word, people


async def test_trap_7_lists(four) -> None:
    """Names, ids, order, since and limit do what the page says; odd values do no harm."""
    word, people = four
    tom, ids = people[0], [one.id for one in people]

    assert await seen(tom, name=word) == ids[::-1]
    assert await seen(tom, name=word.upper(), order="asc") == ids
    assert await seen(tom, name=word, order="x") == ids[::-1]
    assert await seen(tom, name=word, since=str(ids[2])) == [ids[1], ids[0]]
    assert await seen(tom, name=word, since=str(ids[1]), order="asc") == [ids[2], ids[3]]
    assert await seen(tom, name=word, since="x") == ids[::-1]
    assert await seen(tom, name=word, limit="0") == [ids[3]]
    assert await seen(tom, name=word, limit="2") == [ids[3], ids[2]]
    assert len(await seen(tom, limit="51")) <= 50
    assert await seen(tom, id=f"{ids[0]},,{ids[1]},x") == [ids[1], ids[0]]
    assert await seen(tom, id=str(ids[0]), name=word) == [ids[0]]
    assert await seen(tom, id=str(ids[0]), name="nobody_at_all") == []
    assert await seen(tom, id="x") == []
    both = f"a_{word},B_{word},nobody"
    assert await seen(tom, fetch_by="username", name=both) == [ids[1], ids[0]]
    assert await seen(tom, fetch_by="username", name=word) == []
    assert await seen(tom, fetch_by="username") == []
    assert await seen(tom, fetch_by="id", id=str(ids[3])) == [ids[3]]
    assert await seen(tom, name="x" * 65) == []


async def test_names_with_signs_of_patterns(tom) -> None:
    """What has a meaning in patterns has none here."""
    for name in (".*", "%", "^u", "[a-z]", "(", "\\"):
        assert await seen(tom, name=name) == []


async def test_active_people(members, root, eventually) -> None:
    """Who was here last comes first; who is locked out does not come at all."""
    tom, jerry = await members(2)

    async def both_are_there() -> bool:
        found = await seen(tom, active="1", limit="50")
        return {tom.id, jerry.id} <= set(found)

    await eventually(both_are_there, 60)
    expect.done(await root.ask("PUT", f"/system/disabled/{jerry.id}"))
    assert jerry.id not in await seen(tom, active="1", limit="50")
    assert await seen(tom, active="1", offset="9999") == []


async def test_recommended_people(members, root, bus) -> None:
    """Administrators' picks come first with the latest; who is locked out does not come."""
    tom, jerry, spike = await members(3)
    caller = Caller(root.id, "0" * 32, int(Role.ROOT))
    for one in (tom, jerry, spike):
        ask = recommendations.Recommend(user_id=one.id)
        await bus.ask(recommendations.recommend, ask, caller=caller)

    found = [one["id"] for one in await tom.get("/user/recommends")]
    assert found[:3] == [spike.id, jerry.id, tom.id]
    second = await tom.get("/user/recommends", limit="1", offset="1")
    assert [one["id"] for one in second] == [jerry.id]
    expect.done(await root.ask("PUT", f"/system/disabled/{jerry.id}"))
    assert jerry.id not in [one["id"] for one in await tom.get("/user/recommends")]


async def test_people_of_the_same_city(members) -> None:
    """Nearby are people of one's city, however it is written; not oneself, and nobody without."""
    city = f"邻{rare()}市"
    tom, jerry, spike = await members(3)
    places = [f"中国 四川省 {city}", f"四川省 {city}", "四川省 绵阳市"]
    for one, place in zip((tom, jerry, spike), places, strict=True):
        expect.done(await one.ask("PATCH", "/user", {"location": place}))

    assert [one["id"] for one in await tom.get("/user/nearby")] == [jerry.id]
    assert [one["id"] for one in await jerry.get("/user/nearby")] == [tom.id]
    assert await tom.get("/user/nearby", offset="1") == []
    expect.done(await tom.ask("PATCH", "/user", {"location": None}))
    assert await tom.get("/user/nearby") == []
    expect.unauthenticated(await tom.ask("GET", "/user/nearby", token=""))


async def test_a_page_is_one_answer(members) -> None:
    """A page of many people has each of them whole, in the order of the list."""
    people = await members(6)
    await asyncio.gather(
        *(people[0].ask("PUT", f"/user/followings/{one.id}") for one in people[1:])
    )

    page = await people[0].get("/user/followings")

    assert {one["id"] for one in page} == {one.id for one in people[1:]}
    assert all(list(one) == expect.USER and one["has_follower"] for one in page)
    assert all(one["extra"]["followers_count"] == 1 for one in page)
