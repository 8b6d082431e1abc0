"""Real-name verification, through thinksns."""

from typing import Any

import pytest

from gateway.dialects.thinksns.checks import LABELS
from shared.caller import Caller
from shared.contracts import verification
from shared.contracts.accounts import Role
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member
from tests.gateway.thinksns.pictures import png, uploaded

NUMBER = "510904919901010100"
"""The page's own example, with an impossible birthday and a wrong check digit."""

PUBLIC = ["type", "state", "created_at", "updated_at", "desc", "slogan"]


async def person_data(tom: Member) -> dict[str, Any]:
    """What a person hands in."""
    front, rear = await uploaded(tom, png()), await uploaded(tom, png(colour="blue"))
    return {
        "id_card": {"front": front, "rear": rear, "number": NUMBER},
        "real_name": "七夜",
        "phone_number": "15694005009",
        "desc": "智艺花泽类❤️",
    }


async def submitted(tom: Member) -> dict[str, Any]:
    """Hand in as a person, and give what was handed in."""
    data = await person_data(tom)
    body = {"type": "user", "data": data}
    expect.result(await tom.ask("POST", "/user/verification", body), 201)
    return data


@pytest.fixture
def decide(bus, root):
    """Decide about somebody, as an administrator does from the command line."""

    async def reviewed(tom: Member, *, passed: bool) -> None:
        caller = Caller(root.id, "0" * 32, int(Role.ROOT))
        of_tom = verification.OfPerson(user_id=tom.id)
        row = await bus.ask(verification.read_any, of_tom, caller=caller)
        if passed:
            ask = verification.Pass(user_id=tom.id, submission=row.submission, slogan="大美女")
            await bus.ask(verification.let_pass, ask, caller=caller)
        else:
            refusal = verification.Refuse(
                user_id=tom.id, submission=row.submission, reason="看不清"
            )
            await bus.ask(verification.refuse, refusal, caller=caller)

    return reviewed


async def test_trap_10_a_person(tom, stranger) -> None:
    """The page's example is taken; its owner sees all of it, with links that work for some time."""
    data = await submitted(tom)

    own = (await tom.get("/user"))["verification"]

    assert list(own) == [*PUBLIC, "phone_number", "user_id", "id_card", "real_name"]
    assert (own["type"], own["state"], own["user_id"]) == ("user", -1, tom.id)
    assert own["id_card"]["number"] == NUMBER
    assert (own["real_name"], own["phone_number"]) == ("七夜", "15694005009")
    assert own["slogan"] == own["desc"] == data["desc"]
    front = own["id_card"]["front"]
    assert front["node"].startswith("private:")
    shown = await stranger().http.get(front["url"])
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "private, no-store")
    assert (await stranger().http.get(front["url"].partition("?")[0])).status_code == 404
    assert (await stranger().http.get(f"{front['url']}x")).status_code == 404


async def test_trap_4_what_others_see(members, decide, stranger) -> None:
    """Null without one; then -1, 0 or 1, and to others never more than a description."""
    tom, jerry = await members(2)
    assert (await jerry.get(f"/users/{tom.id}"))["verification"] is None
    await submitted(tom)

    async def states() -> set[int]:
        found = [
            await jerry.get(f"/users/{tom.id}"),
            (await jerry.get("/users", id=str(tom.id)))[0],
            (await stranger().ask("GET", f"/users/{tom.id}")).json(),
        ]
        assert all(list(one["verification"]) == PUBLIC for one in found)
        assert NUMBER not in str(found)
        return {one["verification"]["state"] for one in found}

    assert await states() == {-1}
    await decide(tom, passed=False)
    assert await states() == {0}
    change = {"data": await person_data(tom) | {"desc": "another"}, "type": "org"}
    expect.done(await tom.ask("PATCH", "/user/verification", change))
    assert await states() == {-1}
    await decide(tom, passed=True)
    assert await states() == {1}
    shown = (await jerry.get(f"/users/{tom.id}"))["verification"]
    assert (shown["desc"], shown["slogan"]) == ("another", "大美女")


