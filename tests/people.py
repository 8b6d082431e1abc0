"""People who use the product through a dialect, as its clients do."""

import asyncio
import itertools
import random
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.clients import Clients

PASSWORD = "P@ssw0rd"
_numbers = itertools.count(random.randrange(10**7))


def fresh_phone() -> str:
    """Give a Chinese mobile number that no other test of this run uses."""
    return f"13{next(_numbers) % 10**9:09d}"


def another(code: str) -> str:
    """Give a code that is not this one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


@dataclass
class Person:
    """Somebody with a client of their own (address, cookie jar), and an account once signed up."""

    http: httpx.AsyncClient
    phone: str = field(default_factory=fresh_phone)
    password: str = PASSWORD
    nickname: str = "Tom"
    id: str = ""

    @property
    def e164(self) -> str:
        """The phone number in full."""
        return f"+86{self.phone}"

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        """Post JSON, or nothing."""
        if body is None:
            return await self.http.post(path)
        return await self.http.post(path, json=body)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Get a path."""
        return await self.http.get(path, params=query or None)

    async def messages(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait until this person has so many codes, and read the messages, newest first."""
        for _ in range(500):
            reply = await self.http.get("/dev/inbox", params={"to": self.e164})
            found = [one for one in reply.json()["messages"] if one["code"]]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.e164} did not get {count} messages")

    async def send_code(self) -> httpx.Response:
        """Have a code sent to one's phone."""
        return await self.post("/user/send_code", {"region": "86", "phone": self.phone})

    async def code(self) -> str:
        """Have a code sent, and read it."""
        before = await self.messages(0)
        assert (await self.send_code()).json() == {"code": 200}
        code: str = (await self.messages(len(before) + 1))[0]["code"]
        return code

    async def verify(self, code: str) -> httpx.Response:
        """Show a code."""
        body = {"region": "86", "phone": self.phone, "code": code}
        return await self.post("/user/verify_code", body)

    async def verification_token(self) -> str:
        """Have a code sent, read it, and exchange it."""
        reply = (await self.verify(await self.code())).json()
        token: str = reply["result"]["verification_token"]
        return token

    async def register(self, token: str, **changes: Any) -> httpx.Response:
        """Register through sealtalk, with other values than this person's where given."""
        body = {
            "nickname": self.nickname,
            "password": self.password,
            "verification_token": token,
        }
        return await self.post("/user/register", body | changes)

    async def sign_up(self) -> Self:
        """Register through sealtalk, which logs in as well."""
        reply = await self.register(await self.verification_token())
        assert reply.status_code == 200, reply.text
        self.id = reply.json()["result"]["id"]
        return self

    async def log_in(self, password: str | None = None) -> httpx.Response:
        """Log in through sealtalk."""
        body = {"region": "86", "phone": self.phone, "password": password or self.password}
        return await self.post("/user/login", body)


class People(Clients):
    """Makes people with clients of their own."""

    def stranger(self, **traits: Any) -> Person:
        """Give somebody without an account."""
        return Person(self.client(), **traits)

    async def one(self, **traits: Any) -> Person:
        """Give somebody who signed up and is logged in."""
        return await self.stranger(**traits).sign_up()

    def again(self, person: Person) -> Person:
        """Give the same person with another device, not logged in there."""
        other = self.stranger(
            phone=person.phone, password=person.password, nickname=person.nickname
        )
        other.id = person.id
        return other
