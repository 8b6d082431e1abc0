"""How thinksns answers whatever it is sent: errors, bodies, tokens, and counts of requests."""

import json
from typing import Any

from gateway.dialects.thinksns.codes import CHECKS_MINUTE
from gateway.dialects.thinksns.users import FINDS_HOUR, FINDS_MINUTE
from gateway.reading import COMMAS_MOST
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member


async def test_errors_have_a_body(tom) -> None:
    """Unknown paths, wrong verbs and unreadable bodies are told in JSON, whatever is accepted."""
    headers = {"accept": "text/html"}
    assert "内容" in expect.refused(await tom.ask("GET", "/nothing"), 404)
    expect.refused(await tom.http.get("/api/v2", headers=headers), 404)
    expect.refused(await tom.ask("PUT", "/users"), 405)
    expect.refused(await tom.ask("GET", "/auth/login"), 405)
    for content in (b"{", b"[1]", b'"x"', b"\xff", b"null"):
        reply = await tom.http.patch(
            "/api/v2/user", content=content, headers={"authorization": f"Bearer {tom.token}"}
        )
        expect.refused(reply, 400)
    expect.refused(await tom.ask("PATCH", "/user", {"bio": "x" * 2**20}), 413)


async def test_a_body_of_many_values(tom) -> None:
    """What has more than 20,000 commas is not read."""
    most = [0] * COMMAS_MOST

    expect.done(await tom.ask("PATCH", "/user", {"bio": "few enough", "unknown": most}))
    expect.refused(await tom.ask("PATCH", "/user", {"bio": "too many", "unknown": [*most, 0]}), 400)

    assert (await tom.get("/user"))["bio"] == "few enough"


async def test_parameters_in_the_query(tom) -> None:
    """Any request may carry parameters in its query; what the body says goes first."""
    expect.done(await tom.ask("PATCH", "/user", {"bio": "of the body"}, bio="of the query", sex=2))

    me = await tom.get("/user")
    assert (me["bio"], me["sex"]) == ("of the body", 2)


async def test_forms(tom, stranger) -> None:
    """A form does as well as JSON."""
    form = {"login": tom.phone, "password": tom.password}

    reply = await stranger().http.post("/api/v2/auth/login", data=form)

    expect.result(reply)


async def test_blanks(tom) -> None:
    """Blanks around texts are taken off, and a text of nothing but blanks is none."""
    expect.done(await tom.ask("PATCH", "/user", {"bio": "  a b  ", "location": " 成都 "}))

    me = await tom.get("/user")
    assert (me["bio"], me["location"]) == ("a b", "成都")
    expect.invalid(await tom.ask("PATCH", "/user", {"name": "   "}), "name")


async def test_schemes(tom) -> None:
    """The scheme of a token may be written in any case."""
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"authorization": f"{scheme} {tom.token}"}
        assert (await tom.http.get("/api/v2/user", headers=headers)).status_code == 200


async def test_no_token(tom, people) -> None:
    """No token, a bad one, another scheme or one of another dialect: 401."""
    other = await people.one()
    cookie = other.http.cookies["rong_im_auth"]
    for value in ("", "Bearer", "Bearer x", f"Basic {tom.token}", f"Bearer {cookie}"):
        reply = await tom.http.get("/api/v2/user", headers={"authorization": value})
        expect.unauthenticated(reply)


async def test_requests_are_counted(tom, stranger) -> None:
    """Each reply tells how many requests a minute one has and how many are left."""
    first, second = [await tom.ask("GET", "/sign/daySign") for _ in range(2)]

    limit = int(first.headers["x-ratelimit-limit"])
    assert limit >= 120  # twice of what clients were hit by upstream
    left = [int(one.headers["x-ratelimit-remaining"]) for one in (first, second)]
    assert left[0] - left[1] == 1
    refused = await stranger().ask("GET", "/user")
    assert int(refused.headers["x-ratelimit-remaining"]) == limit - 1


async def test_too_many_requests(tom, redis) -> None:
    """Past the last request of the minute there is 429 until it is over, for this person alone."""
    key = f"rate:thinksns:user:{tom.id}"
    limit = int((await tom.ask("GET", "/user")).headers["x-ratelimit-limit"])
    await redis.set(key, limit - 1, keepttl=True)

    last, over = [await tom.ask("GET", "/user") for _ in range(2)]

    assert (last.status_code, last.headers["x-ratelimit-remaining"]) == (200, "0")
    assert expect.refused(over, 429) == "Too Many Attempts."
    assert 1 <= int(over.headers["retry-after"]) <= 60
    assert over.headers["x-ratelimit-remaining"] == "0"
    assert (await tom.ask("GET", "/users", token="")).status_code == 200
    await redis.delete(key)
    assert (await tom.ask("GET", "/user")).status_code == 200


async def test_texts_are_shown_as_they_are(tom) -> None:
    """Chinese is sent as it is written, and JSON without a blank."""
    reply = await tom.ask("GET", "/nothing")

    assert reply.text == json.dumps(reply.json(), ensure_ascii=False, separators=(",", ":"))


async def fill(redis: Any, key: str, count: int) -> None:
    """Make as if so much had been counted within the last second."""
    now = (await redis.time())[0] * 1000
    await redis.zadd(f"limit:{key}", {str(number): now for number in range(count)})


async def test_looking_up_addresses_has_a_limit(tom, members, stranger, redis) -> None:
    """By phone or e-mail address one looks up 300 people an hour, or 60 a minute and network."""
    other: list[Member] = await members(1)
    jerry, nobody = other[0], stranger()
    await fill(redis, f"finds:{tom.id}", FINDS_HOUR - 1)
    await fill(redis, f"finds:ip:{nobody.http.headers['x-forwarded-for']}", FINDS_MINUTE - 1)

    for one in (tom, nobody):
        await one.get(f"/users/{jerry.phone}")
        reply = await one.ask("GET", f"/users/{jerry.phone}")
        expect.refused(reply, 429)
        assert int(reply.headers["retry-after"]) > 0
        await one.get(f"/users/{jerry.id}")


async def test_asking_about_addresses_has_a_limit(stranger, redis) -> None:
    """One network asks about 60 addresses a minute, known or not."""
    tom = stranger()
    network = tom.http.headers["x-forwarded-for"]
    await fill(redis, f"address-checks:ip:{network}", CHECKS_MINUTE - 1)

    await tom.code()
    expect.refused(await tom.ask("POST", "/verifycodes", {"phone": stranger().phone}), 429)
