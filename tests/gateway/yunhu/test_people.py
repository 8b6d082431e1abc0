"""Oneself and others: what is shown, to whom, and what one changes."""

import io
import re
from datetime import UTC, datetime

import pytest
from google.protobuf.unknown_fields import UnknownFieldSet
from PIL import Image

from gateway.dialects.yunhu.people import STRANGER_MINUTE
from shared.contracts import medals, vip
from tests.gateway.yunhu import seed_messages
from tests.gateway.yunhu.together import data, failed, message, not_logged_in, refused

SAID = {
    "introduction": "111",
    "gender": 2,
    "birthday": 1231231230,
    "province": "北京市",
    "city": "北京城区",
    "district": "东城区",
    "locationCode": "110101",
}
CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


async def test_a_new_person_says_nothing(citizens) -> None:
    """Every key is there before anything was said, and nothing is null."""
    tom = await citizens.one()
    found = (await tom.data("/v1/user/get-user-data"))["data"]

    assert found.pop("lastLoginTime") > 10**9
    assert found.pop("update_time") > 10**9
    assert found == {
        "id": int(tom.id),
        "userId": tom.id,
        "introduction": "",
        "gender": 3,
        "birthday": 0,
        "province": "",
        "city": "",
        "district": "",
        "locationCode": "",
    }


async def test_what_is_said_is_shown(citizens, tom) -> None:
    """What a person saves, they read back, and others see the parts that the page gives them."""
    jerry = await citizens.one()
    await jerry.done("/v1/user/save-user-data", SAID)

    found = (await jerry.data("/v1/user/get-user-data"))["data"]
    assert {key: found[key] for key in SAID} == SAID
    seen = (await tom.see(jerry.id)).data.profile_info
    assert (seen.introduction, seen.gender, seen.birthday_timestamp) == ("111", 2, 1231231230)
    assert (seen.city, seen.district) == ("北京城区", "东城区")
    await jerry.done("/v1/user/save-user-data", {"city": "天津", "birthday": 0})
    found = (await jerry.data("/v1/user/get-user-data"))["data"]
    assert {key: found[key] for key in SAID} == SAID | {"city": "天津", "birthday": 0}


@pytest.mark.parametrize(
    "change",
    [
        {"gender": 4},
        {"gender": "1"},
        {"birthday": 10**10},
        {"birthday": -(10**10)},
        {"birthday": 10**30},
        {"introduction": "x" * 501},
        {"introduction": "a\u202eb"},
        {"introduction": None},
        {"province": "x" * 61},
        {"locationCode": "x" * 13},
        {"locationCode": "11 01"},
    ],
)
async def test_what_cannot_be_said(tom, change) -> None:
    """Out of bounds nothing is changed, and the words are the dialect's."""
    before = await tom.data("/v1/user/get-user-data")

    refused(await tom.post("/v1/user/save-user-data", SAID | change))
    assert await tom.data("/v1/user/get-user-data") == before


async def test_a_person_as_others_see_them(tom, jerry) -> None:
    """Anybody is shown with all that the page lists; phone and e-mail address are not in it."""
    reply = await tom.ask_user(jerry.id)
    seen = message("get_user", reply).data

    assert (seen.id, seen.name) == (jerry.id, (await jerry.info()).data.name)
    assert CLOCK.fullmatch(seen.register_time)
    assert (seen.ban_time, seen.is_vip, seen.vip_expired_time, list(seen.medal)) == (0, 0, 0, [])
    assert seen.HasField("remark_info")
    assert seen.HasField("profile_info")
    assert jerry.phone.encode() not in reply.content


