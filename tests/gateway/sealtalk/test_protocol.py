"""What holds for every endpoint of the sealtalk dialect (reference 1.1 to 1.4)."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.app import BODY_BYTES
from gateway.front import HEADER_BYTES_MOST, HEADER_MOST, HEADERS_MOST
from tests.gateway import raw
from tests.gateway.sealtalk import expect

POSTED = (
    "send_code",
    "send_code_yp",
    "verify_code",
    "verify_code_yp",
    "check_phone_available",
    "register",
    "login",
    "logout",
    "reset_password",
    "change_password",
    "set_nickname",
    "set_portrait_uri",
)
ASKED = ("get_token", "get_image_token", "find/86/13912345678", "5Vg2Xh9f")
PROTECTED = [
    *(("POST", path) for path in ("logout", "change_password", "set_nickname", "set_portrait_uri")),
    *((method, path) for method in ("GET", "POST") for path in ASKED),
    ("GET", "batch?id=5Vg2Xh9f"),
]
BODY = {
    "nickname": "Tom",
    "portraitUri": "http://test.com/user/abc123.jpg",
    "oldPassword": "P@ssw0rd",
    "newPassword": "P@ssw0rdNew",
}
OURS = "https://web.example.com"
FOREIGN = [
    "https://evil.example.com",
    "http://web.example.com",
    "https://web.example.com:8443",
    "https://web.example.com.evil.example",
    "null",
    "http://[",
    "web.example.com",
    "\xff",
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_who_is_not_logged_in(people, method, path) -> None:
    """Without a session, each endpoint that needs one answers 403 and nothing happens."""
    body = BODY if method == "POST" else None

    reply = await people.stranger().http.request(method, f"/user/{path}", json=body)

    expect.not_logged_in(reply)


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "X-NONE"])
async def test_methods_that_are_not_served(people, path, method) -> None:
    """What changes something is asked with POST alone."""
    expect.refused(await people.stranger().http.request(method, f"/user/{path}"), 405)


@pytest.mark.parametrize("path", ["get_token", "regionlist", "batch", "5Vg2Xh9f"])
async def test_no_other_methods_where_get_is_served(people, path) -> None:
    """Neither PUT nor DELETE is served anywhere."""
    tom = await people.one()
    for method in ("PUT", "DELETE", "PATCH"):
        expect.refused(await tom.http.request(method, f"/user/{path}"), 405)


@pytest.mark.parametrize(
    "path",
    [
        "/user",
        "/user/a/b",
        "/user/find/86",
        "/user/find/86/1/2",
        "/user/login/x",
        "/friendship/nothing",
        "/group/nothing/here",
    ],
)
async def test_paths_that_are_not_there(people, path) -> None:
    """An unknown path below the dialect's is told 404 in its JSON."""
    tom = await people.one()

    expect.refused(await tom.get(path), 404)
    expect.refused(await tom.post(path, {}), 404)


async def test_paths_of_nobody(people) -> None:
    """Outside all dialects there is JSON as well."""
    for path in ("/", "/users", "/userx", "/usr/login", "/%2e%2e/etc/passwd"):
        reply = await people.stranger().get(path)
        assert reply.status_code == 404
        assert list(reply.json()) == ["error", "message"]


@pytest.mark.parametrize("path", ["//user//regionlist", "/user///regionlist", "//user/regionlist"])
async def test_doubled_slashes(people, path) -> None:
    """Slashes that follow each other count as one."""
    base = people.stranger().http.base_url
    reply = await raw.send(str(base), raw.request(f"GET {path}", b"Host: x"))

    assert reply.status_code == 200
    assert reply.json()["code"] == 200


async def test_doubled_slashes_hide_nothing(people) -> None:
    """A doubled slash leads past no rule of the path it stands for."""
    tom = await people.one()
    base = str(tom.http.base_url)
    token = tom.http.cookies["rong_im_auth"].encode()
    headers = (b"Host: x", b"Cookie: rong_im_auth=" + token, b"Origin: https://evil.example.com")

    reply = await raw.send(base, raw.request("POST //user//logout", *headers))

    assert (reply.status_code, reply.json()["code"]) == (403, 403)
    expect.result(await tom.get(f"/user/{tom.id}"))


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
        "application/jsonx",
        "application/xml",
        "*/*",
    ],
)
async def test_bodies_that_are_not_json(people, kind) -> None:
    """What a form of any web page could send is refused, though it reads like JSON."""
    tom = await people.one()
    headers = {"content-type": kind} if kind is not None else {}

    for path, body in (("set_nickname", b'{"nickname":"Eve"}'), ("logout", b"{}")):
        reply = await tom.http.post(f"/user/{path}", content=body, headers=headers)
        expect.refused(reply, 400)

    assert expect.result(await tom.get(f"/user/{tom.id}"))["nickname"] == "Tom"


