"""Changing what one shows, and uploading pictures, through thinksns."""

import asyncio
import base64
import signal
from datetime import UTC, datetime
from typing import Any

from shared.contracts import administration, profile
from shared.contracts.accounts import Role
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import fresh_name
from tests.gateway.thinksns.pictures import announced, png, put, task, uploaded

BIO = "😒丫头子哦送送送口粮出粗放出粗粗姑姑一幅幅预付费服7仿佛根据巨富夫妇。啦啦啦。好的哦"


async def test_changing_oneself(tom) -> None:
    """What is given is changed and what is not stays; null clears."""
    name = f"小{fresh_name()}"[:12]
    change = {"name": name, "bio": BIO, "sex": 2, "location": "四川省 成都市"}

    expect.done(await tom.ask("PATCH", "/user", change))

    me = await tom.get("/user")
    assert {key: me[key] for key in change} == change
    expect.done(await tom.ask("PATCH", "/user", {"sex": "1", "bio": None, "unknown": [1]}))
    me = await tom.get("/user")
    assert (me["name"], me["sex"], me["bio"], me["location"]) == (name, 1, "", "四川省 成都市")
    expect.done(await tom.ask("PATCH", "/user", {"location": "", "sex": None}))
    me = await tom.get("/user")
    assert (me["sex"], me["location"]) == (0, "")
    expect.done(await tom.ask("PATCH", "/user", {}))
    expect.done(await tom.ask("PATCH", "/user", {"name": tom.name}))
    expect.done(await tom.ask("PATCH", "/user", {"name": name}))


async def test_when_somebody_changed_what_they_show(tom, stranger, mongo) -> None:
    """`updated_at` is when anything of it changed, also the name alone; others read the same."""
    long_ago = datetime(2021, 1, 5, 6, 20, 50, tzinfo=UTC)
    for database, docs in (("userhub_auth", "accounts"), ("userhub_profile", "profiles")):
        older = {"$set": {"created_at": long_ago, "updated_at": long_ago}}
        await mongo(database)[docs].update_one({"_id": tom.id}, older)
    assert (await tom.get("/user"))["updated_at"] == "2021-01-05T06:20:50Z"

    expect.done(await tom.ask("PATCH", "/user", {"name": fresh_name()}))

    me = await tom.get("/user")
    assert me["updated_at"] > me["created_at"] == "2021-01-05T06:20:50Z"
    seen = expect.result(await stranger().ask("GET", f"/users/{tom.id}"))
    assert seen["updated_at"] == me["updated_at"]


WRONG = [
    ("name", None),
    ("name", "abc"),
    ("name", "\u3164\u3164\u3164"),
    ("name", "root"),
    ("bio", "x" * 256),
    ("bio", "a\x00b"),
    ("location", "x" * 192),
    ("location", "a\nb"),
    ("sex", 3),
    ("sex", -1),
    ("sex", "x"),
    ("avatar", "public:"),
    ("avatar", "public:2021/01/05/abc.png"),
    ("avatar", "https://example.com/a.png"),
    ("avatar", 7),
    ("bg", "private:2021/01/05/abc.png"),
]


async def test_changes_that_are_refused(tom) -> None:
    """What cannot be is refused with its field, and nothing is changed, the rest neither."""
    before = await tom.get("/user")

    for field, value in WRONG:
        change = {"name": fresh_name(), "bio": "changed", "location": "changed", field: value}
        expect.invalid(await tom.ask("PATCH", "/user", change), field)

    assert await tom.get("/user") == before


async def test_a_name_from_better_days(tom, operate) -> None:
    """Who was an administrator and is none any more keeps the name, which clients send back."""

    async def becomes(role: Role) -> None:
        await operate(administration.set_role, administration.SetRole(user_id=tom.id, role=role))

    change = {"name": "超级管理员", "bio": "changed"}
    await becomes(Role.ADMIN)
    expect.done(await tom.ask("PATCH", "/user", change))
    await becomes(Role.USER)

    expect.done(await tom.ask("PATCH", "/user", change | {"bio": "retired"}))
    me = await tom.get("/user")
    assert (me["name"], me["bio"]) == ("超级管理员", "retired")
    expect.done(await tom.ask("PATCH", "/user", {"name": fresh_name()}))
    expect.invalid(await tom.ask("PATCH", "/user", change), "name")


async def test_half_a_change(tom, suite) -> None:
    """While what keeps the rest does not answer, the name that came with it stays as well."""
    before = await tom.get("/user")
    suite.kill("profile", signal.SIGSTOP)
    try:
        reply = await tom.ask("PATCH", "/user", {"name": fresh_name(), "bio": "changed"})
    finally:
        suite.kill("profile", signal.SIGCONT)

    expect.refused(reply, 503)
    await suite.wait_ready()
    assert await tom.get("/user") == before


async def test_a_name_that_is_taken(members) -> None:
    """Of two people who want one name at once one gets it; the other is told."""
    tom, jerry = await members(2)
    name = fresh_name()

    replies = await asyncio.gather(
        *(one.ask("PATCH", "/user", {"name": name}) for one in (tom, jerry))
    )

    assert sorted(reply.status_code for reply in replies) == [204, 422]
    loser = next(reply for reply in replies if reply.status_code == 422)
    expect.invalid(loser, "name")


