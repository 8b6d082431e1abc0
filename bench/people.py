"""People to put load on: signed up through the gateway like anyone."""

import asyncio
from dataclasses import dataclass

import httpx

PASSWORD = "B3nch-password"


@dataclass(frozen=True)
class Person:
    """Somebody with an account and a session."""

    id: str
    phone: str
    cookie: str

    @property
    def login(self) -> dict[str, str]:
        """The body that logs this person in."""
        return {"region": "86", "phone": self.phone, "password": PASSWORD}


async def sign_up(gateway: str, count: int) -> list[Person]:
    """Sign up so many people, a few at a time."""
    gate = asyncio.Semaphore(8)
    async with httpx.AsyncClient(base_url=gateway, timeout=30) as http:

        async def one(number: int) -> Person:
            async with gate:
                return await _sign_up(http, f"139{number:08d}")

        return list(await asyncio.gather(*map(one, range(count))))


async def _sign_up(http: httpx.AsyncClient, phone: str) -> Person:
    address = {"region": "86", "phone": phone}
    _good(await http.post("/user/send_code", json=address))
    messages: list[dict[str, str]] = []
    while not messages:
        reply = await http.get("/dev/inbox", params={"to": f"+86{phone}"})
        messages = reply.json()["messages"]
    code = messages[0]["code"]
    token = _good(await http.post("/user/verify_code", json={**address, "code": code}))
    body = {"nickname": f"n{phone}", "password": PASSWORD, **token}
    reply = await http.post("/user/register", json=body)
    http.cookies.clear()
    cookie = reply.headers["set-cookie"].partition(";")[0]
    return Person(_good(reply)["id"], phone, cookie)


def _good(reply: httpx.Response) -> dict[str, str]:
    body = reply.json()
    if reply.status_code != 200 or body["code"] != 200:
        raise RuntimeError(f"{reply.request.url}: {reply.text}")
    result: dict[str, str] = body.get("result") or {}
    return result
