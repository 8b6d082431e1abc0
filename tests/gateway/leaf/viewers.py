"""People at the video site, who act as its web client does."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.clients import Clients
from tests.gateway.expect import is_private

PASSWORD = "P@ssw0rd"
ENVELOPE = {"code", "data", "msg"}


def fresh_email() -> str:
    """Give an address that nobody else uses."""
    return f"viewer.{secrets.token_hex(6)}@example.com"


def said(reply: httpx.Response) -> tuple[int, Any]:
    """Give code and words of a reply, which must be this dialect's and mean no fault."""
    assert reply.status_code == 200, (reply.status_code, reply.text)
    body = reply.json()
    assert set(body) == ENVELOPE, body
    is_private(reply)
    if body["code"] != 200:
        assert body["data"] is None
    return body["code"], body["msg"]


def refused(reply: httpx.Response, code: int, words: str | None = None) -> None:
    """It is refused with this code, in these words."""
    assert said(reply)[0] == code, reply.text
    assert words in (None, said(reply)[1])


def data(reply: httpx.Response) -> Any:
    """It is done: give what came of it."""
    assert said(reply) == (200, "ok"), reply.text
    return reply.json()["data"]


def done(reply: httpx.Response) -> None:
    """It is done, and there is nothing to tell."""
    assert data(reply) is None


@dataclass
class Viewer:
    """Somebody with a browser of their own, and an account once signed up."""

    http: httpx.AsyncClient
    email: str = field(default_factory=fresh_email)
    password: str = PASSWORD
    uid: int = 0
    token: str = ""
    access_token: str = ""
    refresh_token: str = ""

    async def get(self, path: str, token: str | None = None, **query: Any) -> httpx.Response:
        """Get a path below `/api/v1`, with one's token if there is one."""
        url = f"/api/v1/{path}"
        return await self.http.get(url, params=query or None, headers=self._headers(token))

    async def post(self, path: str, token: str | None = None, **body: Any) -> httpx.Response:
        """Post JSON to a path below `/api/v1`, with one's token if there is one."""
        return await self.http.post(f"/api/v1/{path}", json=body, headers=self._headers(token))

    def _headers(self, token: str | None) -> dict[str, str]:
        token = self.token if token is None else token
        return {"authorization": token} if token else {}

    async def answer(self) -> int:
        """Look at the puzzle, as a person would."""
        reply = await self.http.get("/dev/captcha", params={"email": self.email})
        return int(reply.json()["answer"])

    async def pass_check(self) -> None:
        """Solve a slider for one's address."""
        data(await self.get("captcha/get", email=self.email))
        done(await self.post("captcha/validate", email=self.email, x=await self.answer()))

    async def inbox(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many messages are there, and read them, newest first."""
        for _ in range(500):
            reply = await self.http.get("/dev/inbox", params={"to": self.email})
            found: list[dict[str, Any]] = reply.json()["messages"]
            codes = [one for one in found if one["template"] == "verification_code"]
            if len(codes) >= count:
                return codes
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.email} did not get {count} messages")

    async def code(self) -> str:
        """Have a code sent, at the price of a slider, and read it."""
        before = len(await self.inbox(0))
        await self.pass_check()
        done(await self.post("user/code/email", email=self.email))
        code: str = (await self.inbox(before + 1))[0]["code"]
        return code

    async def register(self, **changes: Any) -> httpx.Response:
        """Register, with other values than one's own where given."""
        body = {"email": self.email, "password": self.password}
        if "code" not in changes:
            body["code"] = await self.code()
        return await self.post("user/register", **(body | changes))

    async def log_in(self, **changes: Any) -> httpx.Response:
        """Log in with a password."""
        body = {"email": self.email, "password": self.password}
        return await self.post("user/login", **(body | changes))

    def keep(self, reply: httpx.Response) -> None:
        """Keep the tokens of a login."""
        tokens = data(reply)
        self.token = tokens["token"]
        self.access_token = tokens["access_token"]
        self.refresh_token = tokens["refresh_token"]

    async def sign_up(self) -> Self:
        """Register and log in."""
        done(await self.register())
        self.keep(await self.log_in())
        self.uid = (await self.info())["uid"]
        return self

    async def info(self) -> Any:
        """Read what one is shown of oneself."""
        return data(await self.get("user/info/get"))["user_info"]

    async def upload(self, picture: bytes, name: str = "a.png") -> httpx.Response:
        """Upload a picture."""
        return await self.http.post(
            "/api/v1/upload/image",
            files={"image": (name, picture, "image/png")},
            headers=self._headers(None),
        )


class Viewers(Clients):
    """Makes people with browsers of their own."""

    def stranger(self, **traits: Any) -> Viewer:
        """Give somebody without an account."""
        return Viewer(self.client(), **traits)

    async def one(self, **traits: Any) -> Viewer:
        """Give somebody who signed up and is logged in."""
        return await self.stranger(**traits).sign_up()

    def again(self, viewer: Viewer) -> Viewer:
        """Give the same person with another browser, not logged in there."""
        return self.stranger(email=viewer.email, password=viewer.password, uid=viewer.uid)
