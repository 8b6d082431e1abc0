"""Passwords, the phone number and the e-mail address, through thinksns."""

from typing import Any

import pytest

from gateway.dialects.thinksns.codes import FOR_KNOWN
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member, fresh_name
from tests.people import another, fresh_phone

NEW = "another p@ssword"


async def with_email(tom: Member) -> str:
    """Bind an e-mail address."""
    email = f"{fresh_name()}@example.com"
    code = await tom.code(to=email)
    expect.done(await tom.ask("PUT", "/user", {"email": email, "verifiable_code": code}))
    return email


async def test_changing_the_password(tom) -> None:
    """Another password holds at once; this session stays, the others end."""
    other = (await tom.log_in()).json()["access_token"]
    body = {"old_password": tom.password, "password": NEW, "password_confirmation": NEW}

    expect.done(await tom.ask("PUT", "/user/password", body))

    await tom.get("/user")
    expect.unauthenticated(await tom.ask("GET", "/user", token=other))
    expect.invalid(await tom.log_in(), "login")
    expect.result(await tom.log_in(password=NEW))


async def test_password_changes_that_are_refused(tom) -> None:
    """A wrong, old, weak, short or differently repeated password changes nothing."""
    right = {"old_password": tom.password, "password": NEW, "password_confirmation": NEW}

    async def change(**changes: object) -> Any:
        return await tom.ask("PUT", "/user/password", right | changes)

    expect.invalid(await change(old_password="not it at all"), "old_password")
    expect.invalid(await change(old_password=None), "old_password")
    expect.invalid(await change(password_confirmation="x"), "password")
    expect.invalid(await change(password_confirmation=None), "password")
    expect.invalid(
        await change(password=tom.password, password_confirmation=tom.password), "password"
    )
    expect.invalid(await change(password="x1y2z", password_confirmation="x1y2z"), "password")
    expect.invalid(await change(password="123456", password_confirmation="123456"), "password")
    expect.invalid(await change(password=None), "password")
    expect.unauthenticated(await tom.ask("PUT", "/user/password", right, token=""))
    expect.result(await tom.log_in())


async def test_a_first_password(stranger) -> None:
    """Who has none sets one without an old one, once."""
    tom = await stranger(password=None).sign_up()
    body = {"password": " with blanks ", "password_confirmation": " with blanks "}

    expect.done(await tom.ask("PUT", "/user/password", body))

    expect.result(await tom.log_in(password=" with blanks "))
    expect.invalid(await tom.log_in(password="with blanks"), "login")
    body = {"password": NEW, "password_confirmation": NEW}
    expect.invalid(await tom.ask("PUT", "/user/password", body), "old_password")


async def test_an_address_longer_than_can_be_bound_here(tom, stranger, mongo) -> None:
    """Who has it through another dialect gets codes, logs in, is found and retrieves a password."""
    email = f"{fresh_name():l<64}@{'d' * 63}.{'e' * 60}.example.com"
    assert len(email) > 128
    named = {"email": email, "email_key": email}
    await mongo("userhub_auth")["accounts"].update_one({"_id": tom.id}, {"$set": named})

    body = {"verifiable_type": "mail", "email": email, "password": NEW}
    body["verifiable_code"] = await tom.code("/verifycodes", to=email)
    expect.done(await tom.ask("PUT", "/user/retrieve-password", body, token=""))
    tom.token = expect.result(await tom.log_in(email, password=NEW))["access_token"]
    assert (await tom.get(f"/users/{email}"))["id"] == tom.id
    expect.invalid(await tom.log_in(email, verifiable_code="000000"), "verifiable_code")

    expect.invalid(await tom.ask("POST", "/verifycodes/register", {"email": email}), "email")
    other = f"x{email[1:]}"
    expect.invalid(await tom.ask("POST", "/verifycodes/register", {"email": other}), "email")
    expect.invalid(await tom.ask("POST", "/verifycodes", {"email": other}), "email")
    too_long = {"email": f"x@{'d' * 250}.com"}
    expect.invalid(await tom.ask("POST", "/verifycodes", too_long), "email")


async def test_retrieving_a_password(tom, hours, stranger) -> None:
    """A code to one's phone sets a password; every session ends; stray keys are ignored."""
    code = await tom.code("/verifycodes")
    right = {
        "verifiable_type": "sms",
        "verifiable_code": int(code),
        "phone": tom.phone,
        "password": NEW,
        "validateStatus": True,
    }

    async def retrieve(**changes: object) -> Any:
        return await tom.ask("PUT", "/user/retrieve-password", right | changes, token="")

    expect.refused(await retrieve(email="tom@example.com"), 400)
    expect.invalid(await retrieve(password=None), "password")
    expect.invalid(await retrieve(verifiable_type="mail"), "email")
    expect.invalid(await retrieve(verifiable_type=None), "verifiable_type")
    expect.invalid(await retrieve(verifiable_code=another(code)), "verifiable_code")
    expect.invalid(await retrieve(phone=stranger().phone), "verifiable_code")
    expect.done(await retrieve())

    expect.invalid(await retrieve(), "verifiable_code")
    expect.unauthenticated(await tom.ask("GET", "/user"))
    expect.result(await tom.log_in(password=NEW))


