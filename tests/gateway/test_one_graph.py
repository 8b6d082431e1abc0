"""One person in all dialects: what somebody does to others through one is there in the others."""

import asyncio
from dataclasses import dataclass
from typing import Any, Self

import pytest

from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.together import (
    ask_group,
    befriend,
    block,
    friendships,
    groups,
    unblock,
)
from tests.gateway.thinksns.members import Member
from tests.gateway.yunhu import seed_messages
from tests.gateway.yunhu.together import Citizen
from tests.people import People, Person


@dataclass
class Everywhere:
    """Somebody who is logged in through three dialects; leaf tells anybody of follows."""

    sealtalk: Person
    thinksns: Member
    yunhu: Citizen

    @classmethod
    async def sign_up(cls, people: People) -> Self:
        """Sign up through sealtalk, and log in through the others with the same phone."""
        one = await people.one()
        member = Member(people.stranger().http, phone=one.phone, password=one.password)
        member.token = (await member.log_in()).json()["access_token"]
        member.id = (await member.get("/user"))["id"]
        citizen = await Citizen(people.stranger().http, phone=one.phone).sign_in()
        assert citizen.id == str(member.id)
        return cls(one, member, citizen)

    async def follow(self, other: Self) -> int:
        """Follow somebody through thinksns; gives the status of the reply."""
        path = f"/user/followings/{other.thinksns.id}"
        return (await self.thinksns.ask("PUT", path)).status_code

    async def counts(self) -> tuple[int, int]:
        """How many they follow, and how many follow them, through leaf."""
        query = {"uid": self.thinksns.id}
        reply = await self.sealtalk.http.get("/api/v1/follow/count", params=query)
        told = reply.json()["data"]
        return told["following"], told["followers"]

    async def blocks(self, other: Self) -> bool:
        """Whether they have blocked somebody, through yunhu."""
        seen = await self.yunhu.ask_user(other.yunhu.id)
        mine = seed_messages.read("get_user", seen.content).data
        return bool(seed_messages.read("mine", mine.SerializeToString()).is_blocked)


@pytest.fixture
async def two(people) -> list[Everywhere]:
    """Tom and Jerry, who have nothing to do with each other yet."""
    return list(await asyncio.gather(*(Everywhere.sign_up(people) for _ in range(2))))


async def test_follows_and_blocks_are_the_same_everywhere(two) -> None:
    """A follow through one dialect counts in another, and a block through a third ends it."""
    tom, jerry = two
    assert await tom.follow(jerry) == 204
    assert (await tom.counts(), await jerry.counts()) == ((1, 0), (0, 1))

    await block(jerry.sealtalk, tom.sealtalk)

    assert (await tom.counts(), await jerry.counts()) == ((0, 0), (0, 0))
    assert await jerry.blocks(tom)
    assert not await tom.blocks(jerry)
    [listed] = await jerry.thinksns.get("/user/blacks")
    assert listed["id"] == tom.thinksns.id
    assert await tom.follow(jerry) == 403
    await unblock(jerry.sealtalk, tom.sealtalk)
    assert not await jerry.blocks(tom)
    assert await tom.follow(jerry) == 204


async def test_a_friend_has_one_name(two) -> None:
    """What one calls a friend in sealtalk is yunhu's remark, and the other way round."""
    tom, jerry = two
    await befriend(tom.sealtalk, jerry.sealtalk)
    refused = await tom.yunhu.post("/v1/friend/apply", {"chatId": jerry.yunhu.id, "chatType": 1})
    assert refused.json()["code"] == -9

    note = {"friendId": jerry.yunhu.id, "name": "Jerry the mouse", "phone": "", "others": ""}
    await tom.yunhu.done("/v1/user/save-user-remarks", note)
    shown = (await friendships(tom.sealtalk))[jerry.sealtalk.id]
    assert shown["displayName"] == "Jerry the mouse"
    body = {"friendId": jerry.sealtalk.id, "displayName": "The mouse"}
    expect.done(await tom.sealtalk.post("/friendship/set_display_name", body))

    seen: Any = (await tom.yunhu.see(jerry.yunhu.id)).data
    assert seen.remark_info.remark_name == "The mouse"


async def test_a_group_is_one_group(two) -> None:
    """Made and offered in yunhu, joined and dismissed in sealtalk, left and found in yunhu."""
    tom, jerry = two
    number = await tom.yunhu.make_group("Mice and cats")
    [group] = await groups(tom.sealtalk)
    search = {"category": "", "keyword": "mice and", "size": 100, "page": 1}

    async def found() -> bool:
        rows = (await jerry.yunhu.data("/v1/user/recommend-list", search))["groupList"]
        return number in {row["chatId"] for row in rows}

    assert not await found()
    await tom.yunhu.done("/v1/group/switch", {"groupId": number, "hide": 0})
    assert await found()
    expect.done(await ask_group(jerry.sealtalk, "join", group))
    await jerry.yunhu.done("/v1/friend/delete-friend", {"chatId": number, "chatType": 2})
    assert await groups(jerry.sealtalk) == {}
    await jerry.yunhu.done("/v1/friend/apply", {"chatId": number, "chatType": 2, "remark": ""})
    assert list(await groups(jerry.sealtalk)) == [group]
    expect.done(await ask_group(tom.sealtalk, "dismiss", group))
    assert not await found()