async def test_any_token_sees_people(citizens, jerry) -> None:
    """A made-up token is enough, as the page says; none is not."""
    nobody = citizens.stranger()
    not_logged_in(await nobody.ask_user(jerry.id))

    nobody.token = "made up"
    found = await nobody.see(jerry.id)
    assert found.data.id == jerry.id
    # Whatever is not on the page would be among what its messages do not know.
    parts = (found, found.status, found.data, found.data.profile_info, found.data.remark_info)
    assert not any(len(UnknownFieldSet(part)) for part in parts)
    for path in ("/v1/user/info", "/v1/user/clients"):
        not_logged_in(await nobody.get(path))
    for path in ("/v1/user/medal", "/v1/user/edit-nickname"):
        not_logged_in(await nobody.send(path, b"\x1a\x01x"))


async def test_nobody_walks_through_all_people(citizens, redis, jerry, tom) -> None:
    """With a made-up token one network sees so many people a minute; who is logged in, any."""
    nobody = citizens.stranger()
    nobody.token = "made up"
    failed(await nobody.ask_user("1"), 4402)
    window = f"limit:yunhu-strangers:ip:{nobody.http.headers['x-forwarded-for']}"
    [(_, now)] = await redis.zrange(window, 0, -1, withscores=True)
    await redis.zadd(window, {str(one): now for one in range(STRANGER_MINUTE - 2)})
    failed(await nobody.ask_user("1"), 4402)

    assert "频繁" in failed(await nobody.ask_user(jerry.id))
    tom_there = citizens.again(tom, "")
    tom_there.token = tom.token
    tom_there.http.headers["x-forwarded-for"] = nobody.http.headers["x-forwarded-for"]
    assert (await tom_there.see(jerry.id)).data.id == jerry.id


@pytest.mark.parametrize("user_id", ["0", "1", "big", "-5", "9" * 19, "x" * 5000, "好"])
async def test_nobody(tom, user_id) -> None:
    """Who is not there is 4402, in protobuf."""
    failed(await tom.ask_user(user_id), 4402)


async def test_remarks_are_the_callers_own(citizens, tom, jerry) -> None:
    """What is noted about somebody is seen by who noted it, and by nobody else."""
    others = '[{"key":"他是","value":"我的朋友"}]'
    note = {"friendId": jerry.id, "name": "杰瑞", "phone": "12312312300", "others": others}
    await tom.done("/v1/user/save-user-remarks", note)
    await tom.done("/v1/friend/no-notify", {"chatId": jerry.id, "noNotify": 1})
    await tom.done("/v1/sticky/add", {"chatId": jerry.id, "chatType": 1})

    seen = (await tom.see(jerry.id)).data.remark_info
    assert (seen.remark_name, seen.phone_number) == ("杰瑞", "12312312300")
    assert seen.extra_remark == others
    mine = seed_messages.read("get_user", (await tom.ask_user(jerry.id)).content).data
    flags = seed_messages.read("mine", mine.SerializeToString())
    assert (flags.do_not_disturb, flags.is_blocked, flags.top) == (True, False, True)
    nobody = citizens.stranger()
    nobody.token = "made up"
    for reader in (jerry, nobody):
        assert not (await reader.see(jerry.id)).data.remark_info.ByteSize()
    await tom.done("/v1/sticky/delete", {"chatId": jerry.id, "chatType": 1})
    await tom.done("/v1/user/save-user-remarks", {"friendId": jerry.id})
    assert not (await tom.see(jerry.id)).data.remark_info.ByteSize()


@pytest.mark.parametrize("others", ["x", "{}", "[1]", '[{"key":1}]', "[" * 4000, "null"])
async def test_notes_that_are_none(tom, jerry, others) -> None:
    """What more is noted is an array of keys and values, or nothing."""
    note = {"friendId": jerry.id, "name": "x", "phone": "", "others": others}

    refused(await tom.post("/v1/user/save-user-remarks", note))


