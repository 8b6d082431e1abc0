"""People who use the app, as its clients do, and what replies must look like."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.gateway.expect import is_private
from tests.gateway.yunhu import seed_messages
from tests.people import fresh_phone

PASSWORD = "horse 7 staple"
PROTOBUF = "application/x-protobuf"


def fresh_email(phone: str) -> str:
    """Give an e-mail address that nobody else uses."""
    return f"u{phone}@example.com"


@dataclass
class Citizen:
    """Somebody with the app on one device; logged in once there is a token."""

    http: httpx.AsyncClient
    phone: str = field(default_factory=fresh_phone)
    device_id: str = "device-1"
    platform: str = "android"
    token: str = ""
    id: str = ""

    @property
    def e164(self) -> str:
        """The phone number in full."""
        return f"+86{self.phone}"

    @property
    def email(self) -> str:
        """An e-mail address of their own."""
        return fresh_email(self.phone)

    @property
    def headers(self) -> dict[str, str]:
        """What comes with each request."""
        return {"token": self.token} if self.token else {}

    # ------------------------------------------------------------------ JSON and protobuf

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Post JSON, or nothing at all."""
        sent = {"json": body} if body is not None else {}
        return await self.http.post(path, headers=self.headers | headers, **sent)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Get a path."""
        return await self.http.get(path, headers=self.headers | headers)

    async def send(
        self, path: str, content: bytes = b"", kind: str | None = PROTOBUF
    ) -> httpx.Response:
        """Post a protobuf message, announced as anything."""
        headers = self.headers | ({"content-type": kind} if kind else {})
        return await self.http.post(path, content=content, headers=headers)

    async def data(self, path: str, body: Any = None) -> Any:
        """Post JSON, which must work, and give the data of the reply."""
        return data(await self.post(path, body))

    async def done(self, path: str, body: Any = None) -> None:
        """Post JSON, which must work and tell nothing."""
        done(await self.post(path, body))

    # ------------------------------------------------------------------ codes

    async def picture(self) -> dict[str, str]:
        """Get a picture, and solve it as the person would who reads it."""
        found = data(await self.http.post("/v1/user/captcha"))
        answer = await self.http.get("/dev/captcha", params={"id": found["id"]})
        return {"id": found["id"], "code": answer.json()["answer"]}

    async def ask_sms(self) -> httpx.Response:
        """Have a code sent to one's phone."""
        body = {"mobile": self.phone, "platform": self.platform, **await self.picture()}
        return await self.http.post("/v1/verification/get-verification-code", json=body)

    async def ask_email(self, typ: str = "") -> httpx.Response:
        """Have a code sent to one's e-mail address."""
        body = {"email": self.email, "typ": typ, **await self.picture()}
        return await self.http.post("/v1/verification/get-email-verification-code", json=body)

    async def sms_code(self) -> str:
        """Have a code sent to one's phone, and read it."""
        return await self._code(self.e164, self.ask_sms)

    async def email_code(self, typ: str = "") -> str:
        """Have a code sent to one's e-mail address, and read it."""
        return await self._code(self.email, lambda: self.ask_email(typ))

    async def inbox(self, address: str) -> list[dict[str, Any]]:
        """Read the codes that went to an address, newest first."""
        found = (await self.http.get("/dev/inbox", params={"to": address})).json()["messages"]
        return [one for one in found if one["template"] == "verification_code"]

    async def _code(self, address: str, ask: Any) -> str:
        before = len(await self.inbox(address))
        done(await ask())
        return await self.newest_code(address, before + 1)

    async def newest_code(self, address: str, count: int = 1) -> str:
        """Wait until so many codes came to an address, and give the newest."""
        for _ in range(500):
            found = await self.inbox(address)
            if len(found) >= count:
                return str(found[0]["code"])
            await asyncio.sleep(0.02)
        raise AssertionError(f"{address} did not get {count} codes")

    # ------------------------------------------------------------------ accounts

    async def ask_login(self, code: str) -> httpx.Response:
        """Log in with a code."""
        body = {
            "mobile": self.phone,
            "captcha": code,
            "deviceId": self.device_id,
            "platform": self.platform,
        }
        return await self.http.post("/v1/user/verification-login", json=body)

    async def sign_in(self) -> Self:
        """Log in with a code, which makes an account the first time."""
        self.token = data(await self.ask_login(await self.sms_code()))["token"]
        self.id = (await self.info()).data.id
        return self

    async def bind_email(self) -> None:
        """Have an e-mail address."""
        body = {"email": self.email, "captcha": await self.email_code()}
        await self.done("/v1/user/bing-email", body)

    async def set_password(self, password: str = PASSWORD) -> None:
        """Set a password by a code to one's e-mail address; this ends the session."""
        code = await self.email_code("forget_password")
        body = {"email": self.email, "captcha": code, "password": password}
        await self.done("/v1/user/forget-password", body)

    async def email_login(self, password: str = PASSWORD) -> httpx.Response:
        """Log in with a password."""
        body = {
            "email": self.email,
            "password": password,
            "deviceId": self.device_id,
            "platform": self.platform,
        }
        return await self.http.post("/v1/user/email-login", json=body)

    # ------------------------------------------------------------------ people

    async def info(self) -> Any:
        """Read oneself."""
        return message("info", await self.get("/v1/user/info"))

    async def see(self, user_id: str) -> Any:
        """Read anybody."""
        return message("get_user", await self.ask_user(user_id))

    async def ask_user(self, user_id: str) -> httpx.Response:
        """Ask for anybody."""
        body = seed_messages.write("get_user_send", id=user_id)
        return await self.send("/v1/user/get-user", body)

    async def rename(self, name: str) -> httpx.Response:
        """Set one's nickname."""
        body = seed_messages.write("edit_nickname_send", name=name)
        return await self.send("/v1/user/edit-nickname", body)

    async def make_group(self, name: str = "测试群聊", **more: str) -> str:
        """Make a group of oneself."""
        body = seed_messages.write("create_group_send", name=name, **more)
        reply = await self.send("/v1/group/create-group", body)
        return str(message("create_group", reply).group_id)

    async def edit_group(self, group_id: str, **more: Any) -> httpx.Response:
        """Set all that a group shows."""
        body = seed_messages.write("edit_group_send", group_id=group_id, **more)
        return await self.send("/v1/group/edit-group", body)

    async def make_bot(self, name: str = "测试机器人", **more: Any) -> str:
        """Make a bot."""
        body = seed_messages.write("create_bot_send", name=name, **more)
        reply = await self.send("/v1/bot/create-bot", body)
        return str(message("create_bot", reply).data.bot_id)