async def test_strangers_keep_nobody_from_their_password(tom, hours, stranger) -> None:
    """Wrong codes from elsewhere leave the right one good where its owner was before."""
    await hours.passed(tom.e164, 60, "thinksns")
    code = await tom.code("/verifycodes")

    async def retrieve(who: Any, code: str) -> Any:
        body = {"verifiable_type": "sms", "phone": tom.phone, "password": NEW}
        reset = body | {"verifiable_code": code}
        return await who.ask("PUT", "/user/retrieve-password", reset, token="")

    for n in range(1, 6):
        wrong = f"{(int(code) + n) % 10**6:06d}"
        expect.invalid(await retrieve(stranger(), wrong), "verifiable_code")
    expect.invalid(await retrieve(stranger(), code), "verifiable_code")
    expect.done(await retrieve(tom, code))
    expect.result(await tom.log_in(password=NEW))


async def test_changing_the_phone(members) -> None:
    """Another phone is bound by a code that was sent to it, and is what one logs in with."""
    tom, jerry = await members(2)
    old, new = tom.phone, fresh_phone()
    code = await Member(tom.http, phone=new).code()

    for body in (
        {"phone": new, "verifiable_code": another(code)},
        {"phone": fresh_phone(), "verifiable_code": code},
    ):
        expect.invalid(await tom.ask("PUT", "/user", body), "verifiable_code")
    expect.invalid(await tom.ask("PUT", "/user", {"verifiable_code": code}), "phone", "email")
    both = {"phone": new, "email": "tom@example.com", "verifiable_code": code}
    expect.invalid(await tom.ask("PUT", "/user", both), "phone", "email")
    expect.invalid(await tom.ask("PUT", "/user", {"phone": new}), "verifiable_code")
    expect.done(await tom.ask("PUT", "/user", {"phone": f"+86{new}", "verifiable_code": code}))

    assert (await tom.get("/user"))["phone"] == new
    expect.result(await tom.log_in(new))
    expect.invalid(await tom.log_in(old), "login")
    reply = await jerry.ask("POST", "/verifycodes/register", {"phone": new})
    expect.invalid(reply, "phone")


@pytest.mark.parametrize("where", ["query", "body"])
async def test_trap_9_unbinding(tom, where) -> None:
    """An address is taken away by password and code, in query or body; never the last one."""
    email = await with_email(tom)
    code = await tom.code("/verifycodes")
    right = {"password": tom.password, "verifiable_code": code}

    async def unbind(kind: str, given: dict[str, object]) -> Any:
        if where == "query":
            return await tom.ask("DELETE", f"/user/{kind}", **given)
        return await tom.ask("DELETE", f"/user/{kind}", given)

    expect.invalid(await unbind("phone", {}), "password", "verifiable_code")
    expect.invalid(await unbind("phone", right | {"password": "not it at all"}), "password")
    expect.invalid(
        await unbind("phone", right | {"verifiable_code": int(another(code))}), "verifiable_code"
    )
    expect.done(await unbind("phone", right | {"verifiable_code": int(code)}))

    me = await tom.get("/user")
    assert (me["phone"], me["email"]) == (None, email)
    expect.refused(await unbind("phone", right), 422)
    last = {"password": tom.password, "verifiable_code": await tom.code("/verifycodes", to=email)}
    expect.refused(await unbind("email", last), 422)
    assert (await tom.get("/user"))["email"] == email


async def test_unbinding_without_a_password(stranger, hours) -> None:
    """Who has no password cannot unbind."""
    tom = await stranger(password=None).sign_up()
    await with_email(tom)
    code = await tom.code("/verifycodes")

    reply = await tom.ask("DELETE", "/user/phone", {"password": "x", "verifiable_code": code})

    expect.invalid(reply, "password")
    assert (await tom.get("/user"))["phone"] == tom.phone


async def test_codes_for_a_bound_address(tom, hours) -> None:
    """A code for a known address binds nothing."""
    email = await with_email(tom)
    await hours.passed(email, 60, FOR_KNOWN)
    code = await tom.code("/verifycodes", to=email)

    reply = await tom.ask("PUT", "/user", {"email": email, "verifiable_code": code})

    expect.invalid(reply, "verifiable_code")
