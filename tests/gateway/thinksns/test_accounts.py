"""Registering, logging in and out, tokens, leaving and locking people out, through thinksns."""

import asyncio

from gateway.dialects.thinksns.codes import FOR_KNOWN, FOR_NEW
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import fresh_name
from tests.people import another

TOKEN_KEYS = ["access_token", "token_type", "expires_in", "refresh_ttl"]


async def test_registering(stranger) -> None:
    """Who registers gets 201 and a token, under the names of both pages, and is logged in."""
    tom = stranger()

    reply = expect.result(await tom.register(await tom.code()), 201)

    assert list(reply) == [*TOKEN_KEYS, "token", "ttl"]
    assert reply["token"] == reply["access_token"]
    assert (reply["token_type"], reply["expires_in"], reply["ttl"]) == ("bearer", 21600, 21600)
    assert reply["refresh_ttl"] == 43200
    tom.token = reply["token"]
    me = await tom.get("/user")
    assert (me["name"], me["phone"], me["email"]) == (tom.name, tom.phone, None)
    assert me["initial_password"] is True


async def test_registering_by_e_mail_without_a_password(stranger) -> None:
    """An e-mail address will do, as will the newer spelling; without a password codes log in."""
    tom = stranger(password=None)
    email = f"{tom.name}@example.com"
    code = await tom.code(to=email)
    body = {"name": tom.name, "email": email, "verifiableType": "mail", "verifiableCode": int(code)}

    tom.token = expect.result(await tom.ask("POST", "/users", body), 201)["token"]

    me = await tom.get("/user")
    assert (me["email"], me["phone"], me["initial_password"]) == (email, None, False)
    expect.invalid(await tom.log_in(email, password="any password"), "login")
    code = await tom.code("/verifycodes", to=email)
    expect.result(await tom.log_in(email, verifiable_code=code))


async def test_a_phone_is_one_however_it_is_written(tom) -> None:
    """Whatever prefix a number has when registering or logging in, it is the same person."""
    for prefix in ("86", "+86", "086", "+86-"):
        phone = f"{prefix}{tom.phone}"
        expect.result(await tom.log_in(phone))
        reply = await tom.ask("POST", "/verifycodes/register", {"phone": phone})
        expect.invalid(reply, "phone")


async def test_registrations_that_are_refused(stranger, tom) -> None:
    """What is wrong is told by field, and the code stays good."""
    jerry = stranger()
    code = await jerry.code()

    expect.invalid(await jerry.register(code, name=None), "name")
    for name in ("abc", "1abcd", "a b c d", "好" * 13, 7, ["abcd"]):
        expect.invalid(await jerry.register(code, name=name), "name")
    for reserved in ("root", "ADMIN", "管理员", "管理员\u200b", "\u2060root"):
        expect.invalid(await jerry.register(code, name=reserved), "name")
    for taken in (tom.name.upper(), f"{tom.name}\u200b", f"\u3164{tom.name}"):
        expect.invalid(await jerry.register(code, name=taken), "name")
    for password in ("12345", "123456", "x" * 129):
        expect.invalid(await jerry.register(code, password=password), "password")
    expect.invalid(await jerry.register(code, verifiable_type="pigeon"), "verifiable_type")
    expect.invalid(await jerry.register(code, verifiable_type="mail"), "email")
    expect.invalid(await jerry.register(another(code)), "verifiable_code")
    expect.invalid(await jerry.register(code, phone="123", name="x"), "phone", "name")
    expect.result(await jerry.register(int(code)), 201)


async def test_a_code_registers_once(stranger) -> None:
    """Of two registrations with one code at once, one is made."""
    tom = stranger()
    code = await tom.code()

    replies = await asyncio.gather(
        *(tom.register(code, name=fresh_name()) for _ in range(2)),
    )

    assert sorted(reply.status_code for reply in replies) == [201, 422]


