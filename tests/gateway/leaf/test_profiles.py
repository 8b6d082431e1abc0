"""What people show of themselves (leaf reference 2)."""

import asyncio
import io

import pytest
from PIL import Image

from shared.contracts import accounts, administration, profile
from tests.gateway.leaf.viewers import data, done, refused, said


@pytest.fixture
async def jerry(viewers):
    """Somebody whom no other test knows."""
    return await viewers.one()


@pytest.fixture(scope="module")
async def spike(viewers):
    """Somebody else who changes what they show."""
    return await viewers.one()


def picture(kind: str = "PNG", size=(120, 80), colour="teal") -> bytes:
    """Draw a picture."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def as_posted(info, **changes):
    """What the web client posts of what it was shown."""
    kept = ("avatar", "name", "birthday", "gender", "sign")
    return {key: info[key] for key in kept} | changes


async def test_a_change_is_shown(jerry) -> None:
    """What is written is there at the next read, for oneself and for others, and by name."""
    url = data(await jerry.upload(picture()))["url"]
    name = f"杰瑞 {jerry.uid}"
    body = {"avatar": url, "name": name, "birthday": "1999-12-31", "gender": 2, "sign": "hi\n!"}

    done(await jerry.post("user/info/modify", **body))

    info = await jerry.info()
    assert {key: info[key] for key in ("avatar", "name", "gender", "sign")} == {
        key: body[key] for key in ("avatar", "name", "gender", "sign")
    }
    assert info["birthday"] == "1999-12-31T00:00:00+08:00"
    shown = data(await jerry.get("user/info/other", token="", uid=jerry.uid))["user"]
    assert shown == {
        "uid": jerry.uid,
        "name": name,
        "sign": "hi\n!",
        "avatar": url,
        "spacecover": "",
        "gender": 2,
    }
    assert data(await jerry.get("user/uid", token="", name=name.upper())) == {"uid": jerry.uid}


async def test_posting_back_what_was_shown_changes_nothing(anna) -> None:
    """The web client posts everything it was shown: nothing is lost by it, no birthday either."""
    url = data(await anna.upload(picture()))["url"]
    start = as_posted(await anna.info(), avatar=url, birthday="2001-2-3", sign="x")
    done(await anna.post("user/info/modify", **start))
    before = await anna.info()

    done(await anna.post("user/info/modify", **as_posted(before)))

    assert await anna.info() == before
    assert before["birthday"] == "2001-02-03T00:00:00+08:00"


async def test_what_another_dialect_gave_may_be_posted_back(bus, acting, spike) -> None:
    """A name, a signature or a gender that this dialect would not give stays when posted back."""
    given = profile.ChangeProfile(user_id=spike.uid, bio="x" * 200, gender=profile.Gender.OTHER)
    longer = accounts.ChangeUsername(user_id=spike.uid, username=f"{spike.uid:060d}")
    with acting(spike.uid):
        await bus.ask(profile.change_profile, given)
        await bus.ask(accounts.change_username, longer)
    shown = await spike.info()
    assert (shown["name"], shown["sign"], shown["gender"]) == (longer.username, "x" * 200, 0)

    done(await spike.post("user/info/modify", **as_posted(shown, birthday="2000-1-1")))

    assert await spike.info() == shown | {"birthday": "2000-01-01T00:00:00+08:00"}
    with acting(spike.uid):
        [kept] = await bus.ask(profile.read_profiles, profile.ReadProfiles(user_ids=[spike.uid]))
    assert kept.gender == profile.Gender.OTHER


async def test_what_is_left_out_becomes_nothing(anna) -> None:
    """All fields are written: a signature that is left out is empty, a gender unknown."""
    info = await anna.info()

    kept = {"avatar": info["avatar"], "name": info["name"]}
    done(await anna.post("user/info/modify", birthday="1970-1-1", **kept))

    changed = await anna.info()
    assert (changed["sign"], changed["gender"]) == ("", 0)
    assert changed["birthday"] == "1970-01-01T00:00:00+08:00"


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"name": ""}, 4010, "用户名不能为空"),
        ({"name": "x" * 31}, 4010, "用户名不可用"),
        ({"name": "管理员"}, 4010, "用户名不可用"),
        ({"birthday": ""}, 4010, "请求参数有误"),
        ({"birthday": "1990/1/1"}, 4010, "请求参数有误"),
        ({"gender": 3}, 4010, "请求参数有误"),
        ({"gender": -1}, 4010, "请求参数有误"),
        ({"sign": "x" * 51}, 4010, "请求参数有误"),
        ({"sign": "\u202ex"}, 4010, "请求参数有误"),
        ({"avatar": "https://example.com/a.png"}, 1020, "链接已经失效"),
        ({"avatar": "/api/image/0123.png"}, 1020, "链接已经失效"),
        ({"name": "TAKEN"}, 6000, "用户名已存在"),
        ({"name": "TAKEN", "avatar": "/api/image/0123.png"}, 6000, "用户名已存在"),
    ],
)
async def test_w10_what_is_refused_changes_nothing(anna, tom, changes, code, words) -> None:
    """W10: what is too long, cannot be shown or belongs to somebody else is said, not dropped."""
    before = await anna.info()
    if changes.get("name") == "TAKEN":
        changes = changes | {"name": (await tom.info())["name"].upper()}

    refused(await anna.post("user/info/modify", **as_posted(before, **changes)), code, words)

    assert await anna.info() == before


async def test_w12_two_take_one_name_at_once(anna, spike) -> None:
    """W12: of two people who take one name at the same moment, one gets it."""
    bodies = [as_posted(await one.info(), name=f"The {spike.uid}") for one in (anna, spike)]

    replies = await asyncio.gather(
        anna.post("user/info/modify", **bodies[0]), spike.post("user/info/modify", **bodies[1])
    )

    assert sorted(said(reply)[0] for reply in replies) == [200, 6000]


async def test_w17_reads_see_what_was_written(anna) -> None:
    """W17: while others read all the time, the next read shows what was written."""
    info = await anna.info()
    for n in range(5):
        reads = [anna.get("user/info/get") for _ in range(4)]
        body = as_posted(info, sign=str(n))
        written, *_ = await asyncio.gather(anna.post("user/info/modify", **body), *reads)
        done(written)
        assert (await anna.info())["sign"] == str(n)


async def test_a_cover(anna, spike) -> None:
    """A cover is a fresh upload of one's own, under either spelling of its key."""
    one, other = [data(await anna.upload(picture(colour=c)))["url"] for c in ("red", "blue")]
    done(await anna.post("user/cover/modify", spacecover=one))
    assert (await anna.info())["spacecover"] == one
    done(await anna.post("user/cover/modify", spaceCover=other))

    refused(await spike.post("user/cover/modify", spacecover=other), 1020, "链接已经失效")
    for url in ("", "x", "/api/image/none.png", "https://example.com/a.png"):
        refused(await anna.post("user/cover/modify", spacecover=url), 1020, "链接已经失效")

    assert (await anna.info())["spacecover"] == other
    assert (await spike.info())["spacecover"] == ""


