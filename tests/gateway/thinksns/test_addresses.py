"""Postal addresses, through thinksns."""

import asyncio
import re
from typing import Any

from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member

KEYS = [
    "id",
    "user_id",
    "alias",
    "name",
    "phone",
    "province",
    "city",
    "county",
    "detail",
    "postcode",
    "is_default",
    "created_at",
    "updated_at",
]
RIGHT = {
    "alias": "公司",
    "name": "张三",
    "phone": "18818181818",
    "province": "四川省",
    "city": "成都市",
    "county": "高新区",
    "detail": "环球中心E1区9楼",
    "postcode": "610000",
    "is_default": False,
}
LEAST = {"name": "张三", "phone": "18818181818", "detail": "环球中心", "is_default": False}
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
LENGTHS = {"alias": 24, "name": 24, "province": 32, "city": 32, "county": 32, "detail": 160}


async def add(tom: Member, **changes: Any) -> dict[str, Any]:
    """Add an address."""
    made: dict[str, Any] = expect.result(
        await tom.ask("POST", "/user/addresses", LEAST | changes), 201
    )
    return made


async def test_trap_2_an_address(tom) -> None:
    """An address is kept, shown and changed with PUT as with PATCH: 200, in part."""
    made = expect.result(await tom.ask("POST", "/user/addresses", RIGHT), 201)

    assert list(made) == KEYS
    assert {key: made[key] for key in RIGHT} == RIGHT
    assert made["user_id"] == tom.id
    assert TIME.fullmatch(made["created_at"])
    assert TIME.fullmatch(made["updated_at"])
    path = f"/user/addresses/{made['id']}"
    assert await tom.get(path) == made
    assert list(expect.result(await tom.ask("PUT", path, {"name": "李四"}))) == KEYS
    changed = expect.result(await tom.ask("PATCH", path, {"is_default": 1, "alias": None}))
    assert (changed["name"], changed["alias"], changed["is_default"]) == ("李四", None, True)
    assert changed["detail"] == RIGHT["detail"]
    expect.done(await tom.ask("DELETE", path))
    expect.refused(await tom.ask("GET", path), 404)
    expect.refused(await tom.ask("DELETE", path), 404)
    assert await tom.get("/user/addresses") == []


async def test_what_may_be_left_out(tom) -> None:
    """Optional fields that are left out are null."""
    made = await add(tom, phone="+8618818181818", is_default="1")

    optional = ("alias", "province", "city", "county", "postcode")
    assert [made[key] for key in optional] == [None] * 5
    assert (made["phone"], made["is_default"]) == ("18818181818", True)


async def test_trap_5_lengths_in_gb18030(tom) -> None:
    """Each field holds just as many GB18030 bytes as the page says, on adding and changing."""
    for text in ("a", "好", "😀", "𠮷"):
        size = len(text.encode("gb18030"))
        full = {key: text * (most // size) for key, most in LENGTHS.items()}
        made = await add(tom, **full)
        assert {key: made[key] for key in full} == full

        over = {key: f"{value}a" for key, value in full.items()}
        expect.invalid(await tom.ask("POST", "/user/addresses", LEAST | over), *LENGTHS)
        expect.invalid(await tom.ask("PATCH", f"/user/addresses/{made['id']}", over), *LENGTHS)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": None}, "name"),
    ({"name": "  "}, "name"),
    ({"phone": "+85251234567"}, "phone"),
    ({"phone": 18818181818}, "phone"),
    ({"detail": ""}, "detail"),
    ({"is_default": None}, "is_default"),
    ({"is_default": "perhaps"}, "is_default"),
    ({"postcode": "61000"}, "postcode"),
    ({"postcode": "６１００００"}, "postcode"),
    ({"city": ["成都市"]}, "city"),
]


async def test_addresses_that_are_refused(tom) -> None:
    """What is missing or not right is told by its field."""
    for changes, field in WRONG:
        expect.invalid(await tom.ask("POST", "/user/addresses", LEAST | changes), field)
    assert await tom.get("/user/addresses") == []


async def test_somebody_elses_address(members) -> None:
    """The address of another is one that there is not."""
    tom, jerry = await members(2)
    made = await add(tom)

    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body = {"name": "X"} if method.startswith("P") else None
        reply = await jerry.ask(method, f"/user/addresses/{made['id']}", body)
        expect.refused(reply, 404)
    assert await tom.get(f"/user/addresses/{made['id']}") == made
    for nothing in ("0", "x", "-1", "9" * 40):
        expect.refused(await tom.ask("GET", f"/user/addresses/{nothing}"), 404)
    expect.unauthenticated(await tom.ask("GET", "/user/addresses", token=""))


async def test_trap_6_twenty_addresses(tom) -> None:
    """The twentieth address is kept and no other, also of many at once; the newest is first."""
    replies = await asyncio.gather(
        *(tom.ask("POST", "/user/addresses", LEAST | {"alias": f"{n}"}) for n in range(22))
    )

    assert sorted(reply.status_code for reply in replies) == [201] * 20 + [422] * 2
    expect.refused(await tom.ask("POST", "/user/addresses", LEAST), 422)
    listed = await tom.get("/user/addresses")
    assert len(listed) == 20
    times = [one["created_at"] for one in listed]
    assert times == sorted(times, reverse=True)


async def test_trap_6_one_default(tom) -> None:
    """Whatever comes at once, at most one address is the default; without it there is none."""
    made = [await add(tom) for _ in range(3)]

    await asyncio.gather(
        *(tom.ask("PATCH", f"/user/addresses/{one['id']}", {"is_default": True}) for one in made),
        *(tom.ask("POST", "/user/addresses", LEAST | {"is_default": True}) for _ in range(3)),
    )

    defaults = [one for one in await tom.get("/user/addresses") if one["is_default"]]
    assert len(defaults) == 1
    expect.done(await tom.ask("DELETE", f"/user/addresses/{defaults[0]['id']}"))
    assert not any(one["is_default"] for one in await tom.get("/user/addresses"))