# ---------------------------------------------------------------------------------- replies


def done(reply: httpx.Response) -> None:
    """It is done, and there is nothing to tell."""
    assert (reply.status_code, reply.json()) == (200, {"code": 1, "msg": "success"}), reply.text
    is_private(reply)


def has_null(value: Any) -> bool:
    """Whether there is a null anywhere in a value."""
    if isinstance(value, dict):
        return any(map(has_null, value.values()))
    return any(map(has_null, value)) if isinstance(value, list) else value is None


def data(reply: httpx.Response) -> Any:
    """It is done, and this is what was asked for; nothing in it is null."""
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert list(body) == ["code", "data", "msg"], reply.text
    assert (body["code"], body["msg"]) == (1, "success")
    assert not has_null(body), reply.text
    is_private(reply)
    return body["data"]


def refused(reply: httpx.Response, code: int = -1, status: int = 200) -> str:
    """It is refused in JSON, with words for people, which are given."""
    assert reply.status_code == status, reply.text
    body = reply.json()
    assert list(body) == ["code", "msg"], reply.text
    assert body["code"] == code, reply.text
    assert any("\u4e00" <= letter <= "\u9fff" for letter in body["msg"]), body["msg"]
    is_private(reply)
    return str(body["msg"])


def not_logged_in(reply: httpx.Response) -> None:
    """It is refused because nobody knows who is asking: in JSON, whatever the endpoint speaks."""
    assert refused(reply, -101) == "未登录"


def message(name: str, reply: httpx.Response) -> Any:
    """It is done, and this is the protobuf reply."""
    assert reply.status_code == 200, reply.content
    is_private(reply, PROTOBUF)
    found = seed_messages.read(name, reply.content)
    assert (found.status.code, found.status.msg) == (1, "success"), found
    assert found.status.number > 0
    return found


def failed(reply: httpx.Response, code: int = -1) -> str:
    """It is refused in protobuf, with words for people, which are given."""
    assert reply.status_code == 200, reply.content
    is_private(reply, PROTOBUF)
    found = seed_messages.read("edit_nickname", reply.content)
    assert found.status.code == code % 2**64, found
    assert any("\u4e00" <= letter <= "\u9fff" for letter in found.status.msg), found
    return str(found.status.msg)