async def test_when_it_can_be_changed(tom, decide) -> None:
    """Handed in once; changed only after a refusal; taken back at any time; then again."""
    data = await person_data(tom)
    body = {"type": "user", "data": data}
    expect.refused(await tom.ask("PATCH", "/user/verification", {"data": data}), 404)
    expect.refused(await tom.ask("DELETE", "/user/verification"), 404)
    expect.result(await tom.ask("POST", "/user/verification", body), 201)
    expect.refused(await tom.ask("POST", "/user/verification", body), 422)
    expect.refused(await tom.ask("PUT", "/user/verification", {"data": data}), 422)
    await decide(tom, passed=True)
    expect.refused(await tom.ask("PUT", "/user/verification", {"data": data}), 422)
    expect.done(await tom.ask("DELETE", "/user/verification"))
    assert (await tom.get("/user"))["verification"] is None
    await submitted(tom)


async def company(tom: Member) -> dict[str, Any]:
    """What a company hands in."""
    data = {
        "org": {
            "name": "成都智艺创想科技有限公司",
            "address": "成都市高新区天府大道北段1700号",
            "certificate": await uploaded(tom),
        },
        "person": {"name": "李**", "number": "5***04********6**9"},
        "phone_number": "15694005009",
        "desc": "一个让人心累的公司️",
    }
    return {"type": "org", "data": data}


async def test_a_company(tom) -> None:
    """A company hands in its certificate and who stands for it."""
    body = await company(tom)
    expect.result(await tom.ask("POST", "/user/verification", body), 201)

    own = (await tom.get("/user"))["verification"]

    assert list(own) == [*PUBLIC, "phone_number", "user_id", "org", "person"]
    assert own["person"] == body["data"]["person"]
    assert list(own["org"]) == ["name", "address", "certificate"]
    assert own["org"]["certificate"]["mime"] == "image/png"


async def test_what_is_refused(members) -> None:
    """What is missing or not right is told by its field; another's picture is none."""
    tom, jerry = await members(2)
    data = await person_data(tom)

    async def submit(type_: Any = "user", **changes: Any) -> Any:
        body = {"type": type_, "data": data | changes}
        return await tom.ask("POST", "/user/verification", body)

    expect.invalid(
        await tom.ask("POST", "/user/verification", {}),
        "type",
        *(
            f"data.{field}"
            for field in (
                "phone_number",
                "desc",
                "real_name",
                "id_card.number",
                "id_card.front",
                "id_card.rear",
            )
        ),
    )
    for odd in ("x", 7, [data]):
        expect.invalid(
            await tom.ask("POST", "/user/verification", {"type": "user", "data": odd}), "data"
        )
    [told] = expect.invalid(await submit(desc=7), "data.desc").values()
    assert told == expect.invalid(await submit(desc={"desc": "x"}), "data.desc")["data.desc"]
    assert LABELS["data.desc"] in told[0]
    expect.invalid(await submit(id_card="x"), "data.id_card")
    expect.invalid(await submit(id_card=data["id_card"] | {"front": 7}), "data.id_card.front")
    expect.invalid(await submit("cat"), "type")
    expect.invalid(await submit(phone_number="187******82"), "data.phone_number")
    expect.invalid(await submit(desc="x" * 201), "data.desc")
    expect.invalid(await submit(real_name=None), "data.real_name")
    card = data["id_card"]
    expect.invalid(await submit(id_card=card | {"front": "public:no"}), "data.id_card.front")
    expect.invalid(await submit(id_card=card | {"rear": await uploaded(jerry)}), "data")
    fields = ("org.name", "org.address", "org.certificate", "person.name", "person.number")
    expect.invalid(await submit("org"), *(f"data.{field}" for field in fields))
    expect.unauthenticated(await tom.ask("POST", "/user/verification", token=""))
    assert (await tom.get("/user"))["verification"] is None


async def test_leaving_removes_the_pictures(tom, stranger, eventually) -> None:
    """What one handed in goes with one: links to its pictures lead nowhere any more."""
    await submitted(tom)
    card = (await tom.get("/user"))["verification"]["id_card"]
    links = [card["front"]["url"], card["rear"]["url"]]
    client = stranger().http
    assert {(await client.get(link)).status_code for link in links} == {200}

    expect.result(await tom.ask("DELETE", "/user"), 202)

    async def are_gone() -> bool:
        return {(await client.get(link)).status_code for link in links} == {404}

    await eventually(are_gone)
