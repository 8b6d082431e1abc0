"""Every shape of leaf's replies, compared with a stored one to the byte."""

import re
from pathlib import Path

import pytest

from tests.gateway.leaf.test_profiles import as_posted, picture
from tests.gateway.leaf.viewers import data
from tests.gateway.replies import SEALED, Replies

FOLDER = Path(__file__).parent / "replies"
STANDS = (
    SEALED,
    (re.compile(r'_img":"[A-Za-z0-9+/=]+"'), '_img":"<base64>"'),
    (re.compile(r'"y":[0-9]+'), '"y":20'),
    (re.compile(r"[0-9a-f]{64}\.jpg"), "<key>.jpg"),
    (re.compile(r'"created_at":"[-0-9T:.]+\+08:00"'), '"created_at":"<moment>"'),
    (re.compile(r"user_[0-9a-z]{12,16}"), "<name>"),
    (re.compile(r'"(uid|total)":[1-9][0-9]*'), r'"\1":1'),
    (re.compile("viewer.[0-9a-f]{12}"), "viewer"),
    (re.compile(r"v\*{4}[0-9a-f]@"), "v****1@"),
    (re.compile(r"uid=[1-9][0-9]*"), "uid=1"),
)


@pytest.fixture
def replies() -> Replies:
    """Replies of this dialect."""
    return Replies(FOLDER, *STANDS)


async def test_accounts(viewers, replies) -> None:
    """From the first slider to the last refresh, replies are as stored."""
    tom = viewers.stranger()
    email = {"email": tom.email}
    replies.check("code.human_check", await tom.post("user/code/email", **email))
    replies.check("slider", await tom.get("captcha/get", **email))
    replies.check("validate.wrong", await tom.post("captcha/validate", x=-3, **email))
    data(await tom.get("captcha/get", **email))
    answer = await tom.answer()
    replies.check("validate", await tom.post("captcha/validate", x=answer, **email))
    replies.check("code", await tom.post("user/code/email", **email))
    code = (await tom.inbox())[0]["code"]
    replies.check("register.short", await tom.register(code=code, password="x"))
    replies.check("register.weak", await tom.register(code=code, password="password"))
    replies.check("register.wrong", await tom.register(code=f"{(int(code) + 1) % 10_000:04d}"))
    replies.check("register", await tom.register(code=code))
    replies.check("register.taken", await tom.register(code=code))
    replies.check("login.wrong", await tom.log_in(password="wrong password"))
    login = await tom.log_in()
    replies.check("login", login)
    tom.keep(login)
    replies.check("refresh", await tom.get("user/token/refresh", token=tom.refresh_token))
    replies.check("refresh.bad", await tom.get("user/token/refresh"))
    replies.check("login_email.wrong", await tom.post("user/login/email", code="0000", **email))
    replies.check("login_email", await tom.post("user/login/email", code=await tom.code(), **email))
    for _ in range(3):
        await tom.log_in(password="wrong password")
    replies.check("login.human_check", await tom.log_in())


async def test_profiles(viewers, replies) -> None:
    """Replies about oneself and others are as stored."""
    tom = await viewers.one()
    replies.check("info", await tom.get("user/info/get"))
    replies.check("info.nobody", await tom.get("user/info/get", token="x"))
    replies.check("upload", await tom.upload(picture()))
    replies.check("upload.none", await tom.post("upload/image"))
    replies.check("upload.no_picture", await tom.upload(b"x"))
    url = data(await tom.upload(picture()))["url"]
    body = as_posted(await tom.info(), avatar=url, birthday="2000-1-2", sign="你好", gender=1)
    replies.check("modify", await tom.post("user/info/modify", **body))
    replies.check("modify.stale", await tom.post("user/info/modify", **(body | {"avatar": "/x"})))
    replies.check("cover", await tom.post("user/cover/modify", spaceCover=url))
    replies.check("info.whole", await tom.get("user/info/get"))
    replies.check("other", await tom.get("user/info/other", uid=tom.uid))
    replies.check("other.nobody", await tom.get("user/info/other", uid=0))
    replies.check("uid", await tom.http.get("/api/v1/user/uid", params={"name": body["name"]}))
    replies.check("uid.nobody", await tom.get("user/uid", name="nobody at all"))


async def test_reset(viewers, replies) -> None:
    """Replies about a forgotten password are as stored."""
    tom = await viewers.one()
    replies.check("check.human_check", await tom.get("user/resetpwd/check", eamil=tom.email))
    await tom.pass_check()
    replies.check("check", await tom.get("user/resetpwd/check", eamil=tom.email))
    body = {"email": tom.email, "password": "N3w P@ssword", "code": await tom.code()}
    replies.check("reset", await tom.post("user/pwd/modify", **body))
    replies.check("reset.not_begun", await tom.post("user/pwd/modify", **body))


async def test_management(viewers, replies, root, admin) -> None:
    """Replies to administrators are as stored."""
    tom = await viewers.one()
    replies.check("list.not_allowed", await tom.get("user/manage/list"))
    replies.check("list.too_many", await admin.get("user/manage/list", page_size=31))
    replies.check("search", await admin.get(f"user/manage/search&keyword={tom.email}"))
    replies.check("search.nobody", await admin.get("user/manage/search", keyword="nobody at all"))
    body = {"id": tom.uid, "name": f"Tom {tom.uid}", "email": tom.email}
    replies.check("manage_modify", await admin.post("user/manage/modify", **body))
    replies.check("role", await root.post("user/manage/role/modify", id=tom.uid, role=1))
    replies.check("role.own", await root.post("user/manage/role/modify", id=root.uid, role=1))
    replies.check("role.none", await root.post("user/manage/role/modify", id=tom.uid, role=7))
    replies.check("delete", await admin.post("user/manage/delete", id=tom.uid))
    replies.check("delete.nobody", await admin.post("user/manage/delete", id=tom.uid))
    replies.check("delete.oneself", await admin.post("user/manage/delete", id=admin.uid))


async def test_follows(viewers, replies) -> None:
    """Replies about follows are as stored."""
    tom, jerry = await viewers.one(), await viewers.one()
    replies.check("follow", await tom.post("follow/add", id=jerry.uid))
    replies.check("follow.oneself", await tom.post("follow/add", id=tom.uid))
    replies.check("following", await tom.get("follow/following", uid=tom.uid))
    replies.check("count", await tom.get("follow/count", uid=jerry.uid))
    status = await tom.http.get(
        "/api/v1/follow/status", params={"fid": jerry.uid}, headers={"authorization": tom.token}
    )
    assert data(status) == {"follow": True}
    replies.check("unfollow", await tom.post("follow/cancel", id=jerry.uid))
    replies.check("follower.empty", await tom.get("follow/follower", uid=tom.uid))


async def test_what_cannot_be_answered(viewers, replies) -> None:
    """Replies to what cannot be read or is not there are as stored."""
    http = viewers.stranger().http
    headers = {"content-type": "application/json"}
    replies.check(
        "unreadable", await http.post("/api/v1/user/login", content=b"{", headers=headers)
    )
    replies.check("not_there", await http.get("/api/v1/user/nothing"))
    replies.check("wrong_method", await http.get("/api/v1/user/login"))
