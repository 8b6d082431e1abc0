"""What holds for every endpoint of the leaf dialect (reference 1.1 to 1.5)."""

import gzip
from typing import Any

import msgspec
import pytest

from gateway.app import BODY_BYTES
from gateway.dialects.leaf import DIALECT
from gateway.reading import FIELDS_MOST
from shared import session_token
from shared.contracts import accounts, codes, follows, human_checks, profile, relations
from shared.errors import (
    AppError,
    Busy,
    Internal,
    Kind,
    LimitReached,
    NotAllowed,
    Unavailable,
    UnusableText,
)
from tests.gateway.leaf.viewers import data, refused

PROTECTED = [
    ("GET", "user/info/get"),
    ("POST", "user/info/modify"),
    ("POST", "user/cover/modify"),
    ("GET", "user/manage/list"),
    ("GET", "user/manage/search?keyword=x"),
    ("GET", "user/manage/search&keyword=x"),
    ("POST", "user/manage/modify"),
    ("POST", "user/manage/role/modify"),
    ("POST", "user/manage/delete"),
    ("POST", "upload/image"),
    ("GET", "follow/status?fid=1"),
    ("POST", "follow/add"),
    ("POST", "follow/cancel"),
]
UNREADABLE = [
    b"",
    b"{",
    b"[]",
    b"1",
    b'{"email":1}',
    b'{"email":"a@x.com"}x',
    b"{'email':'a@x.com'}",
    b'{"email":"\xff"}',
    b'{"email":"\\ud800"}',
    b'\xef\xbb\xbf{"email":"a@x.com"}',
    '{"email":"a@x.com"}'.encode("utf-16"),
    gzip.compress(b'{"email":"a@x.com"}', mtime=0),
    b"[" * 10_000,
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_who_is_not_logged_in(viewers, method, path) -> None:
    """Without a token, or with one of nobody, the answer is 3030 before any body is read."""
    http = viewers.stranger().http
    for token in ("", "x", "Bearer x", "v1.x.y.z", "\xff"):
        headers = {"authorization": token.encode("latin-1")} if token else {}
        reply = await http.request(method, f"/api/v1/{path}", headers=headers)
        refused(reply, 3030, "用户未授权")


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_a_role_that_is_too_low(tom, method, path) -> None:
    """What administrators may do is 3030 to anyone else."""
    if "/manage/" in path:
        reply = await tom.http.request(
            method, f"/api/v1/{path}", headers={"authorization": tom.token}
        )
        refused(reply, 3030, "用户未授权")


async def test_who_tries_what_administrators_may_do_is_logged(viewers, suite) -> None:
    """With their id and what they asked for."""
    jerry = await viewers.one()
    refused(await jerry.post("user/manage/delete", id=1), 3030)

    log = (suite.config.home / "logs" / "gateway.log").read_text()
    lines = [msgspec.json.decode(line) for line in log.splitlines()]
    [line] = [one for one in lines if one.get("actor") == jerry.uid]
    assert (line["event"], line["call"]) == ("authz_fail", "leaf.delete")


async def test_how_a_token_is_shown(viewers) -> None:
    """The token stands alone in its header; `Bearer` before it does no harm."""
    tom = await viewers.one()  # an access token lasts no longer than five minutes
    for shown in (tom.token, f"Bearer {tom.token}", f"bearer  {tom.token}", tom.access_token):
        assert data(await tom.get("user/info/get", token=shown))["user_info"]["uid"] == tom.uid
    refused(await tom.get("user/info/get", token=tom.refresh_token), 3030)
    refused(await tom.get("user/info/get", token=f"Basic {tom.token}"), 3030)


async def test_tokens_that_ran_out(tom, session_keys) -> None:
    """An access token that ran out is 3000, any other token that did is 3030."""
    real = session_token.read(session_keys, tom.token)

    def of(use: str, expires_at: int = 1_000_000_000) -> str:
        old = msgspec.structs.replace(real, expires_at=expires_at, use=use)
        return session_token.issue(session_keys, old)

    refused(await tom.get("user/info/get", token=of("access")), 3000, "token已过期")
    refused(await tom.get("user/info/get", token=of("session")), 3030, "用户未授权")
    refused(await tom.get("user/token/refresh", token=of("refresh")), 3030)
    data(await tom.get("user/info/get", token=of("access", 4_000_000_000)))


async def test_tokens_of_another_dialect(people, tom) -> None:
    """A session of another product is none here."""
    jerry = await people.one()

    token = jerry.http.cookies["rong_im_auth"]

    refused(await tom.get("user/info/get", token=token), 3030)


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:24]))
async def test_bodies_that_cannot_be_read(viewers, body) -> None:
    """What is no JSON object, or has a value of another type, is HTTP 400 with 4010."""
    http = viewers.stranger().http
    for path in ("user/login", "user/code/email", "captcha/validate"):
        headers = {"content-type": "application/json"}
        reply = await http.post(f"/api/v1/{path}", content=body, headers=headers)
        assert reply.status_code == 400, (path, reply.text)
        assert reply.json() == {"code": 4010, "data": None, "msg": "请求参数有误"}
        assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_json_that_is_not_announced(viewers, kind) -> None:
    """JSON that is not announced as such counts as an empty form."""
    headers = {"content-type": kind} if kind else {}
    body = b'{"email":"a@x.com","password":"P@ssw0rd"}'

    reply = await viewers.stranger().http.post("/api/v1/user/login", content=body, headers=headers)

    refused(reply, 4010, "邮箱格式错误")


