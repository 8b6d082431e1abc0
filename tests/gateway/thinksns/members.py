"""People who use the product through thinksns, as its clients do."""

import asyncio
import itertools
import random
import string
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.people import PASSWORD, fresh_phone

API = "/api/v2"
_numbers = itertools.count(random.randrange(10**6))


def fresh_name() -> str:
    """Give a user name that nobody else has: 11 ASCII characters."""
    number = next(_numbers)
    tail = "".join(random.choices(string.ascii_lowercase, k=4))
    return f"u{number % 10**6:06d}{tail}"


@dataclass
class Member:
    """Somebody with a client of their own, and a token once signed up."""

    http: httpx.AsyncClient
    phone: str = field(default_factory=fresh_phone)
    name: str = field(default_factory=fresh_name)
    password: str | None = PASSWORD
    token: str = ""
    id: int = 0

    @property
    def e164(self) -> str:
        """The phone number in full."""
        return f"+86{self.phone}"

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **query: Any
    ) -> httpx.Response:
        """Send a request below `/api/v2`, with the token that one has."""
        token = self.token if token is None else token
        return await self.http.request(
            method,
            API + path,
            json=body,
            params=query or None,
            headers={"authorization": f"Bearer {token}"} if token else {},
        )

    async def get(self, path: str, **query: Any) -> Any:
        """Get something that must be there."""
        reply = await self.ask("GET", path, **query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def code(self, path: str = "/verifycodes/register", to: str | None = None) -> str:
        """Have a code sent, to one's phone unless another address is given, and read it."""
        body = {"email": to} if to else {"phone": self.phone}
        address = to or self.e164
        before = await self._inbox(address)
        reply = await self.ask("POST", path, body, token="")
        assert (reply.status_code, reply.json()) == (202, {"message": ["获取成功"]}), reply.text
        found = await self._inbox(address, len(before) + 1)
        return str(found[0]["code"])

    async def _inbox(self, address: str, count: int = 0) -> list[dict[str, Any]]:
        for _ in range(500):
            reply = await self.http.get("/dev/inbox", params={"to": address})
            found = [one for one in reply.json()["messages"] if one["code"]]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"{address} did not get {count} messages")

    async def register(self, code: str, **changes: Any) -> httpx.Response:
        """Register, with other values than this person's where given."""
        body = {
            "name": self.name,
            "phone": self.phone,
            "verifiable_type": "sms",
            "verifiable_code": code,
            "password": self.password,
        }
        return await self.ask("POST", "/users", body | changes, token="")

    async def sign_up(self) -> "Member":
        """Register, which logs in as well."""
        reply = await self.register(await self.code())
        assert reply.status_code == 201, reply.text
        self.token = reply.json()["token"]
        self.id = (await self.get("/user"))["id"]
        return self

    async def log_in(self, login: str | None = None, **body: Any) -> httpx.Response:
        """Log in by phone and password unless something else is given."""
        given = {"login": login or self.phone, **(body or {"password": self.password})}
        return await self.ask("POST", "/auth/login", given, token="")
