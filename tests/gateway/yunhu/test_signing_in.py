"""Pictures, codes, logging in and out."""

import asyncio
import base64

import pytest

from tests.gateway.yunhu.together import PASSWORD, data, done, message, not_logged_in, refused


async def test_a_stranger_becomes_somebody(citizens) -> None:
    """A picture, a code to a phone, and the first login makes the account."""
    tom = citizens.stranger()
    picture = await tom.data("/v1/user/captcha")

    kind, _, content = picture["b64s"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
    await tom.sign_in()

    shown = (await tom.info()).data
    assert shown.id.isdigit()
    assert shown.name
    assert (shown.phone, shown.email, shown.coin, shown.is_vip) == (tom.phone, "", 0, 0)
    assert shown.invitation_code


async def test_the_second_login_is_the_same_person(citizens, later) -> None:
    """A phone number names one account, whichever device asks; each device has one session."""
    tom = await citizens.one()
    await later(tom)
    again = await citizens.again(tom, "device-2").sign_in()

    assert (await again.info()).data.id == tom.id
    await later(tom)
    same = await citizens.again(tom, tom.device_id).sign_in()
    not_logged_in(await tom.get("/v1/user/info"))
    for one in (again, same):
        assert (await one.info()).data.id == tom.id


async def test_one_code_at_once(citizens) -> None:
    """Of two first logins with one code at the same moment one is let in, and makes the account."""
    tom = citizens.stranger()
    code = await tom.sms_code()
    replies = await asyncio.gather(*(tom.ask_login(code) for _ in range(2)))

    assert sorted(reply.json()["code"] for reply in replies) == [-1, 1]


@pytest.mark.parametrize("body", [{}, None])
async def test_a_picture_is_given_to_any_body(citizens, body) -> None:
    """Clients ask for a picture with an empty object or with nothing."""
    assert set(await citizens.stranger().data("/v1/user/captcha", body)) == {"b64s", "id"}


async def test_each_code_needs_a_picture_of_its_own(citizens) -> None:
    """A picture is good for one try: solved wrong or used, it opens nothing any more."""
    tom = citizens.stranger()
    solved = await tom.picture()
    path = "/v1/verification/get-verification-code"

    refused(await tom.post(path, {"mobile": tom.phone, **solved, "code": "?"}))
    refused(await tom.post(path, {"mobile": tom.phone, **solved}))
    refused(await tom.post(path, {"mobile": tom.phone, "id": "nothing", "code": ""}))
    done(await tom.post(path, {"mobile": tom.phone, **await tom.picture()}))
    assert "频繁" in refused(await tom.ask_sms())
    assert len(await tom.inbox(tom.e164)) == 1


async def test_a_code_is_good_once_and_five_minutes(citizens, later) -> None:
    """A wrong code, an old one and a used one let nobody in."""
    tom = citizens.stranger()
    code = await tom.sms_code()

    assert refused(await tom.ask_login(f"{(int(code) + 1) % 10**6:06d}")) == "验证码错误"
    data(await tom.ask_login(code))
    refused(await tom.ask_login(code))
    await later(tom)
    code = await tom.sms_code()
    await later(tom, 300)
    assert "过期" in refused(await tom.ask_login(code))


async def test_guesses_of_strangers_burn_no_code(citizens, later) -> None:
    """Somebody shows five wrong codes: the owner logs in where they were before, and only there."""
    tom = await citizens.one()
    await later(tom)
    stranger = citizens.again(tom, "device-2")
    code = await tom.sms_code()
    for n in range(1, 6):
        refused(await stranger.ask_login(f"{(int(code) + n) % 10**6:06d}"))

    refused(await stranger.ask_login(code))
    assert data(await tom.ask_login(code))["token"]


async def test_a_mailbox_that_nobody_has_is_answered_alike(citizens) -> None:
    """Whether an e-mail address belongs to somebody is not told when a code is asked for."""
    done(await citizens.stranger().ask_email("forget_password"))


async def test_passwords(citizens, later) -> None:
    """E-mail address bound, password set by a code: then both log in; sessions before end."""
    tom = await citizens.one()
    await tom.bind_email()
    assert (await tom.info()).data.email == tom.email
    refused(await tom.email_login())

    await tom.set_password()
    not_logged_in(await tom.get("/v1/user/info"))
    tom.token = data(await tom.email_login())["token"]
    assert (await tom.info()).data.id == tom.id
    wrong = refused(await tom.email_login("something else"))
    assert wrong == refused(await citizens.stranger().email_login())


async def test_a_code_for_a_password_is_for_nothing_else(citizens) -> None:
    """A code with which an address could be bound sets no password, and the other way round."""
    tom = await citizens.one()
    code = await tom.email_code()
    body = {"email": tom.email, "captcha": code, "password": PASSWORD}
    refused(await tom.post("/v1/user/forget-password", body))

    other = await citizens.one()
    code = await other.email_code("forget_password")
    refused(await other.post("/v1/user/bing-email", {"email": other.email, "captcha": code}))


async def test_passwords_that_are_none(citizens) -> None:
    """A password has 6 characters and is none of those that all try first; the code stays good."""
    tom = await citizens.one()
    await tom.bind_email()
    code = await tom.email_code("forget_password")

    body = {"email": tom.email, "captcha": code}
    for password in ("", "12345", "123456", "password"):
        refused(await tom.post("/v1/user/forget-password", body | {"password": password}))
    assert (await tom.info()).data.id == tom.id
    await tom.done("/v1/user/forget-password", body | {"password": PASSWORD})


@pytest.mark.parametrize(
    "body",
    [
        {"device-id": "device-1"},
        {"deviceId": "x"},
        {"device-id": 7},
        {"device-id": None},
        [],
        {},
        None,
    ],
)
async def test_logging_out(citizens, body) -> None:
    """The token is over, whatever the device is called, and whatever comes in its place."""
    tom = await citizens.one()

    await tom.done("/v1/user/logout", body)
    not_logged_in(await tom.get("/v1/user/info"))


async def test_devices(citizens, later) -> None:
    """Devices are listed by what they gave at login, and each can be logged out from another."""
    phone = await citizens.one(device_id="phone", platform="android")
    await later(phone)
    web = await citizens.again(phone, "web").sign_in()
    rows = message("clients", await web.get("/v1/user/clients")).devices
    assert {(one.device_id, one.platform, one.user_id) for one in rows} == {
        ("phone", "android", phone.id),
        ("web", "android", phone.id),
    }
    assert all(one.login_timestamp > 10**9 for one in rows)
    await web.done("/v1/user/device-offline", {"deviceId": "phone"})

    not_logged_in(await phone.get("/v1/user/info"))
    refused(await web.post("/v1/user/device-offline", {"deviceId": "phone"}))
    assert (await web.info()).data.id == phone.id
