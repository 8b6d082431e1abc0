"""What people do with each other, as their clients ask for it, and what must be there after."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.gateway.sealtalk import expect
from tests.people import People, Person

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
"""As clients read it (reference 2.11)."""

BAD_IDS: list[Any] = ["", None, 7, "x", "nobody00", "a-b", "\x00", "好" * 8, "x" * 2000, [], {}]
"""What names nobody and nothing, in a body."""


def user_of(person: Person) -> dict[str, str]:
    """How a person is shown."""
    return {"id": person.id, "nickname": person.nickname, "portraitUri": ""}


def user_with_phone(person: Person, *, shown: bool) -> dict[str, str]:
    """How a person is shown in friendships."""
    phone = {"region": "86", "phone": person.phone} if shown else {"region": "", "phone": ""}
    return {"id": person.id, "nickname": person.nickname, **phone, "portraitUri": ""}


async def several(people: People, *nicknames: str) -> list[Person]:
    """People who signed up, all at once."""
    return list(await asyncio.gather(*(people.one(nickname=name) for name in nicknames)))


def moment(text: str) -> str:
    """Check how a moment is written, and give it back."""
    assert MOMENT.fullmatch(text), text
    return text


# ------------------------------------------------------------------ friendships and blacklists


async def ask_friend(person: Person, what: str, other: str, **more: Any) -> httpx.Response:
    """Post to `/friendship/…` about somebody."""
    return await person.post(f"/friendship/{what}", {"friendId": other, **more})


async def invite(person: Person, other: Person, message: str = "It is me") -> str:
    """Ask somebody to be friends, and tell what came of it."""
    result = expect.result(await ask_friend(person, "invite", other.id, message=message))
    assert list(result) == ["action"]
    return str(result["action"])


async def do(person: Person, what: str, other: Person) -> None:
    """Agree, ignore or delete, which must work."""
    expect.done(await ask_friend(person, what, other.id))


async def befriend(person: Person, other: Person) -> None:
    """Make two people friends."""
    assert await invite(person, other) == "Sent"
    await do(other, "agree", person)


async def friendships(person: Person) -> dict[str, dict[str, Any]]:
    """Everybody in a person's list, by id."""
    rows = expect.result(await person.get("/friendship/all"))
    for row in rows:
        assert list(row) == ["displayName", "message", "status", "updatedAt", "user"]
        assert list(row["user"]) == ["id", "nickname", "region", "phone", "portraitUri"]
        moment(row["updatedAt"])
    return {row["user"]["id"]: row for row in rows}


async def status(person: Person, other: Person) -> int | None:
    """How a person stands to another."""
    row = (await friendships(person)).get(other.id)
    return row["status"] if row else None


async def statuses(person: Person, other: Person) -> tuple[int | None, int | None]:
    """How two people stand to each other."""
    return await status(person, other), await status(other, person)


async def profile(person: Person, other: Person) -> httpx.Response:
    """Ask for a friend's profile."""
    return await person.get(f"/friendship/{other.id}/profile")


async def block(person: Person, other: Person) -> None:
    """Put somebody on one's blacklist."""
    expect.done(await person.post("/user/add_to_blacklist", {"friendId": other.id}))


async def unblock(person: Person, other: Person) -> None:
    """Take somebody off one's blacklist."""
    expect.done(await person.post("/user/remove_from_blacklist", {"friendId": other.id}))


async def blacklist(person: Person) -> dict[str, dict[str, Any]]:
    """Everybody on a person's blacklist, by id."""
    rows = expect.result(await person.get("/user/blacklist"))
    return {row["id"]: row for row in rows}


# ------------------------------------------------------------------ groups


async def make_group(creator: Person, *others: Person, name: str = "Team 1") -> str:
    """Make a group, and give its id."""
    members = [person.id for person in (creator, *others)]
    body = {"name": name, "memberIds": members}
    result = expect.result(await creator.post("/group/create", body))
    assert list(result) == ["id"]
    return str(result["id"])


async def ask_group(person: Person, what: str, group: str, **more: Any) -> httpx.Response:
    """Post to `/group/…` about a group."""
    return await person.post(f"/group/{what}", {"groupId": group, **more})


async def members(person: Person, group: str) -> dict[str, dict[str, Any]]:
    """Everybody in a group, by id."""
    rows = expect.result(await person.get(f"/group/{group}/members"))
    for row in rows:
        assert list(row) == ["displayName", "role", "createdAt", "updatedAt", "user"]
        assert moment(row["createdAt"]) <= moment(row["updatedAt"])
    return {row["user"]["id"]: row for row in rows}


async def roles(person: Person, group: str) -> dict[str, int]:
    """What everybody in a group may do, by id."""
    return {one: row["role"] for one, row in (await members(person, group)).items()}


async def shown_group(person: Person, group: str) -> dict[str, Any]:
    """A group as it is shown."""
    found: dict[str, Any] = expect.result(await person.get(f"/group/{group}"))
    assert list(found) == [
        "id",
        "name",
        "portraitUri",
        "memberCount",
        "maxMemberCount",
        "creatorId",
        "bulletin",
        "deletedAt",
    ]
    return found


async def groups(person: Person) -> dict[str, dict[str, Any]]:
    """The groups that a person is in, by id."""
    rows = expect.result(await person.get("/user/groups"))
    return {row["id"]: row for row in rows}


# ------------------------------------------------------------------ syncing

SECTIONS = {
    "blacklist": ["friendId", "status", "timestamp", "user"],
    "friends": ["friendId", "displayName", "status", "timestamp", "user"],
    "groups": ["groupId", "displayName", "role", "isDeleted", "group"],
    "group_members": [
        "groupId",
        "memberId",
        "displayName",
        "role",
        "isDeleted",
        "timestamp",
        "user",
    ],
}


