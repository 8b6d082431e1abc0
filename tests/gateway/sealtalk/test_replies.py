"""Every shape of reply, compared with a stored one to the byte."""

import re
import uuid
from pathlib import Path

import pytest

from tests.gateway.replies import SEALED, Replies
from tests.people import another

FOLDER = Path(__file__).parent / "replies"
# What differs from run to run, and what stands for it.
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
HEX = re.compile(r"\b[0-9a-f]{32}\b")


@pytest.fixture
def replies(suite) -> Replies:
    """Replies of this suite."""
    one = Replies(FOLDER, (UUID, "<uuid>"), SEALED, (HEX, "<hex>"))
    one.known(gateway=suite.urls["gateway"], host=suite.urls["gateway"].partition("://")[2])
    return one


async def test_codes_and_accounts(people, replies, hours) -> None:
    """From the first code to the logout, replies are as stored."""
    tom = people.stranger()
    phone = {"region": "86", "phone": tom.phone}
    replies.known(phone=tom.phone)
    replies.check("send_code", await tom.send_code())
    replies.check("send_code.too_often", await tom.send_code())
    code = (await tom.messages())[0]["code"]
    replies.check("verify_code.wrong", await tom.verify(another(code)))
    verified = await tom.verify(code)
    replies.check("verify_code", verified)
    replies.check("check_phone.free", await tom.post("/user/check_phone_available", phone))
    token = verified.json()["result"]["verification_token"]
    replies.check("register.bad", await tom.register(token, nickname="x" * 33))
    replies.check("register.unknown_token", await tom.register(str(uuid.uuid4())))
    registered = await tom.register(token)
    tom.id = registered.json()["result"]["id"]
    replies.known(id=tom.id)
    replies.check("register", registered)
    replies.check("check_phone.taken", await tom.post("/user/check_phone_available", phone))
    await hours.passed(tom.e164, 60)
    token = await tom.verification_token()
    replies.check("register.taken", await tom.register(token))
    replies.check("login", await tom.log_in())
    replies.check("login.wrong", await people.again(tom).log_in("not-it-at-all"))
    replies.check("logout", await tom.post("/user/logout"))
    replies.check("not_logged_in", await tom.post("/user/logout"))


async def test_an_old_code(people, replies, hours) -> None:
    """The reply to a code that is too old is as stored."""
    tom = people.stranger()
    code = await tom.code()
    await hours.passed(tom.e164, 120)

    replies.check("verify_code.expired", await tom.verify(code))


async def test_logging_in_by_code(people, replies, hours) -> None:
    """Replies to who shows a code in the place of a password are as stored."""
    tom = people.stranger()
    code = await tom.code()
    path, body = "/user/verify_code_register", {"region": "86", "phone": tom.phone}
    wrong = another(code)
    replies.check("verify_code_register.wrong", await tom.post(path, {**body, "code": wrong}))
    entered = await tom.post(path, {**body, "code": code})
    result = entered.json()["result"]
    replies.known(id=result["id"], name=result["nickName"])
    replies.check("verify_code_register", entered)
    await hours.passed(tom.e164, 60)
    code = await tom.code()
    await hours.passed(tom.e164, 120)
    late = await tom.post(path, {**body, "code": code})
    replies.check("verify_code_register.expired", late)


async def test_passwords(people, replies, hours) -> None:
    """Replies about passwords are as stored."""
    tom = await people.one()
    change = {"oldPassword": "not-it-at-all", "newPassword": "N3wP@ss"}
    replies.check("change_password.wrong", await tom.post("/user/change_password", change))
    change["oldPassword"] = tom.password
    replies.check("change_password", await tom.post("/user/change_password", change))
    reset = {"password": "123456", "verification_token": str(uuid.uuid4())}
    replies.check("reset_password.unknown", await tom.post("/user/reset_password", reset))
    await hours.passed(tom.e164, 60)
    reset["verification_token"] = await tom.verification_token()
    replies.check("reset_password.weak", await tom.post("/user/reset_password", reset))
    reset["password"] = "0therP@ss"
    replies.check("reset_password", await tom.post("/user/reset_password", reset))


async def test_profiles(people, replies) -> None:
    """Replies about profiles are as stored."""
    tom, nobody = await people.one(nickname="汤姆"), people.stranger()
    replies.known(id=tom.id, phone=tom.phone, other=nobody.phone)
    replies.check("set_nickname", await tom.post("/user/set_nickname", {"nickname": "汤姆 <b>"}))
    portrait = {"portraitUri": "http://test.com/user/abc123.jpg"}
    replies.check("set_portrait_uri", await tom.post("/user/set_portrait_uri", portrait))
    portrait["portraitUri"] = "no"
    replies.check("set_portrait_uri.bad", await tom.post("/user/set_portrait_uri", portrait))
    replies.check("user", await tom.get(f"/user/{tom.id}"))
    replies.check("user.nobody", await tom.get("/user/nobody"))
    replies.check("find", await tom.get(f"/user/find/86/{tom.phone}"))
    replies.check("find.nobody", await tom.get(f"/user/find/86/{nobody.phone}"))
    replies.check("find.bad", await tom.get("/user/find/86/123"))
    replies.check("batch", await tom.get("/user/batch", id=[tom.id, "nobody"]))


async def test_tokens_and_pictures(people, replies) -> None:
    """Replies about tokens and captchas are as stored."""
    tom = await people.one()
    replies.known(id=tom.id)
    replies.check("get_token", await tom.get("/user/get_token"))
    replies.check("get_image_token", await tom.get("/user/get_image_token"))
    replies.check("get_sms_img_code", await tom.get("/user/get_sms_img_code"))


async def test_refusals(people, replies) -> None:
    """What is refused before anything is done, is so in stored words."""
    tom = await people.one()
    replies.check("not_found", await tom.get("/user/a/b"))
    replies.check("wrong_method", await tom.get("/user/login"))
    replies.check("not_json", await tom.http.post("/user/login", data={"phone": "1"}))
    replies.check("unreadable", await tom.post("/user/login", {"phone": 1.5}))
    headers = {"origin": "https://evil.example.com"}
    replies.check("foreign_origin", await tom.http.post("/user/logout", headers=headers))
    body = {"nickname": "x" * 2**20}
    replies.check("too_large", await tom.post("/user/set_nickname", body))


def test_every_stored_reply_is_compared() -> None:
    """A stored reply that no test asks for is a mistake."""
    asked = set(re.findall(r'replies\.check\(\s*"([a-z_.]+)"', Path(__file__).read_text()))

    assert {file.stem for file in FOLDER.glob("*.json")} == asked