async def test_names_and_avatars(citizens) -> None:
    """Each change gives name and avatar another id; whatever the body is announced as."""
    tom = await citizens.one()
    first = (await tom.see(tom.id)).data
    body = seed_messages.write("edit_nickname_send", name="测试用户")
    for kind in ("application/json", "application/octet-stream", None):
        message("edit_nickname", await tom.send("/v1/user/edit-nickname", body, kind))
    body = seed_messages.write("edit_avatar_send", url="https://example.com/a.png")
    message("edit_avatar", await tom.send("/v1/user/edit-avatar", body))

    now = (await tom.see(tom.id)).data
    assert (now.name, now.avatar_url) == ("测试用户", "https://example.com/a.png")
    assert now.name_id != first.name_id
    assert now.avatar_id != first.avatar_id
    mine = (await tom.info()).data
    assert (mine.name, mine.avatar_id) == ("测试用户", now.avatar_id)


@pytest.mark.parametrize("name", ["", " ", "\x00", "x" * 65, "a\nb"])
async def test_names_that_are_none(tom, name) -> None:
    """A nickname has 1 to 64 characters and something to be seen."""
    failed(await tom.rename(name))


@pytest.mark.parametrize("url", ["", "x", "ftp://a.b/c", "https://", "javascript:1", "https://a b"])
async def test_avatars_that_are_none(tom, url) -> None:
    """An avatar is named by the whole address of a picture."""
    body = seed_messages.write("edit_avatar_send", url=url)

    failed(await tom.send("/v1/user/edit-avatar", body))


async def test_medals_and_vip(citizens, operate, tom) -> None:
    """Medals come by their sort, for oneself and for others; a VIP is one until it is over."""
    jerry = await citizens.one()
    number = int(jerry.id)
    made = [
        await operate(medals.create_medal, medals.NewMedal(name=name, sort=sort))
        for name, sort in (("内测用户", 100), ("测试勋章", 7))
    ]
    for one in made:
        award = medals.Award(user_id=number, medal_id=one.medal_id)
        await operate(medals.award_medal, award)
    await operate(vip.grant_vip, vip.GrantVip(user_id=number, days=31))

    own = message("medal", await jerry.send("/v1/user/medal")).medal
    assert [(one.name, one.sort) for one in own] == [("测试勋章", 7), ("内测用户", 100)]
    seen = (await tom.see(jerry.id)).data
    assert list(seen.medal) == list(own)
    assert (seen.is_vip, (await jerry.info()).data.is_vip) == (1, 1)
    assert seen.vip_expired_time > datetime.now(UTC).timestamp() + 30 * 86400


@pytest.mark.usefixtures("one_day")
async def test_activity(citizens, eventually) -> None:
    """A day with a request counts, the last one has a time, and its address a country."""
    tom = citizens.stranger()
    tom.http.headers["x-forwarded-for"] = "223.5.5.5"
    await tom.sign_in()

    async def counted() -> bool:
        seen = (await tom.see(tom.id)).data
        return (seen.online_day, seen.continuous_online_day) == (1, 1)

    await eventually(counted, 60)
    seen = (await tom.see(tom.id)).data
    assert CLOCK.fullmatch(seen.profile_info.last_active_time)
    assert seen.ipGeo == "中国"


async def test_one_person_in_two_dialects(people, citizens, later) -> None:
    """Who signed up through another dialect logs in here with the same phone number."""
    elsewhere = await people.one(nickname="Tom")
    here = await citizens.stranger(phone=elsewhere.phone).sign_in()

    assert (await here.info()).data.name == "Tom"


async def test_a_picture_becomes_an_avatar(citizens) -> None:
    """With the image token a picture is uploaded, and its address is an avatar."""
    tom = await citizens.one()
    leave = data(await tom.get("/v1/misc/qiniu-token"))
    content = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(content, "PNG")
    form = {"token": leave["token"]}
    files = {"file": ("a.png", content.getvalue(), "image/png")}
    uploaded = await tom.http.post(f"http://{leave['domain']}", data=form, files=files)

    url = f"http://{leave['domain']}/{uploaded.json()['key']}"
    body = seed_messages.write("edit_avatar_send", url=url)
    message("edit_avatar", await tom.send("/v1/user/edit-avatar", body))
    assert (await tom.info()).data.avatar_url == url
    assert (await tom.http.get(url)).headers["content-type"].startswith("image/")