@dataclass
class Device:
    """A client that keeps one number and syncs with it."""

    person: Person
    version: int = 0

    async def sync(self, since: int | None = None) -> dict[str, Any]:
        """Sync, check the form of what came, and keep its version."""
        asked = self.version if since is None else since
        found = expect.result(await self.person.get(f"/user/sync/{asked}"))
        check_form(found, asked)
        self.version = found["version"]
        return dict(found)

    async def news(self) -> dict[str, Any]:
        """Sync, and give the sections in which something changed."""
        found = await self.sync()
        return {name: rows for name, rows in found.items() if rows and name != "version"}


async def devices(*everybody: Person) -> list[Device]:
    """A client for each of these people, which has synced with all there is.

    Each of them has seen a change before: whoever has not is at version 0, which asks for all.
    """

    async def device(person: Person, other: Person) -> Device:
        await block(person, other)
        await unblock(person, other)
        one = Device(person)
        await one.sync()
        assert one.version > 0
        return one

    others = (*everybody[1:], everybody[0])
    return list(await asyncio.gather(*map(device, everybody, others)))


def check_form(found: dict[str, Any], asked: int) -> None:
    """The five sections are there, to the last key; no timestamp is beyond the version."""
    assert list(found) == ["version", "user", *SECTIONS]
    stamps = []
    if found["user"] is not None:
        assert list(found["user"]) == ["id", "nickname", "portraitUri", "timestamp"]
        stamps.append(found["user"]["timestamp"])
    for section, keys in SECTIONS.items():
        for row in found[section]:
            assert list(row) == keys
            stamps.append(row["timestamp"] if "timestamp" in row else row["group"]["timestamp"])
            if "user" in row:
                assert list(row["user"]) == ["id", "nickname", "portraitUri"]
                assert row["user"]["id"] == row.get("friendId", row.get("memberId"))
            else:
                assert list(row["group"]) == ["id", "name", "portraitUri", "timestamp"]
                assert row["group"]["id"] == row["groupId"]
    assert all(type(stamp) is int and 0 <= stamp <= found["version"] for stamp in stamps)
    assert type(found["version"]) is int
    is_whole = asked <= 0 or asked > found["version"]
    assert is_whole or all(stamp > asked for stamp in stamps)


def friend(other: Person, status: int, name: str = "") -> dict[str, Any]:
    """A row of section `friends`, without its timestamp."""
    return {"friendId": other.id, "displayName": name, "status": status, "user": user_of(other)}


def listed(other: Person, status: bool) -> dict[str, Any]:
    """A row of section `blacklist`, without its timestamp."""
    return {"friendId": other.id, "status": status, "user": user_of(other)}


def group_row(group: str, role: int, name: str = "Team 1", portrait: str = "") -> dict[str, Any]:
    """A row of section `groups`, without its timestamp."""
    shown = {"id": group, "name": name, "portraitUri": portrait}
    return {
        "groupId": group,
        "displayName": "",
        "role": role,
        "isDeleted": False,
        "group": shown,
    }


def member(group: str, person: Person, role: int, name: str = "") -> dict[str, Any]:
    """A row of section `group_members`, without its timestamp."""
    return {
        "groupId": group,
        "memberId": person.id,
        "displayName": name,
        "role": role,
        "isDeleted": False,
        "user": user_of(person),
    }


async def news(device: Device) -> dict[str, Any]:
    """What changed, without timestamps, in an order of our own."""
    found = await device.news()
    for section, rows in found.items():
        for row in [rows] if section == "user" else rows:
            (row["group"] if section == "groups" else row).pop("timestamp")
        if section != "user":
            found[section] = by_id(*rows)
    return found


def by_id(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows in the order in which `news` has them."""
    return sorted(rows, key=lambda row: str([v for k, v in row.items() if k.endswith("Id")]))


@dataclass
class Tables:
    """What a client keeps: rows come, and go when a tombstone does (reference 4.1)."""

    device: Device

    def __post_init__(self) -> None:
        self.user: dict[str, Any] = {}
        self.blacklist: set[str] = set()
        self.friends: dict[str, tuple[str, int, str]] = {}
        self.groups: dict[str, tuple[str, int, str]] = {}
        self.members: dict[tuple[str, str], tuple[str, int, str]] = {}

    async def catch_up(self) -> "Tables":
        """Sync and apply what came."""
        found = await self.device.sync()
        if found["user"]:
            self.user = {key: found["user"][key] for key in ("id", "nickname", "portraitUri")}
        for row in found["blacklist"]:
            (self.blacklist.add if row["status"] else self.blacklist.discard)(row["friendId"])
        for row in found["friends"]:
            self._friend(row)
        for row in found["groups"]:
            self._group(row)
        for row in found["group_members"]:
            key = (row["groupId"], row["memberId"])
            self.members.pop(key, None)
            if not row["isDeleted"]:
                self.members[key] = (row["displayName"], row["role"], row["user"]["nickname"])
        return self

    def _friend(self, row: dict[str, Any]) -> None:
        self.friends.pop(row["friendId"], None)
        if row["status"] != 30:
            what = (row["displayName"], row["status"], row["user"]["nickname"])
            self.friends[row["friendId"]] = what

    def _group(self, row: dict[str, Any]) -> None:
        self.groups.pop(row["groupId"], None)
        if row["isDeleted"]:
            self.members = {k: v for k, v in self.members.items() if k[0] != row["groupId"]}
        else:
            what = (row["displayName"], row["role"], row["group"]["name"])
            self.groups[row["groupId"]] = what

    def content(self) -> tuple[Any, ...]:
        """Everything that is kept."""
        return self.user, self.blacklist, self.friends, self.groups, self.members