@pytest.mark.parametrize(
    "kind", ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8"]
)
async def test_how_json_is_announced(people, kind) -> None:
    """A charset and capitals are fine."""
    tom = await people.one()

    body = '{"nickname":"杰瑞"}'.encode()
    reply = await tom.http.post("/user/set_nickname", content=body, headers={"content-type": kind})

    expect.done(reply)
    assert expect.result(await tom.get(f"/user/{tom.id}"))["nickname"] == "杰瑞"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"nickname"',
        b"null",
        b'{"nickname":"Eve"}x',
        b"{'nickname':'Eve'}",
        b'{"nickname":NaN}',
        b'{"nickname":"\xff"}',
        b'{"nickname":"\\ud800"}',
        b'\xef\xbb\xbf{"nickname":"Eve"}',
        '{"nickname":"Eve"}'.encode("utf-16"),
        gzip.compress(b'{"nickname":"Eve"}', mtime=0),
        b"[" * 10_000,
        b'{"nickname":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a":' * 10_000,
        b'{"nickname":' + b"9" * 100_000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_bodies_that_cannot_be_read(people, body) -> None:
    """What is not a JSON object of the right shape gets 400."""
    tom = await people.one()

    headers = {"content-type": "application/json"}
    reply = await tom.http.post("/user/set_nickname", content=body, headers=headers)

    expect.refused(reply, 400)


async def test_no_body_comes_by_http_2(people) -> None:
    """Only HTTP/1.1 is spoken: in HTTP/2 a body that is not JSON needs no length to be seen by."""
    tom = await people.one(nickname="Tom")
    session = {"cookie": f"rong_im_auth={tom.http.cookies['rong_im_auth']}"}
    async with httpx.AsyncClient(base_url=tom.http.base_url, http1=False, http2=True) as client:

        async def body() -> AsyncIterator[bytes]:
            yield b'{"nickname":"Eve"}'

        with pytest.raises(httpx.HTTPError):
            await client.post(
                "/user/set_nickname",
                content=body(),
                headers=session | {"content-type": "text/plain"},
            )

    assert (await tom.get(f"/user/{tom.id}")).json()["result"]["nickname"] == "Tom"


async def test_the_largest_body(people, suite) -> None:
    """A body of 1 MiB is read, one byte more is refused with 413, in a stream as well."""
    headers = {"content-type": "application/json"}

    def of(size: int) -> bytes:
        return b'{"nickname":"Tom","password":"' + b"x" * (size - 32) + b'"}'

    def stream(size: int) -> httpx.Response:
        pieces = [of(size)[at : at + 65536] for at in range(0, size, 65536)]
        return httpx.post(
            f"{suite.urls['gateway']}/user/login", content=iter(pieces), headers=headers, timeout=15
        )

    client = people.stranger().http
    assert len(of(BODY_BYTES)) == BODY_BYTES
    expect.refused(await client.post("/user/login", content=of(BODY_BYTES), headers=headers), 400)
    too_large = await client.post("/user/login", content=of(BODY_BYTES + 1), headers=headers)
    expect.refused(too_large, 413)
    expect.refused(await asyncio.to_thread(stream, BODY_BYTES), 400)
    expect.refused(await asyncio.to_thread(stream, BODY_BYTES + 1), 413)


async def test_the_most_and_longest_headers(people) -> None:
    """Past 100 headers, 8 KiB in one or 16 KiB in all a request is refused with 413."""
    base = str(people.stranger().http.base_url)

    async def status(*headers: bytes) -> int:
        reply = await raw.send(base, raw.request("GET /user/regionlist", b"Host: x", *headers))
        if reply.status_code != 200:
            expect.refused(reply, 413)  # type: ignore[arg-type]
        return reply.status_code

    many = [b"X-%d: y" % number for number in range(HEADERS_MOST - 2)]
    assert await status(*many) == 200
    too_many = raw.request("GET /user/regionlist", b"Host: x", *many, b"X: y")
    assert (await raw.send(base, too_many)).status_code == 431  # the server's own limit
    assert await status(b"X-A: " + b"x" * HEADER_MOST) == 200
    assert await status(b"X-A: " + b"x" * (HEADER_MOST + 1)) == 413
    given = sum(len(name) + len(value) + 4 for name, value in ((b"host", b"x"), (b"x-a", b"")))
    given += len(b"content-length") + 1 + 4 + len(b"x-b") + 4
    rest = HEADER_BYTES_MOST - given - HEADER_MOST
    assert await status(b"X-A: " + b"x" * HEADER_MOST, b"X-B: " + b"x" * rest) == 200
    assert await status(b"X-A: " + b"x" * HEADER_MOST, b"X-B: " + b"x" * (rest + 1)) == 413


