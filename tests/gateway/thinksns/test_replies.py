"""Every shape of reply of thinksns, compared with a stored one."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.dialects.thinksns.codes import FOR_KNOWN, FOR_NEW
from tests.gateway.replies import SEALED, Replies
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member
from tests.gateway.thinksns.pictures import announced, png, put, task
from tests.gateway.thinksns.test_addresses import RIGHT
from tests.gateway.thinksns.test_points import ranked_in
from tests.gateway.thinksns.test_verifications import company, person_data

FOLDER = Path(__file__).parent / "replies"

# What differs from run to run, and what stands for it; the two forms of moments stay apart.
PATTERNS = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<moment>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"), "<address moment>"),
    SEALED,
    (re.compile(r"/storage/(public|private):[A-Za-z0-9=]+"), r"/storage/\1:<path>"),
    (re.compile(r"\b(public|private):\d{4}/\d\d/\d\d/[a-z0-9]+\."), r"\1:<day>/<name>."),
    (re.compile(r"还需要 \d+ 秒"), "还需要 <seconds> 秒"),
    (re.compile(r"\?pass=[^&]+"), "?pass=<pass>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<md5>"),
)


class NumberReplies(Replies):
    """Takes replies down value by value: an id is a number here, and may be a short one."""

    shortest = 4

    def known(self, **words: object) -> None:
        """Name values that are to be replaced, as `<name>`."""
        super().known(**{name: str(word) for name, word in words.items()})

    def _plain(self, text: str) -> str:
        if text.startswith("/"):
            text = "/".join(self._words.get(word, word) for word in text.split("/"))
        return super()._plain(text)

    def _body(self, reply: httpx.Response) -> Any:
        if not reply.content:
            return None
        body = reply.json()
        assert reply.text == json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return self._values(body)

    def _values(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: "<bytes>" if key.endswith("size") else self._values(one)
                for key, one in value.items()
            }
        if isinstance(value, list):
            return [self._values(one) for one in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return self._words.get(str(value), value)
        return self._plain(value) if isinstance(value, str) else value


@pytest.fixture
def replies(suite) -> NumberReplies:
    """Replies of this suite."""
    return NumberReplies(FOLDER, *PATTERNS, gateway=suite.urls["gateway"])


@pytest.fixture
def known(replies):
    """Somebody whose traits have placeholders."""

    def name(tom: Member, who: str = "tom") -> Member:
        replies.known(
            **{
                f"{who}.id": tom.id,
                f"{who}.name": tom.name,
                f"{who}.phone": tom.phone,
                f"{who}.token": tom.token,
            }
        )
        return tom

    return name


async def test_codes_and_accounts(stranger, replies, hours) -> None:
    """From the first code to leaving, replies are as stored."""
    tom = stranger()
    replies.known(name=tom.name, phone=tom.phone)
    phone = {"phone": tom.phone}
    replies.check("verifycodes.unknown", await tom.ask("POST", "/verifycodes", phone))
    replies.check("register.wrong_code", await tom.register("000000"))
    replies.check("verifycodes.register", await tom.ask("POST", "/verifycodes/register", phone))
    replies.check("verifycodes.too_soon", await tom.ask("POST", "/verifycodes/register", phone))
    replies.check("verifycodes.bad", await tom.ask("POST", "/verifycodes", {"phone": "1"}))
    await hours.passed(tom.e164, 60, FOR_NEW)
    code = await tom.code()
    replies.check("register.bad", await tom.register(code, name="x", password="x"))
    replies.check("register.reserved", await tom.register(code, name="root"))
    reply = replies.check("register", await tom.register(code))
    tom.token = reply.json()["token"]
    replies.known(id=(await tom.get("/user"))["id"])
    replies.check("verifycodes.taken", await tom.ask("POST", "/verifycodes/register", phone))
    replies.check("verifycodes", await tom.ask("POST", "/verifycodes", phone))
    replies.check("login.wrong", await tom.log_in(password="not it at all"))
    replies.check("login.empty", await tom.ask("POST", "/auth/login", {}))
    replies.check("login", await tom.log_in())
    tom.token = replies.check("refresh", await tom.ask("POST", "/auth/refresh")).json()[
        "access_token"
    ]
    replies.check("abilities", await tom.ask("GET", "/user/abilities"))
    replies.check("disable.not_allowed", await tom.ask("PUT", f"/system/disabled/{tom.id or 1}"))
    replies.check("leave", await tom.ask("DELETE", "/user"))
    replies.check("unauthenticated", await tom.ask("DELETE", "/user"))
    tom.token = (await tom.log_in()).json().get("access_token", "")
    assert not tom.token


async def test_administration(tom, root, replies) -> None:
    """Replies to an administrator are as stored."""
    replies.known(tom=tom.id, root=root.id)
    replies.check("abilities.root", await root.ask("GET", "/user/abilities"))
    replies.check("disable", await root.ask("PUT", f"/system/disabled/{tom.id}"))
    replies.check("disable.oneself", await root.ask("PUT", f"/system/disabled/{root.id}"))
    replies.check("disable.nobody", await root.ask("PUT", "/system/disabled/x"))
    replies.check("login.disabled", await tom.log_in())


async def test_passwords_and_addresses(tom, replies, hours) -> None:
    """Replies about what opens an account are as stored."""
    change = {"old_password": "not it", "password": "x1y2z3a4", "password_confirmation": "x"}
    replies.check("password.different", await tom.ask("PUT", "/user/password", change))
    change["password_confirmation"] = change["password"]
    replies.check("password.wrong", await tom.ask("PUT", "/user/password", change))
    change["old_password"] = tom.password or ""
    replies.check("password", await tom.ask("PUT", "/user/password", change))
    retrieve = {"verifiable_type": "sms", "phone": tom.phone, "password": "x1y2z3a4"}
    path = "/user/retrieve-password"
    replies.check("retrieve.no_code", await tom.ask("PUT", path, retrieve))
    both = retrieve | {"email": "tom@example.com"}
    replies.check("retrieve.both", await tom.ask("PUT", path, both))
    code = {"verifiable_code": await tom.code("/verifycodes")}
    replies.check("bind.neither", await tom.ask("PUT", "/user", code))
    unbind = code | {"password": "x1y2z3a4"}
    replies.check("unbind.last", await tom.ask("DELETE", "/user/phone", unbind))
    replies.check("unbind.nothing", await tom.ask("DELETE", "/user/email", unbind))
    await hours.passed(tom.e164, 60, FOR_KNOWN)
    retrieve["verifiable_code"] = await tom.code("/verifycodes")
    replies.check("retrieve", await tom.ask("PUT", path, retrieve))


async def test_people(members, known, replies, user_id) -> None:
    """Replies about people are as stored."""
    tom, jerry = await members(2)
    known(tom), known(jerry, "jerry")
    replies.known(nobody=user_id, **{"tom.invite_code": (await tom.get("/user"))["invite_code"]})
    replies.known(**{"jerry.invite_code": (await jerry.get("/user"))["invite_code"]})
    profile = {"bio": "😒 好的哦", "sex": 2, "location": "中国 四川省 成都市"}
    replies.check("change", await tom.ask("PATCH", "/user", profile))
    replies.check("change.bad", await tom.ask("PATCH", "/user", {"name": "x", "sex": 5}))
    replies.check("follow", await tom.ask("PUT", f"/user/followings/{jerry.id}"))
    replies.check("follow.oneself", await tom.ask("PUT", f"/user/followings/{tom.id}"))
    replies.check("follow.nobody", await tom.ask("PUT", f"/user/followings/{user_id}"))
    replies.check("me", await tom.ask("GET", "/user"))
    replies.check("user", await jerry.ask("GET", f"/users/{tom.id}"))
    replies.check("user.followed", await tom.ask("GET", f"/users/{jerry.name}"))
    replies.check("user.nobody", await tom.ask("GET", f"/users/{user_id}"))
    replies.check("users", await tom.ask("GET", "/users", id=str(jerry.id)))
    replies.check("followings", await tom.ask("GET", "/user/followings"))
    replies.check("black", await tom.ask("POST", f"/user/black/{jerry.id}"))
    replies.check("black.removed", await tom.ask("DELETE", f"/user/black/{jerry.id}"))
    replies.check("blacks", await tom.ask("GET", "/user/blacks"))
    replies.check("invited", await tom.ask("GET", "/user/invited-users"))
    replies.check("inviter.bad", await tom.ask("PATCH", "/user/inviter", {"invite_code": "x"}))


async def test_files_and_verification(tom, known, replies) -> None:
    """Replies about files and what one hands in are as stored."""
    known(tom)
    replies.known(**{"tom.invite_code": (await tom.get("/user"))["invite_code"]})
    content = png()
    made = replies.check("storage", await tom.ask("POST", "/storage", task(content))).json()
    replies.check("storage.wrong", await put(tom, made, png(colour="blue")))
    replies.check("storage.uploaded", await put(tom, await announced(tom, content), content))
    replies.check("storage.forged", await put(tom, made | {"headers": {"authorization": "x"}}, b""))
    bad = task(content, filename="x.svg", size=0)
    replies.check("storage.bad", await tom.ask("POST", "/storage", bad))
    body = {"type": "user", "data": await person_data(tom)}
    replies.check("verification.bad", await tom.ask("POST", "/user/verification", {}))
    replies.check("verification", await tom.ask("POST", "/user/verification", body))
    replies.check("verification.twice", await tom.ask("POST", "/user/verification", body))
    replies.check("verification.waiting", await tom.ask("PUT", "/user/verification", body))
    replies.check("me.verified", await tom.ask("GET", "/user"))
    replies.check("verification.withdrawn", await tom.ask("DELETE", "/user/verification"))
    expect.result(await tom.ask("POST", "/user/verification", await company(tom)), 201)
    replies.check("me.verified_company", await tom.ask("GET", "/user"))


async def test_addresses(tom, known, replies) -> None:
    """Replies about addresses are as stored."""
    known(tom)
    replies.check("address.bad", await tom.ask("POST", "/user/addresses", {"postcode": "1"}))
    made = await tom.ask("POST", "/user/addresses", RIGHT)
    replies.known(address=made.json()["id"])
    path = f"/user/addresses/{made.json()['id']}"
    replies.check("address.added", made)
    replies.check("address", await tom.ask("GET", path))
    replies.check("addresses", await tom.ask("GET", "/user/addresses"))
    replies.check("address.changed", await tom.ask("PUT", path, {"alias": None}))
    replies.check("address.deleted", await tom.ask("DELETE", path))
    replies.check("address.none", await tom.ask("GET", path))


@pytest.mark.usefixtures("one_day")
async def test_points(tom, known, replies, eventually) -> None:
    """Replies about points are as stored."""
    known(tom)
    expect.done(await tom.ask("PATCH", "/user", {"location": "四川省 一个人的市"}))
    replies.check("sign_view", await tom.ask("GET", "/sign/signView"))
    replies.check("sign", await tom.ask("POST", "/sign/add"))
    replies.check("sign.again", await tom.ask("POST", "/sign/add"))
    replies.check("day_sign", await tom.ask("GET", "/sign/daySign"))
    replies.check("orders", await tom.ask("GET", "/currency/orders"))
    rank = "/user/currency/income-rank"
    replies.known(**{"tom.invite_code": (await tom.get("/user"))["invite_code"]})
    await ranked_in("一个人的市", 1, tom, eventually)
    replies.check("rank", await tom.ask("GET", rank, city="一个人的市"))
    replies.check("rank.nobody", await tom.ask("GET", rank, city="没有人的城市", token=""))
    replies.check("rank.bad", await tom.ask("GET", rank, days="x"))


async def test_refusals(tom, replies) -> None:
    """What is refused before anything is done, is so in stored words."""
    replies.check("not_found", await tom.ask("GET", "/nothing"))
    replies.check("wrong_method", await tom.ask("PUT", "/users"))
    replies.check("unreadable", await tom.ask("PATCH", "/user", ["x"]))
    replies.check("wrong_type", await tom.ask("PATCH", "/user", {"bio": 1, "name": "好好"}))
    replies.check("too_large", await tom.ask("PATCH", "/user", {"bio": "x" * 2**20}))
    replies.check("bootstrappers", await tom.ask("GET", "/bootstrappers"))
    replies.check("logout", await tom.ask("POST", "/auth/logout"))


def test_every_stored_reply_is_compared() -> None:
    """A stored reply that no test asks for is a mistake."""
    asked = set(re.findall(r'replies\.check\(\s*"([a-z_.]+)"', Path(__file__).read_text()))

    assert {file.stem for file in FOLDER.glob("*.json")} == asked
