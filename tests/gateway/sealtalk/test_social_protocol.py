"""What holds for every endpoint of blacklists, friendships, groups and sync."""

import gzip
import json
from typing import Any

import pytest

from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.together import blacklist, friendships, make_group, roles, several

KEYS = {
    "/user/add_to_blacklist": ["friendId"],
    "/user/remove_from_blacklist": ["friendId"],
    "/friendship/invite": ["friendId", "message"],
    "/friendship/agree": ["friendId"],
    "/friendship/ignore": ["friendId"],
    "/friendship/delete": ["friendId"],
    "/friendship/set_display_name": ["friendId", "displayName"],
    "/group/create": ["name", "memberIds"],
    "/group/add": ["groupId", "memberIds"],
    "/group/join": ["groupId"],
    "/group/kick": ["groupId", "memberIds"],
    "/group/quit": ["groupId"],
    "/group/dismiss": ["groupId"],
    "/group/transfer": ["groupId", "userId"],
    "/group/rename": ["groupId", "name"],
    "/group/set_bulletin": ["groupId", "bulletin"],
    "/group/set_portrait_uri": ["groupId", "portraitUri"],
    "/group/set_display_name": ["groupId", "displayName"],
}
READ = (
    "/user/blacklist",
    "/user/groups",
    "/user/sync/0",
    "/friendship/all",
    "/friendship/5Vg2Xh9f/profile",
    "/group/5Vg2Xh9f",
    "/group/5Vg2Xh9f/members",
)
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    1e308,
    "",
    " ",
    "\x00",
    "\u202e",
    "x" * 100_000,
    [],
    [[]],
    [None],
    ["x"] * 1000,
    {},
    {"$ne": 1},
    {"$where": "1"},
]


@pytest.mark.parametrize("path", KEYS)
async def test_odd_values(people, path) -> None:
    """Whatever stands in a body in place of ids is refused with 400 and changes nothing."""
    tom, jerry = await several(people, "Tom", "Jerry")
    group = await make_group(jerry, tom)
    named = {
        "friendId": jerry.id,
        "groupId": group,
        "userId": jerry.id,
        "memberIds": [jerry.id, tom.id],
    }
    good = {key: named.get(key, "Team 1") for key in KEYS[path]}

    for odd in ODD:
        wrong = [dict.fromkeys(good, odd), {"x": odd}, odd]
        wrong += [good | {key: odd} for key in good if key in named]
        for body in wrong:
            expect.refused(await tom.http.post(path, json=body), 400)

    assert await blacklist(tom) == await friendships(tom) == {}
    assert await roles(jerry, group) == {jerry.id: 0, tom.id: 1}


@pytest.mark.parametrize("path", KEYS)
async def test_bodies_that_cannot_be_read(people, path) -> None:
    """What is no JSON object, or says that it is none, gets 400."""
    tom = await people.one()
    whole = json.dumps(dict.fromkeys(KEYS[path], "5Vg2Xh9f")).encode()
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        whole[:-1],
        b"[" * 10_000,
        gzip.compress(whole),
    ):
        headers = {"content-type": "application/json"}
        expect.refused(await tom.http.post(path, content=body, headers=headers), 400)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        reply = await tom.http.post(path, content=whole, headers={"content-type": kind})
        expect.refused(reply, 400)


@pytest.mark.parametrize("path", KEYS)
async def test_pages_of_other_sites(people, path) -> None:
    """A page that is not ours changes nothing with a person's cookie."""
    tom, jerry = await several(people, "Tom", "Jerry")
    body: dict[str, Any] = {"friendId": jerry.id, "message": "Hi", "name": "Team 1"}
    body |= {"memberIds": [tom.id, jerry.id], "groupId": jerry.id, "userId": jerry.id}
    headers = {"origin": "https://evil.example.com"}

    expect.refused(await tom.http.post(path, json=body, headers=headers), 403)

    assert await blacklist(tom) == await friendships(jerry) == {}
    assert expect.result(await tom.get("/user/groups")) == []


@pytest.mark.parametrize("path", [*KEYS, *READ])
async def test_who_is_not_logged_in(people, path) -> None:
    """Without a session there is nothing to be had, whatever is asked."""
    stranger = people.stranger()

    reply = await (stranger.get(path) if path in READ else stranger.post(path, {}))

    expect.not_logged_in(reply)


@pytest.mark.parametrize("path", [*KEYS, *READ])
async def test_methods_that_are_not_served(people, path) -> None:
    """Neither PUT nor DELETE is served anywhere."""
    tom = await people.one()

    for method in ("PUT", "DELETE", "PATCH"):
        expect.refused(await tom.http.request(method, path), 405)