@pytest.mark.parametrize("host", [b"[", b"x:y", b"\xff\xfe:1", b"a b", b"x" * 8000, b""])
async def test_a_host_that_is_none(people, host) -> None:
    """A strange Host header is never an error of ours."""
    base = str(people.stranger().http.base_url)
    body = (b"Content-Type: application/json", b"Host: " + host)

    for request in (
        raw.request("GET /user/regionlist", b"Host: " + host),
        raw.request("GET /user/none", b"Host: " + host),
        raw.request("POST /user/login", *body, body=b"{}"),
        raw.request("POST /user/logout", *body, b"Origin: http://x"),
    ):
        assert (await raw.send(base, request)).status_code in (200, 400, 403, 404)


async def test_no_host_and_no_user_agent(people) -> None:
    """A request without a User-Agent is served; HTTP/1.0 needs no Host either."""
    base = str(people.stranger().http.base_url)
    request = b"GET /user/regionlist HTTP/1.0\r\n\r\n"

    assert (await raw.send(base, request)).status_code == 200


@pytest.mark.parametrize("origin", FOREIGN)
async def test_pages_of_other_sites(people, origin) -> None:
    """A page that is not ours changes nothing with a person's cookie, and reads no reply."""
    tom = await people.one()
    headers = {"origin": origin.encode("latin-1")}

    for path in ("set_nickname", "logout", "change_password", "login"):
        reply = await tom.http.post(f"/user/{path}", json=BODY, headers=headers)
        expect.refused(reply, 403)
        assert "access-control-allow-origin" not in reply.headers
    read = await tom.http.get(f"/user/{tom.id}", headers=headers)
    assert "access-control-allow-origin" not in read.headers
    asked = await tom.http.options("/user/login", headers=headers | PREFLIGHT)
    assert asked.status_code >= 400
    assert "access-control-allow-origin" not in asked.headers

    assert expect.result(await tom.get(f"/user/{tom.id}"))["nickname"] == "Tom"


PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type",
}


async def test_a_page_that_is_allowed(people) -> None:
    """An allowed origin may ask first, acts with the cookie and reads the reply, failures too."""
    tom = await people.one()
    headers = {"origin": OURS}

    asked = await tom.http.options("/user/set_nickname", headers=headers | PREFLIGHT)
    changed = await tom.http.post("/user/set_nickname", json={"nickname": "Jim"}, headers=headers)
    failed = await tom.http.post("/user/set_nickname", json={}, headers=headers)
    read = await tom.http.get(f"/user/{tom.id}", headers=headers)

    expect.done(changed)
    expect.refused(failed, 400)
    assert expect.result(read)["nickname"] == "Jim"
    for reply in (asked, changed, failed, read):
        assert reply.headers["access-control-allow-origin"] == OURS
        assert reply.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in reply.headers["vary"]
    assert asked.status_code == 204
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "content-type" in asked.headers["access-control-allow-headers"].lower()


async def test_a_page_of_our_own(people, suite) -> None:
    """Pages that we serve ourselves need not be listed, under any name they are reached by."""
    tom = await people.one()
    own = {"origin": suite.urls["gateway"]}
    other = {"origin": "http://userhub.example:8000", "host": "userhub.example:8000"}

    for headers in (own, other):
        expect.done(
            await tom.http.post("/user/set_nickname", json={"nickname": "T"}, headers=headers)
        )


async def test_request_ids(people) -> None:
    """A request id that is safe comes back, any other one is replaced by ours."""
    client = people.stranger().http

    async def answered(*ids: bytes) -> str:
        headers = [(b"x-request-id", one) for one in ids]
        reply = await client.get("/user/regionlist", headers=headers)
        [one] = reply.headers.get_list("x-request-id")
        return str(one)

    assert await answered(b"abc-DEF_12345") == "abc-DEF_12345"
    assert await answered(b"x" * 64) == "x" * 64
    for unsafe in (b"", b"short", b"x" * 65, b"has blank", b"<script>", b"line\xe2\x80\xa8break"):
        assert (await answered(unsafe)).isalnum()
    assert await answered() != await answered()


async def test_a_made_up_address(people) -> None:
    """A client adds addresses in front of the one that the trusted proxy saw: nothing changes."""
    tom = people.stranger()
    expect.done(await tom.send_code())
    address = tom.http.headers["x-forwarded-for"]
    tom.http.headers["x-forwarded-for"] = f"203.0.113.9, {address}"

    body = {"region": "86", "phone": tom.phone}
    for _ in range(60):
        expect.result(await tom.post("/user/check_phone_available", body))
    tom.http.headers["x-forwarded-for"] = f"203.0.113.10, x, {address}"

    expect.refused(await tom.post("/user/check_phone_available", body), 429)


@pytest.mark.parametrize("address", ["", "x", "1.2.3.4:80", "[::1]", ",,,"])
async def test_an_address_that_is_none(people, address) -> None:
    """A proxy that sends no address breaks nothing."""
    tom = people.stranger()
    tom.http.headers["x-forwarded-for"] = address

    assert (await tom.send_code()).status_code == 200
