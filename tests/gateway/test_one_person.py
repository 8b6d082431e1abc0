"""One person, four faces: what is done through one dialect is so in all of them."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.gateway.leaf.viewers import Viewers, data
from tests.gateway.thinksns.members import Member, fresh_name
from tests.gateway.yunhu.conftest import Citizens
from tests.gateway.yunhu.together import Citizen
from tests.people import Person


@dataclass
class Ann:
    """One person with a client of each product."""

    sealtalk: Person
    leaf: Any
    yunhu: Citizen
    thinksns: Member

    async def faces(self) -> list[int]:
        """Give the status of each client that asks who it is: 200 where it is logged in."""
        shown = [
            await self.sealtalk.get(f"/user/{self.sealtalk.id}"),
            await self.thinksns.ask("GET", "/user"),
        ]
        video = (await self.leaf.get("user/info/get")).json()["code"]
        chat = await self.yunhu.post("/v1/user/get-user-data")
        return [
            *(one.status_code for one in shown),
            video,
            200 if chat.json()["code"] == 1 else 401,
        ]


@pytest.fixture
async def ann(suite, people):
    """Ann signed up in sealtalk, then logged in everywhere else with what she had."""
    gateway = suite.urls["gateway"]
    async with Citizens(gateway) as chat, Viewers(gateway) as video:
        sealtalk = await people.one(nickname="Ann")
        thinksns = Member(people.stranger().http, phone=sealtalk.phone, name="")
        thinksns.token = (await thinksns.log_in()).json()["access_token"]
        yunhu = await chat.stranger(phone=sealtalk.phone).sign_in()
        await yunhu.bind_email()
        leaf = video.stranger(email=yunhu.email)
        leaf.keep(await leaf.log_in())
        yield Ann(sealtalk, leaf, yunhu, thinksns)


async def test_one_account_has_four_faces(ann):
    """The phone that signed up in one product, and the address bound in another, open them all."""
    own = await ann.thinksns.get("/user")
    video, chat = await ann.leaf.info(), (await ann.yunhu.info()).data

    assert str(own["id"]) == str(video["uid"]) == chat.id
    assert own["phone"] == chat.phone == ann.sealtalk.phone
    assert own["email"] == chat.email == ann.yunhu.email
    assert own["name"] == video["name"]
    assert chat.name == "Ann"


async def test_what_one_face_changes_all_show(ann):
    """Names, words about oneself, gender and pictures are kept once."""
    name = fresh_name()
    assert (await ann.thinksns.ask("PATCH", "/user", {"name": name, "sex": 2})).status_code == 204
    assert (await ann.yunhu.rename("安")).status_code == 200
    avatar = "https://pictures.example.com/ann.png"
    assert (await ann.sealtalk.post("/user/set_portrait_uri", {"portraitUri": avatar})).json() == {
        "code": 200
    }
    video = await ann.leaf.info()
    changed = {"avatar": avatar, "name": name, "birthday": "1990-02-03", "gender": 2}
    assert data(await ann.leaf.post("user/info/modify", sign="四面", **changed)) is None

    shown = (await ann.sealtalk.get(f"/user/{ann.sealtalk.id}")).json()["result"]
    assert (shown["nickname"], shown["portraitUri"]) == ("安", avatar)
    assert (video["name"], video["gender"], video["avatar"]) == (name, 2, avatar)
    own = await ann.thinksns.get("/user")
    assert (own["name"], own["bio"], own["sex"]) == (name, "四面", 2)
    seen = (await ann.yunhu.see(ann.yunhu.id)).data
    assert (seen.name, seen.avatar_url) == ("安", avatar)
    assert (seen.profile_info.introduction, seen.profile_info.gender) == ("四面", 2)


async def test_what_only_one_face_allows_can_be_sent_back_to_all(ann):
    """A long bio of the chat app, and a birthday of the video site, are in nobody's way."""
    bio = "好" * 500
    await ann.yunhu.done("/v1/user/save-user-data", {"introduction": bio})
    video = await ann.leaf.info()
    changed = {key: video[key] for key in ("avatar", "name", "gender", "sign")}
    reply = await ann.leaf.post("user/info/modify", birthday="1850-01-01", **changed)
    assert data(reply) is None

    own = await ann.thinksns.get("/user")
    change = {"location": "四川省 成都市", "name": own["name"], "bio": own["bio"], "sex": 1}
    assert (await ann.thinksns.ask("PATCH", "/user", change)).status_code == 204
    other = change | {"bio": f"{bio}好"}
    assert (await ann.thinksns.ask("PATCH", "/user", other)).status_code == 422
    said = (await ann.yunhu.data("/v1/user/get-user-data"))["data"]
    await ann.yunhu.done("/v1/user/save-user-data", said | {"city": "绵阳市"})
    reply = await ann.yunhu.post("/v1/user/save-user-data", {"birthday": said["birthday"] + 1})
    assert reply.json()["code"] == -1
    now = (await ann.yunhu.data("/v1/user/get-user-data"))["data"]
    assert (now["introduction"], now["city"], now["birthday"]) == (bio, "绵阳市", said["birthday"])
    assert (await ann.leaf.info())["birthday"].startswith("1850-01-01")


