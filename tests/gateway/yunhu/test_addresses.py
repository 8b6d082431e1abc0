"""The phone number and the e-mail address of one's own, and leaving for good."""

import asyncio

from shared.contracts import administration
from tests.gateway.yunhu.together import failed, fresh_email, not_logged_in, refused
from tests.people import fresh_phone


async def test_binding_and_changing(citizens, later) -> None:
    """What is not bound is bound, what is bound is changed; never the other way round."""
    tom = await citizens.one()
    code = await tom.email_code()
    proof = {"email": tom.email, "captcha": code}
    assert "尚未绑定" in refused(await tom.post("/v1/user/change-email-check", proof))
    await tom.done("/v1/user/bing-email", proof)

    other = citizens.stranger(phone=fresh_phone())
    proof = {"phone": other.phone, "captcha": await other.sms_code()}
    assert "已绑定" in refused(await tom.post("/v1/user/bing-phone", proof))
    await tom.done("/v1/user/change-phone-check", proof)
    shown = (await tom.info()).data
    assert (shown.phone, shown.email) == (other.phone, tom.email)


async def test_an_address_of_somebody_else(citizens, later) -> None:
    """Of two people who bind one address at once, one gets it."""
    tom, jerry = await citizens.one(), await citizens.one()
    phone = citizens.stranger()
    code = await phone.sms_code()
    proof = {"phone": phone.phone, "captcha": code}
    replies = await asyncio.gather(
        *(one.post("/v1/user/change-phone-check", proof) for one in (tom, jerry))
    )

    assert sorted(reply.json()["code"] for reply in replies) == [-1, 1]
    await later(phone)
    proof["captcha"] = await phone.sms_code()
    loser = tom if replies[0].json()["code"] == -1 else jerry
    assert "已被其他账号绑定" in refused(await loser.post("/v1/user/change-phone-check", proof))


async def test_a_code_to_another_address(citizens) -> None:
    """A code proves the address that it went to, and no other."""
    tom = await citizens.one()
    code = await tom.email_code()
    proof = {"email": fresh_email(fresh_phone()), "captcha": code}

    refused(await tom.post("/v1/user/bing-email", proof))
    assert (await tom.info()).data.email == ""


async def test_leaving(citizens, later, tom) -> None:
    """By a code to one's own phone one is gone, everywhere and at once; the number is free."""
    jerry = await citizens.one()
    other = citizens.stranger()
    theirs = {"phone": other.phone, "captcha": await other.sms_code()}
    refused(await jerry.post("/v1/user/cancel-user", theirs))
    refused(await jerry.post("/v1/user/cancel-user", {"captcha": "123456"}))
    await later(jerry)
    await jerry.done(
        "/v1/user/cancel-user", {"phone": jerry.phone, "captcha": await jerry.sms_code()}
    )

    not_logged_in(await jerry.get("/v1/user/info"))
    failed(await tom.ask_user(jerry.id), 4402)
    await later(jerry)
    again = await citizens.again(jerry, "device-2").sign_in()
    assert again.id != jerry.id


async def test_somebody_who_is_locked_out(citizens, operate, later, tom, eventually) -> None:
    """Who is locked out is 7100 to others, and hears it when they log in."""
    jerry = await citizens.one()
    ask = administration.SetDisabled(user_id=int(jerry.id), disabled=True)
    await operate(administration.set_disabled, ask)

    async def is_out() -> bool:
        reply = await jerry.get("/v1/user/info")
        return bool(reply.headers["content-type"] == "application/json")

    failed(await tom.ask_user(jerry.id), 7100)
    await eventually(is_out)
    not_logged_in(await jerry.get("/v1/user/info"))
    await later(jerry)
    assert "封禁" in refused(await jerry.ask_login(await jerry.sms_code()))