async def test_codes_are_for_one_purpose(tom, stranger, hours) -> None:
    """A code of a known address registers nobody, and one is sent only to the right kind."""
    jerry = stranger()

    expect.invalid(await jerry.ask("POST", "/verifycodes", {"phone": jerry.phone}), "phone")
    expect.invalid(await tom.ask("POST", "/verifycodes/register", {"phone": tom.phone}), "phone")
    expect.invalid(await tom.ask("POST", "/verifycodes", {}), "phone")
    for nobody in ("12345", "+85251234567", "+8"):
        expect.invalid(await tom.ask("POST", "/verifycodes", {"phone": nobody}), "phone")
    reply = await tom.ask("POST", "/verifycodes/register", {"phone": "+85251234567"})
    expect.invalid(reply, "phone")
    expect.invalid(await tom.ask("POST", "/verifycodes", {"email": f"{'x' * 120}@a.com"}), "email")
    code = await jerry.code()
    expect.invalid(await jerry.log_in(verifiable_code=code), "verifiable_code")


async def test_one_code_a_minute(tom, hours) -> None:
    """The second code within a minute is refused with the seconds left, the next one is sent."""
    await tom.code("/verifycodes")

    reply = await tom.ask("POST", "/verifycodes", {"phone": tom.phone})

    wait = int(reply.headers["retry-after"])
    assert 30 <= wait <= 60
    assert str(wait) in expect.refused(reply, 403)
    await hours.passed(tom.e164, 60, FOR_KNOWN)
    expect.result(await tom.log_in(verifiable_code=await tom.code("/verifycodes")))


async def test_a_code_lasts_five_minutes(stranger, hours) -> None:
    """A code is refused once five minutes are over."""
    tom = stranger()
    code = await tom.code()
    await hours.passed(tom.e164, 301, FOR_NEW)

    expect.invalid(await tom.register(code), "verifiable_code")


async def test_trap_9_codes_as_numbers(tom, hours) -> None:
    """A numeric code logs in, once."""
    code = int(await tom.code("/verifycodes"))

    expect.result(await tom.log_in(verifiable_code=code))
    expect.invalid(await tom.log_in(verifiable_code=code), "verifiable_code")


async def test_logging_in(tom, stranger) -> None:
    """Name, phone and password open the account; what is wrong is 422 in one and the same way."""
    for login in (tom.name, tom.name.upper(), tom.phone):
        session = expect.result(await tom.log_in(login))
        assert list(session) == TOKEN_KEYS
        assert (await tom.ask("GET", "/user", token=session["access_token"])).status_code == 200

    wrong = expect.invalid(await tom.log_in(password="another one"), "login")
    unknown = expect.invalid(await stranger().log_in(), "login")
    assert wrong == unknown
    expect.invalid(await tom.ask("POST", "/auth/login", {"login": tom.phone}), "password")
    expect.invalid(await tom.ask("POST", "/auth/login", {}), "login", "password")
    expect.invalid(await tom.log_in(tom.name, verifiable_code="123456"), "login")


async def test_many_wrong_passwords(tom) -> None:
    """After ten failures the next attempt has to wait, and is told for how long."""
    for _ in range(10):
        expect.invalid(await tom.log_in(password="another one"), "login")

    reply = await tom.log_in()

    expect.refused(reply, 429)
    assert int(reply.headers["retry-after"]) > 0


async def test_a_token_in_the_query(tom) -> None:
    """A token may come in the query."""
    reply = await tom.http.get(f"/api/v2/user?token={tom.token}")

    assert expect.result(reply)["id"] == tom.id
    expect.unauthenticated(await tom.http.get("/api/v2/user?token=x"))


async def test_logging_out(tom) -> None:
    """A token is over with its session, and only it."""
    other = (await tom.log_in()).json()["access_token"]

    reply = await tom.ask("GET", "/auth/logout")

    assert expect.result(reply) == {"message": "退出成功"}
    expect.unauthenticated(await tom.ask("GET", "/user"))
    expect.unauthenticated(await tom.ask("POST", "/auth/logout"))
    tom.token = other
    await tom.get("/user")