@pytest.fixture(scope="module")
async def spike(viewers):
    """Somebody who logs in often, so that their earlier sessions end."""
    return await viewers.one()


async def test_forms(viewers, spike) -> None:
    """A form instead of JSON does as well, whatever the case of its names."""
    http = viewers.stranger().http
    form = {"Email": spike.email, "Password": spike.password}

    data(await http.post("/api/v1/user/login", data=form))
    data(await http.post("/api/v1/user/login", data=form, files={"x": b"y"}))
    refused(await http.post("/api/v1/user/login", data={"Email": spike.email}), 4010)
    part = 'name="email"\r\nContent-Type: text/plain; charset=none'
    body = f"--x\r\nContent-Disposition: form-data; {part}\r\n\r\na\r\n--x--\r\n".encode()
    headers = {"content-type": "multipart/form-data; boundary=x"}
    reply = await http.post("/api/v1/user/login", content=body, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (400, 4010)


async def test_both_sides_of_the_fields_of_a_form(viewers, spike) -> None:
    """200 fields are read, one more is 4010: half a million would hold up everybody else."""
    http = viewers.stranger().http
    form = {"email": spike.email, "password": spike.password}
    others = {f"x{number}": "1" for number in range(FIELDS_MOST - 2)}

    data(await http.post("/api/v1/user/login", data=form | others))
    reply = await http.post("/api/v1/user/login", data=form | others | {"y": "1"})

    assert (reply.status_code, reply.json()["code"]) == (400, 4010)


async def test_keys_in_any_case(viewers, spike) -> None:
    """Keys match whatever their case, unknown ones are passed over, `null` is nothing."""
    stranger = viewers.stranger()
    body = {"EMAIL": spike.email, "passWord": spike.password, "code": "", "x": [{}], "ID": None}

    data(await stranger.http.post("/api/v1/user/login", json=body))
    headers = {"content-type": "application/json; charset=utf-8"}
    nothing = await stranger.http.post("/api/v1/user/login", content=b"null", headers=headers)
    refused(nothing, 4010, "邮箱格式错误")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/api/v1/user"), ("GET", "/api/v1/user/nothing"), ("POST", "/api/v1/user/x/y")),
        *(("GET", "/api/v1/user/login"), ("POST", "/api/v1/user/info/get")),
        *(("GET", "/api/v1/user/manage/nothing"), ("GET", "/api/v1/user/manage/searching&x=1")),
        *(("DELETE", "/api/v1/user/manage/delete"), ("PUT", "/api/v1/upload/image")),
        *(("GET", "/api/v1/user/manage/role/modify"), ("GET", "/api/v1/captcha/")),
        *(("GET", "/api/image"), ("GET", "/api/image/"), ("GET", "/api/image/none.png")),
        *(("GET", "/api/image/..%2f..%2fetc%2fpasswd"), ("X-NONE", "/api/v1/follow/add")),
    ],
)
async def test_what_is_not_there(viewers, method, path) -> None:
    """An unknown path or a wrong method is 404 in plain text, without an envelope."""
    reply = await viewers.stranger().http.request(method, path)

    assert reply.status_code == 404
    assert reply.headers["content-type"].startswith("text/plain")
    assert "{" not in reply.text


