"""Follows and the blacklist, through thinksns."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from gateway.dialects.thinksns.follows import SEARCHED_MOST, Follows
from shared.caller import Caller
from shared.contracts import follows, lookups
from tests.gateway.thinksns import expect
from tests.gateway.thinksns.members import Member


async def listed(viewer: Member, path: str, **query: str) -> list[int]:
    """List people, and give their ids."""
    return [one["id"] for one in await viewer.get(path, **query)]


async def counts(member: Member) -> tuple[int, int, int]:
    """Followings, followers and friends of somebody."""
    me = await member.get("/user")
    extra = me["extra"]
    return extra["followings_count"], extra["followers_count"], me["friends_count"]


async def test_following(members) -> None:
    """To follow twice or at once is to follow once; to unfollow is done where one did not."""
    tom, jerry = await members(2)
    path = f"/user/followings/{jerry.id}"

    for reply in await asyncio.gather(*(tom.ask("PUT", path) for _ in range(3))):
        expect.done(reply)

    assert (await counts(tom), await counts(jerry)) == ((1, 0, 0), (0, 1, 0))
    for _ in range(2):
        expect.done(await tom.ask("DELETE", path))
    assert (await counts(tom), await counts(jerry)) == ((0, 0, 0), (0, 0, 0))


async def test_who_cannot_be_followed(tom, user_id) -> None:
    """Oneself is 422, nobody is 404, and so is what is no id."""
    expect.refused(await tom.ask("PUT", f"/user/followings/{tom.id}"), 422)
    for nobody in (user_id, "x", "0"):
        expect.refused(await tom.ask("PUT", f"/user/followings/{nobody}"), 404)
    expect.unauthenticated(await tom.ask("PUT", f"/user/followings/{tom.id}", token=""))


async def test_lists(members, stranger) -> None:
    """Lists are newest first, paged by offset, and anybody may see another's."""
    tom, a, b, c = await members(4)
    for other in (a, b, c):
        expect.done(await tom.ask("PUT", f"/user/followings/{other.id}"))
    expect.done(await b.ask("PUT", f"/user/followings/{tom.id}"))

    newest_first = [c.id, b.id, a.id]
    assert await listed(tom, "/user/followings") == newest_first
    assert await listed(tom, "/user/followings", limit="1", offset="1") == [b.id]
    assert await listed(tom, "/user/followings", offset="99999") == []
    assert await listed(stranger(), f"/users/{tom.id}/followings") == newest_first
    assert await listed(a, f"/users/{tom.id}/followers") == [b.id]
    assert await listed(tom, "/user/followers") == [b.id]
    assert await listed(tom, "/user/follow-mutual") == [b.id]
    assert await listed(tom, "/user/follow-mutual", keyword=b.name[1:-1].upper()) == [b.id]
    assert await listed(tom, "/user/follow-mutual", keyword=a.name) == []
    assert await counts(tom) == (3, 1, 1)
    expect.refused(await tom.ask("GET", "/users/0/followers"), 404)
    expect.refused(await tom.ask("GET", f"/users/{2**62}/followings"), 404)


async def test_lists_are_read_to_their_end(members, root) -> None:
    """Clients take a page that is not full for the last one: who is locked out makes none short,
    and is counted as well.
    """
    tom, a, b, c = await members(4)
    for other in (a, b, c):
        expect.done(await tom.ask("PUT", f"/user/followings/{other.id}"))
        expect.done(await other.ask("PUT", f"/user/followings/{tom.id}"))
    expect.done(await root.ask("PUT", f"/system/disabled/{b.id}"))

    for path in ("/user/followings", "/user/followers", "/user/follow-mutual"):
        found: list[int] = []
        page = [0]
        while page:
            page = await listed(tom, path, limit="1", offset=str(len(found)))
            found += page
        assert found == [c.id, b.id, a.id], path
    assert await listed(tom, "/user/follow-mutual", keyword=b.name) == [b.id]
    assert await counts(tom) == (3, 3, 3)


async def test_a_keyword_that_all_friends_have() -> None:
    """Who is found can be read to the end, also where auth lists fewer at once; no server."""
    long_ago, friends = datetime(2021, 1, 5, tzinfo=UTC), list(range(1, SEARCHED_MOST + 1))

    async def answer(call: Any, ask: Any) -> list[Any]:
        if call is follows.list_mutual:
            page = friends[ask.offset : ask.offset + ask.limit]
            return [follows.Follow(user_id=one, since=long_ago) for one in page]
        assert call is lookups.list_accounts
        found = sorted(ask.user_ids, reverse=True)[: ask.limit]
        return [
            lookups.PublicAccount(user_id=one, username=ask.name_part, created_at=long_ago)
            for one in found
        ]

    async def shown(ids: list[int], *_: Any, **__: Any) -> list[int]:
        return ids

    core: Any = SimpleNamespace(bus=SimpleNamespace(ask=answer))
    people: Any = SimpleNamespace(shown=shown)
    offsets = range(0, SEARCHED_MOST + 50, 50)
    caller = Caller(10**6, "0" * 32)
    pages: list[Any] = [
        await Follows(core, people).mutual(caller, "tom", "50", str(offset)) for offset in offsets
    ]

    assert [one for page in pages for one in page] == friends


async def test_the_blacklist(members) -> None:
    """Who is on it follows no longer and cannot; it is shown to its owner, latest first."""
    tom, jerry, spike = await members(3)
    expect.done(await jerry.ask("PUT", f"/user/followings/{tom.id}"))

    for other in (jerry, spike):
        reply = await tom.ask("POST", f"/user/black/{other.id}")
        assert expect.result(reply, 201) == {"message": "操作成功"}

    assert set(await listed(tom, "/user/blacks")) == {jerry.id, spike.id}
    assert len(await listed(tom, "/user/blacks", limit="1", offset="1")) == 1
    assert await listed(jerry, "/user/blacks") == []
    expect.refused(await jerry.ask("PUT", f"/user/followings/{tom.id}"), 403)
    assert await counts(tom) == (0, 0, 0)
    for _ in range(2):
        expect.done(await tom.ask("DELETE", f"/user/black/{jerry.id}"))
    expect.done(await jerry.ask("PUT", f"/user/followings/{tom.id}"))
    expect.refused(await tom.ask("POST", f"/user/black/{tom.id}"), 422)