async def test_refreshing(tom) -> None:
    """A token is exchanged for another and is over then; of two exchanges at once one wins."""
    old = tom.token

    replies = await asyncio.gather(*(tom.ask("PATCH", "/auth/refresh") for _ in range(2)))

    assert sorted(reply.status_code for reply in replies) == [200, 401]
    new = next(reply.json() for reply in replies if reply.status_code == 200)
    assert list(new) == TOKEN_KEYS
    expect.unauthenticated(await tom.ask("GET", "/user"))
    expect.unauthenticated(await tom.ask("GET", "/auth/refresh", token=old))
    tom.token = new["access_token"]
    await tom.get("/user")
    for bad in ("", "x", "v1.a.b.c"):
        expect.unauthenticated(await tom.ask("POST", "/auth/refresh", token=bad))


async def test_trap_12_leaving(members, stranger, hours, eventually) -> None:
    """Leaving is 202 with the documented words; every token gets 401; the phone is free again."""
    tom, jerry = await members(2)
    other = (await tom.log_in()).json()["access_token"]
    expect.done(await jerry.ask("PUT", f"/user/followings/{tom.id}"))

    reply = await tom.ask("DELETE", "/user")

    assert expect.result(reply, 202) == {"message": "操作成功,再见"}
    for token in (tom.token, other):
        expect.unauthenticated(await tom.ask("GET", "/user", token=token))
    expect.unauthenticated(await tom.ask("DELETE", "/user"))
    expect.refused(await jerry.ask("GET", f"/users/{tom.id}"), 404)
    expect.refused(await jerry.ask("GET", f"/users/{tom.name}"), 404)
    assert await jerry.get("/users", id=str(tom.id)) == []

    async def is_forgotten() -> bool:
        extra = (await jerry.get("/user"))["extra"]
        return bool(extra["followings_count"] == 0 and not await jerry.get("/user/followings"))

    await eventually(is_forgotten)
    await hours.passed(tom.e164, 60, FOR_NEW)
    again = await stranger(phone=tom.phone).sign_up()
    assert again.id != tom.id


async def test_leaving_twice_at_once(tom) -> None:
    """Of several requests at once one is 202, and the others are 401: the page knows no other."""
    replies = await asyncio.gather(*(tom.ask("DELETE", "/user") for _ in range(4)))

    assert sorted(reply.status_code for reply in replies) == [202, 401, 401, 401]


async def test_leaving_needs_a_token(stranger) -> None:
    """Without a token nobody leaves."""
    expect.unauthenticated(await stranger().ask("DELETE", "/user"))


async def test_disabling(members, root) -> None:
    """Who has the ability locks somebody out: no token is good, no list shows them; 403 tells."""
    tom, jerry = await members(2)

    expect.refused(await jerry.ask("PUT", f"/system/disabled/{tom.id}"), 403)
    assert await jerry.get("/user/abilities") == []
    abilities = await root.get("/user/abilities")
    assert [list(one) for one in abilities] == [["name", "display_name", "description"]]
    assert abilities[0]["name"] == "[user] Disabled User"
    for _ in range(2):
        expect.done(await root.ask("PUT", f"/system/disabled/{tom.id}"))

    expect.unauthenticated(await tom.ask("GET", "/user"))
    assert "禁用" in expect.refused(await tom.log_in(), 403)
    assert await jerry.get("/users", name=tom.name) == []
    assert [one["id"] for one in await jerry.get("/users", id=str(tom.id))] == [tom.id]
    assert await jerry.get("/users", name=tom.name, fetch_by="username") == []


async def test_who_cannot_be_disabled(root, user_id) -> None:
    """Oneself is 403, nobody 404, and so is what is no id."""
    expect.refused(await root.ask("PUT", f"/system/disabled/{root.id}"), 403)
    for nobody in (user_id, "x", "0", "9" * 40):
        expect.refused(await root.ask("PUT", f"/system/disabled/{nobody}"), 404)
