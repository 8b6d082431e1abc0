"""The session cookie, as clients really send it (reference 1.4)."""

import re
import secrets
import time

import httpx
import pytest

from shared import session_token
from shared.session_token import SessionToken
from shared.settings import Key, KeyRing
from tests.clients import fresh_ip
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.test_accounts import cookie
from tests.people import Person

SET = re.compile(r"rong_im_auth=([A-Za-z0-9_.-]+); Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax")
GONE = "rong_im_auth=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


async def with_cookies(tom: Person, *headers: str) -> httpx.Response:
    """Ask for one's profile with exactly these Cookie headers."""
    raw = [(b"cookie", header.encode("latin-1")) for header in headers]
    raw.append((b"x-forwarded-for", fresh_ip().encode()))
    async with httpx.AsyncClient(base_url=tom.http.base_url, timeout=15, verify=False) as client:
        return await client.get(f"/user/{tom.id}", headers=raw)


async def test_both_ways_in_set_one_cookie(people) -> None:
    """Registering and logging in set one cookie each, without Expires, and no two are the same."""
    tom = people.stranger()
    registered = await tom.register(await tom.verification_token())
    logged_in = [await tom.log_in(), await tom.log_in()]

    values = set()
    for reply in (registered, *logged_in):
        [header] = reply.headers.get_list("set-cookie")
        found = SET.fullmatch(header)
        assert found, header
        values.add(found[1])
    assert len(values) == 3


async def test_logging_out_takes_the_cookie_away(people) -> None:
    """Logout empties the cookie, with the attributes that it was set with."""
    tom = await people.one()

    reply = await tom.post("/user/logout")

    assert reply.headers.get_list("set-cookie") == [GONE]
    assert not tom.http.cookies


async def test_nothing_else_sets_a_cookie(people) -> None:
    """Clients replace all they have with any Set-Cookie, so there is no other one."""
    tom = await people.one()

    for path in ("get_token", "get_image_token", "get_sms_img_code", "regionlist", tom.id, "none"):
        assert "set-cookie" not in (await tom.get(f"/user/{path}")).headers
    assert "set-cookie" not in (await tom.post("/user/set_nickname", {"nickname": "T"})).headers
    assert "set-cookie" not in (await tom.log_in("not-it-at-all")).headers
    assert "set-cookie" not in (await people.stranger().post("/user/logout")).headers


@pytest.mark.parametrize(
    "headers",
    {
        "alone": ["rong_im_auth={0}"],
        "among others": ["theme=dark; rong_im_auth={0}; lang=zh"],
        "without blanks": ["theme=dark;rong_im_auth={0};lang=zh"],
        "attributes as cookies": [
            "rong_im_auth={0}; Max-Age=2592000; Path=/; HttpOnly=; SameSite=Lax; Domain=example.com"
        ],
        "attributes first": ["Max-Age=2592000; Path=/; HttpOnly; rong_im_auth={0}"],
        "pieces of a date": ["rong_im_auth={0}; 21 Dec 2026 03:00:00 GMT"],
        "merged by commas": ["theme=dark,rong_im_auth={0}"],
        "raw, a header each": [
            "a=b; Path=/",
            "rong_im_auth={0}; Max-Age=2592000; Path=/; HttpOnly",
        ],
        "raw, last": ["c=; Max-Age=0", "a=b", "rong_im_auth={0}; Max-Age=2592000; SameSite=Lax"],
        "cut at a second sign": ["rong_im_auth={0}=rest"],
        "another name's end": ["x_rong_im_auth=nonsense; rong_im_auth={0}"],
        "emptied before": ["rong_im_auth=; Max-Age=0", "rong_im_auth={0}"],
        "bytes of no text": ["a=\xff\xfe; rong_im_auth={0}"],
    }.values(),
    ids=lambda headers: headers[0][:24],
)
async def test_cookies_as_clients_send_them(people, headers) -> None:
    """However a client wraps it, the session is found."""
    tom = await people.one()
    token = cookie(tom)

    reply = await with_cookies(tom, *(header.format(token) for header in headers))

    expect.result(reply)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "rong_im_auth",
        "rong_im_auth=",
        "rong_im_auth=; Max-Age=0; Path=/",
        "other={0}",
        "x_rong_im_auth={0}",
        "rong_im_authx={0}",
        "RONG_IM_AUTH={0}",
        'rong_im_auth="',
        "rong_im_auth=deleted",
        "rong_im_auth=v1.k1.",
        "rong_im_auth=v1...",
        "rong_im_auth=....",
        "rong_im_auth={0}.",
        "rong_im_auth={0}{0}",
        "rong_im_auth=%76{0}",
    ],
)
async def test_what_is_no_session(people, header) -> None:
    """Without a whole token under its name nobody is logged in, and it is no error of ours."""
    tom = await people.one()

    expect.not_logged_in(await with_cookies(tom, header.format(cookie(tom))))


async def test_an_authorization_header_changes_nothing(people) -> None:
    """A newer client sends one along, which this dialect does not read."""
    tom = await people.one()
    stranger = people.stranger()

    reply = await tom.http.get(f"/user/{tom.id}", headers={"authorization": "Bearer x"})
    other = await stranger.http.get(f"/user/{tom.id}", headers={"authorization": cookie(tom)})

    expect.result(reply)
    expect.not_logged_in(other)


async def test_a_token_altered_in_any_one_character(people) -> None:
    """Whichever character is another one, the token is refused."""
    tom = await people.one()
    token = cookie(tom)

    for place, letter in enumerate(token):
        other = secrets.choice([one for one in ALPHABET if one != letter])
        altered = f"{token[:place]}{other}{token[place + 1 :]}"
        tom.http.cookies.clear()
        tom.http.cookies.set("rong_im_auth", altered)
        expect.not_logged_in(await tom.get(f"/user/{tom.id}"))


async def test_tokens_that_we_did_not_issue_for_this(people, session_keys) -> None:
    """Another key, another dialect, another use and a past end are all refused alike."""
    tom = await people.one()
    token = session_token.read(session_keys, cookie(tom))
    rings = {
        "another key": KeyRing({session_keys.current: Key(secrets.token_bytes(32))}),
        "another key id": KeyRing({"k9": Key(secrets.token_bytes(32))}),
    }
    made = [session_token.issue(ring, token) for ring in rings.values()]
    for change in ({"dialect": "leaf"}, {"use": "refresh"}, {"expires_at": int(time.time())}):
        fields = {name: getattr(token, name) for name in SessionToken.__struct_fields__}
        made.append(session_token.issue(session_keys, SessionToken(**fields | change)))

    for one in made:
        expect.not_logged_in(await with_cookies(tom, f"rong_im_auth={one}"))
    again = session_token.issue(session_keys, token)
    expect.result(await with_cookies(tom, f"rong_im_auth={again}"))


async def test_a_token_says_nothing_of_its_owner(people, session_keys) -> None:
    """A token lasts thirty days and holds neither phone nor name."""
    tom = await people.one(nickname="Jeremiah")
    token = session_token.read(session_keys, cookie(tom))

    assert abs(token.expires_at - time.time() - 30 * 86400) < 60
    assert tom.phone not in repr(token)
    assert "Jeremiah" not in repr(token)
    assert len(f"rong_im_auth={cookie(tom)}") < 4096