async def test_a_bio_of_255(tom) -> None:
    """Bio and location have just as many characters as they may."""
    change = {"bio": "好" * 255, "location": "x" * 191}
    expect.done(await tom.ask("PATCH", "/user", change))

    me = await tom.get("/user")
    assert {key: me[key] for key in change} == change


async def test_an_avatar(tom, stranger, suite) -> None:
    """An uploaded picture is an avatar by its node: a file object, shown to anyone who asks."""
    node = await uploaded(tom, png((40, 30)))

    expect.done(await tom.ask("PATCH", "/user", {"avatar": node, "bg": node}))

    me = await tom.get("/user")
    avatar = me["avatar"]
    assert list(avatar) == ["url", "vendor", "mime", "size", "dimension", "node"]
    assert (avatar["vendor"], avatar["mime"], avatar["node"]) == ("local", "image/png", node)
    assert avatar["dimension"] == {"width": 40, "height": 30}
    assert me["bg"] == avatar
    path = base64.b64encode(node.removeprefix("public:").encode()).decode()
    assert avatar["url"] == f"{suite.urls['gateway']}/storage/public:{path}"
    shown = await stranger().http.get(avatar["url"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert len(shown.content) == avatar["size"]
    assert shown.headers["vary"] == "Origin"
    small = await stranger().http.get(avatar["url"], params={"rule": "w_20,h_20,b_0,q_90"})
    assert small.status_code == 200
    assert small.content != shown.content
    odd = await stranger().http.get(avatar["url"], params={"rule": "w_99999,x,h_,w_-1"})
    assert odd.status_code == 200
    expect.done(await tom.ask("PATCH", "/user", {"avatar": None, "bg": None}))
    assert (await tom.get("/user"))["avatar"] is None


async def test_somebody_elses_picture(members) -> None:
    """The picture of another is no avatar."""
    tom, jerry = await members(2)

    reply = await jerry.ask("PATCH", "/user", {"avatar": await uploaded(tom)})

    expect.invalid(reply, "avatar")


async def test_a_link_from_another_dialect(tom, bus, acting) -> None:
    """An avatar that is no picture of ours is shown as the link that it is."""
    with acting(tom.id):
        await bus.ask(
            profile.change_profile,
            profile.ChangeProfile(user_id=tom.id, avatar="https://wx.example.com/a.png"),
        )

    assert (await tom.get("/user"))["avatar"] == "https://wx.example.com/a.png"


async def test_announcing(tom) -> None:
    """What an upload takes is told; `form` is null, as the body is the file."""
    made = await announced(tom, png())

    assert list(made) == ["uri", "method", "headers", "form", "file_key", "node"]
    assert (made["method"], made["form"], made["file_key"]) == ("PUT", None, None)
    assert made["node"].startswith("public:2")
    assert made["headers"]["x-plus-storage-size"] == len(png())
    assert tom.token not in str(made)
    expect.unauthenticated(await tom.ask("POST", "/storage", task(png()), token=""))


NO_PICTURES: list[tuple[dict[str, Any], str]] = [
    ({"filename": "cat"}, "filename"),
    ({"filename": "cat.svg"}, "filename"),
    ({"filename": None}, "filename"),
    ({"hash": "x"}, "hash"),
    ({"hash": "z" * 32}, "hash"),
    ({"size": 0}, "size"),
    ({"size": 5 * 1024 * 1024 + 1}, "size"),
    ({"size": "many"}, "size"),
    ({"mime_type": "text/html"}, "mime_type"),
    ({"storage": {"channel": "private"}}, "storage.channel"),
    ({"storage": "public"}, "storage"),
]


async def test_announcements_that_are_refused(tom) -> None:
    """Anything but a picture of at most 5 MiB is refused."""
    for changes, field in NO_PICTURES:
        expect.invalid(await tom.ask("POST", "/storage", task(png(), **changes)), field)


async def test_uploads_that_are_refused(tom) -> None:
    """Another content, a second time, a forged or no signature: 422, 403 and 401."""
    content = png()
    made = await announced(tom, content)

    expect.invalid(await put(tom, made, png(colour="blue")), "file")
    no_token = {key: value for key, value in made["headers"].items() if key != "Authorization"}
    expect.unauthenticated(await put(tom, made | {"headers": no_token}, content))
    forged = made["headers"] | {"Authorization": f"Bearer {tom.token}"}
    expect.refused(await put(tom, made | {"headers": forged}, content), 403)
    first, second = await put(tom, made, content), await put(tom, made, content)
    assert first.status_code == 201
    expect.refused(second, 403)
    text = b"not a picture"
    expect.invalid(await put(tom, await announced(tom, text), text), "file")
    assert (await tom.http.get("/storage/public:bm90aGluZw==")).status_code == 404
    assert (await tom.http.get("/storage/nothing")).status_code == 404