async def test_bodies_that_are_too_large(viewers) -> None:
    """More than 1 MiB is not read: 413, in the envelope."""
    headers = {"content-type": "application/json"}
    body = b'{"email":"' + b"x" * BODY_BYTES + b'"}'

    reply = await viewers.stranger().http.post("/api/v1/user/login", content=body, headers=headers)

    assert reply.status_code == 413
    assert reply.json() == {"code": 4010, "data": None, "msg": "请求参数有误"}


@pytest.mark.parametrize("query", ["email=%ff", "email=&x", "=", "email[]=a@x.com"])
async def test_strange_queries(viewers, query) -> None:
    """A query that makes no sense is this dialect's 4010."""
    reply = await viewers.stranger().http.get(f"/api/v1/captcha/get?{query}")

    assert reply.status_code in (200, 400)
    assert reply.json()["code"] == 4010


async def test_w21_origins(viewers, tom) -> None:
    """W21: only an origin that the operator lists is let in by a browser, and never any other."""
    asks = {
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
    }
    shown = {"authorization": tom.token}
    for origin, allowed in (("https://web.example.com", True), ("https://evil.example", False)):
        headers = {"origin": origin}
        asked = await tom.http.options("/api/v1/user/info/get", headers=headers | asks)
        read = await tom.http.get("/api/v1/user/info/get", headers=headers | shown)
        for reply in (asked, read):
            echoed = reply.headers.get("access-control-allow-origin")
            assert echoed == (origin if allowed else None)
        assert asked.is_success == allowed


@pytest.mark.parametrize("error", [Internal("secret"), Unavailable(part="x"), Busy()])
def test_faults_tell_nothing(error) -> None:
    """A fault is HTTP 500 with 500, and no word of why."""
    scope: Any = {"type": "http", "path": "/api/v1/user/login"}

    reply = DIALECT.fail(error, scope)

    assert reply.status_code == 500
    assert reply.content == {"code": 500, "data": None, "msg": "服务器异常"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (human_checks.HumanCheckNeeded(), -1),
        (human_checks.ResetNotBegun(), -1),
        (codes.ExpiredCode(), 3010),
        (accounts.AccountDisabled(), 3020),
        (NotAllowed(), 3030),
        (UnusableText(), 4010),
        (accounts.UsernameReserved(), 4010),
        (profile.NoSuchProfile(), 4040),
        (LimitReached(retry_after=7), 4050),
        (follows.NotWelcome(), 1000),
        (relations.TooMany(), 1000),
    ],
    ids=lambda value: getattr(value, "code", value),
)
def test_what_services_refuse(error, code) -> None:
    """What a service refuses has the code of the reference, and the seconds to wait if known."""
    scope: Any = {"type": "http", "path": "/api/v1/user/login"}

    reply = DIALECT.fail(error, scope)

    assert (reply.status_code, reply.content["code"]) == (200, code)
    assert reply.headers.get("retry-after") == (str(error.retry_after) if code == 4050 else None)


def test_every_kind_of_failure_has_words() -> None:
    """No failure of any service, whatever it is, is left without a code of this dialect."""
    scope: Any = {"type": "http", "path": "/api/v1/user/login"}
    for kind in Kind:
        error = type("Odd", (AppError,), {"__doc__": "Odd.", "code": "x.odd", "kind": kind})()
        reply = DIALECT.fail(error, scope)
        assert reply.status_code == (500 if kind in (Kind.INTERNAL, Kind.UNAVAILABLE) else 200)
        assert list(reply.content) == ["code", "data", "msg"]


async def test_w9_nothing_of_it_is_written_down(viewers, suite, http) -> None:
    """W9: addresses in URLs, passwords and tokens are in no log and no metric."""
    jerry = await viewers.one()
    await jerry.get("user/resetpwd/check", eamil=jerry.email)
    await jerry.get(f"user/manage/search&keyword={jerry.email}")

    written = [file.read_text() for file in (suite.config.home / "logs").glob("*.log")]
    written.append((await http.get("/metrics")).text)

    assert len(written) >= 6
    for secret in (jerry.email, jerry.password, jerry.token, jerry.access_token):
        assert not any(secret in text for text in written)
