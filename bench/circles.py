"""People with few and with many friends, to sync."""

from datetime import UTC, datetime
from typing import Any

import httpx
from pymongo import AsyncMongoClient

from bench.people import Person

FIRST_FRIEND = 10**9
"""Ids far from those that are handed out."""


async def befriend(mongo_url: str, person: Person, count: int) -> None:
    """Give somebody friends, by rows as the social service writes them."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url)
    account = await client["userhub_auth"]["accounts"].find_one({"phone": f"+86{person.phone}"})
    assert account
    me, now = account["_id"], datetime.now(UTC)
    pairs = [(me, FIRST_FRIEND + n) for n in range(count)]
    rows = [
        {
            "_id": {"o": owner, "t": target},
            "owner": owner,
            "target": target,
            "status": 20,
            "display_name": "",
            "message": "",
            "updated_at": now,
        }
        for a, b in pairs
        for owner, target in ((a, b), (b, a))
    ]
    await client["userhub_social"]["friendships"].insert_many(rows)
    await client.close()


async def one_change(gateway: str, person: Person) -> int:
    """Change one thing that the person sees; gives the version of just before."""
    headers = {"cookie": person.cookie}
    async with httpx.AsyncClient(base_url=gateway, headers=headers, timeout=60) as http:
        version = 0
        for name in ("a", "b"):
            everything = (await http.get("/user/sync/0")).json()["result"]
            version = int(everything["version"])
            body = {"friendId": everything["friends"][0]["friendId"], "displayName": name}
            reply = await http.post("/friendship/set_display_name", json=body)
            assert reply.json() == {"code": 200}, reply.text
        return version