async def test_a_new_password_is_one_for_all(ann):
    """Changing the password through one product ends every session but the one that did it."""
    assert await ann.faces() == [200] * 4
    new = "a better passphrase"
    body = {
        "old_password": ann.sealtalk.password,
        "password": new,
        "password_confirmation": new,
    }
    assert (await ann.thinksns.ask("PUT", "/user/password", body)).status_code == 204

    assert await ann.faces() == [403, 200, 3030, 401]
    assert (await ann.sealtalk.log_in()).json()["code"] == 1000
    assert (await ann.sealtalk.log_in(new)).json()["code"] == 200
    ann.leaf.keep(await ann.leaf.log_in(password=new))
    assert (await ann.yunhu.email_login(new)).json()["code"] == 1


async def test_points_are_one_ledger(ann):
    """What a check-in of one product brought is the coins of another."""
    before = (await ann.yunhu.info()).data.coin
    reply = await ann.thinksns.ask("PUT", "/user/checkin/currency")
    assert reply.status_code == 204, reply.text

    own, chat = await ann.thinksns.get("/user"), (await ann.yunhu.info()).data
    assert chat.coin > before
    assert own["currency"]["sum"] == int(chat.coin)


async def test_following_counts_whoever_asks(ann, people):
    """Somebody followed at the video site is followed in the other product that knows following."""
    bob = await Member(people.stranger().http).sign_up()
    assert data(await ann.leaf.post("follow/add", id=bob.id)) is None

    seen = await ann.thinksns.get(f"/users/{bob.id}")
    assert (seen["has_follower"], seen["extra"]["followers_count"]) == (True, 1)
    assert (await ann.thinksns.ask("DELETE", f"/user/followings/{bob.id}")).status_code == 204
    assert data(await ann.leaf.get("follow/status", fid=bob.id)) == {"follow": False}


async def test_a_city_is_one_however_products_write_it(ann, people):
    """Who is in 北京市, 北京城区, 东城区 to the chat app is of the city that others call 北京."""
    bob = await Member(people.stranger().http).sign_up()
    place = {"province": "北京市", "city": "北京城区", "district": "东城区"}
    await ann.yunhu.done("/v1/user/save-user-data", place)
    assert (await bob.ask("PATCH", "/user", {"location": "中国 北京 北京"})).status_code == 204

    own = await ann.thinksns.get("/user")
    assert own["location"] == "北京市 北京城区 东城区"
    assert own["id"] in [one["id"] for one in await bob.get("/user/nearby", limit="50")]
    ranking = await ann.thinksns.get("/user/currency/income-rank", city="北京")
    assert ranking["my_rank"]["user"]["id"] == own["id"]


async def test_leaving_one_is_leaving_all(ann, people, hours):
    """Whoever deletes the account is gone from every product, and the phone may sign up anew."""
    reply = await ann.thinksns.ask("DELETE", "/user")
    assert (reply.status_code, reply.json()["message"]) == (202, "操作成功,再见")

    assert await ann.faces() == [403, 401, 3030, 401]
    await hours.passed(ann.sealtalk.e164, 60)
    again = people.stranger(phone=ann.sealtalk.phone)
    await again.sign_up()
    assert again.id != ann.sealtalk.id