async def test_pictures_that_are_too_old(mongo, anna) -> None:
    """After twenty minutes an upload becomes neither avatar nor cover; the present one stays."""
    url = data(await anna.upload(picture()))["url"]
    done(await anna.post("user/info/modify", **as_posted(await anna.info(), avatar=url)))
    key = url.rpartition("/")[2]
    older = {"$set": {"created_at": {"$subtract": ["$created_at", 20 * 60 * 1000]}}}
    found = await mongo("userhub_profile")["pictures"].update_one({"_id": key}, [older])
    assert found.matched_count == 1

    refused(await anna.post("user/cover/modify", spacecover=url), 1020)
    done(await anna.post("user/info/modify", **as_posted(await anna.info(), sign="same")))

    assert (await anna.info())["avatar"] == url


@pytest.mark.parametrize("uid", ["", "0", "x", "-1", "9" * 30, "1e3"])
async def test_w23_people_who_are_not_there(viewers, uid) -> None:
    """W23: an id of nobody is 4040, a name of nobody the id 0 that clients test for."""
    stranger = viewers.stranger()
    refused(await stranger.get("user/info/other", uid=uid), 4040, "用户不存在")
    refused(await stranger.get("user/info/other"), 4040)
    for query in ({"name": f"nobody {uid}"}, {"name": ""}, {}, {"name": "x" * 65}):
        assert data(await stranger.get("user/uid", **query)) == {"uid": 0}


async def is_out(viewer) -> bool:
    """Whether the gateway has heard that somebody's sessions ended."""
    return said(await viewer.get("user/info/get"))[0] == 3030


async def test_w13_who_is_gone(jerry, operate, eventually) -> None:
    """W13: the tokens of somebody who was deleted are 3030, and nobody sees them."""
    name = (await jerry.info())["name"]
    await operate(administration.delete_person, administration.OfPerson(user_id=jerry.uid))

    await eventually(lambda: is_out(jerry))
    for token in (jerry.token, jerry.access_token):
        refused(await jerry.get("user/info/get", token=token), 3030, "用户未授权")
    refused(await jerry.get("user/token/refresh", token=jerry.refresh_token), 3030)
    refused(await jerry.log_in(), 3020)
    refused(await jerry.get("user/info/other", token="", uid=jerry.uid), 4040)
    assert data(await jerry.get("user/uid", token="", name=name)) == {"uid": 0}


async def test_w13_who_is_locked_out(jerry, operate, eventually) -> None:
    """W13: the tokens of somebody who is disabled are 3030 until they are let in again."""
    ask = administration.SetDisabled(user_id=jerry.uid, disabled=True)
    await operate(administration.set_disabled, ask)

    await eventually(lambda: is_out(jerry))
    refused(await jerry.log_in(), 3020)


async def test_w10_what_a_person_leaves_is_free(viewers, jerry, operate) -> None:
    """W10: name and address of who was deleted belong to nobody, and may be taken again."""
    name = (await jerry.info())["name"]
    await operate(administration.delete_person, administration.OfPerson(user_id=jerry.uid))
    heir = viewers.again(jerry)

    await heir.sign_up()
    done(await heir.post("user/info/modify", **as_posted(await heir.info(), name=name)))

    assert heir.uid > jerry.uid
