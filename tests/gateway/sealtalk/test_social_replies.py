"""Every shape of reply about friends, groups, blacklists and sync, compared with a stored one."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.replies import Replies
from tests.gateway.sealtalk.together import MOMENT, ask_friend, ask_group
from tests.people import Person

FOLDER = Path(__file__).parent / "replies" / "social"
COUNTED = re.compile(r'"(timestamp|version)":[1-9][0-9]*')
ASKED = re.compile("/sync/[1-9][0-9]*")
STANDS = ((MOMENT, "<moment>"), (ASKED, "/sync/<version>"), (COUNTED, r'"\1":1'))


@pytest.fixture
async def pair(people) -> tuple[Person, Person, Replies]:
    """Two people, whose ids are in the order of their signing up, and replies to them."""
    tom, jerry = await people.one(nickname="汤姆"), await people.one(nickname="Jerry")
    words = {"tom": tom.id, "jerry": jerry.id, "phone": tom.phone, "other": jerry.phone}
    return tom, jerry, Replies(FOLDER, *STANDS, **words)


async def test_blacklist(pair) -> None:
    """Replies about blacklists are as stored."""
    tom, jerry, replies = pair
    friend = {"friendId": jerry.id}
    replies.check("blacklist.empty", await tom.get("/user/blacklist"))
    replies.check("add_to_blacklist", await tom.post("/user/add_to_blacklist", friend))
    oneself = await tom.post("/user/add_to_blacklist", {"friendId": tom.id})
    replies.check("add_to_blacklist.oneself", oneself)
    nobody = await tom.post("/user/add_to_blacklist", {"friendId": "nobody"})
    replies.check("add_to_blacklist.nobody", nobody)
    replies.check("blacklist", await tom.get("/user/blacklist"))
    replies.check("sync.blocked", await tom.get("/user/sync/0"))
    replies.check("remove_from_blacklist", await tom.post("/user/remove_from_blacklist", friend))
    replies.check("sync.unblocked", await tom.get("/user/sync/1"))


async def test_friendships(pair) -> None:
    """Replies about friendships are as stored."""
    tom, jerry, replies = pair

    async def ask(person: Person, what: str, **more: Any) -> httpx.Response:
        return await ask_friend(person, what, (jerry if person is tom else tom).id, **more)

    replies.check("profile.stranger", await tom.get(f"/friendship/{jerry.id}/profile"))
    replies.check("profile.nobody", await tom.get("/friendship/nobody/profile"))
    replies.check("agree.not_asked", await ask(jerry, "agree"))
    replies.check("ignore.not_asked", await ask(jerry, "ignore"))
    replies.check("delete.no_friend", await ask(jerry, "delete"))
    replies.check("invite.too_long", await ask(tom, "invite", message="x" * 65))
    replies.check("invite.sent", await ask(tom, "invite", message="你好"))
    replies.check("invite.none", await ask(tom, "invite", message="Hi"))
    replies.check("friends.asked", await jerry.get("/friendship/all"))
    replies.check("ignore", await ask(jerry, "ignore"))
    replies.check("invite.added", await ask(jerry, "invite", message="Hi"))
    replies.check("invite.friends", await ask(tom, "invite", message="Hi"))
    replies.check("agree", await ask(jerry, "agree"))
    name = await ask(tom, "set_display_name", displayName="J")
    replies.check("friend_name", name)
    replies.check("friends", await tom.get("/friendship/all"))
    replies.check("profile", await tom.get(f"/friendship/{jerry.id}/profile"))
    replies.check("sync.friend", await tom.get("/user/sync/0"))
    replies.check("delete", await ask(tom, "delete"))
    replies.check("friends.deleted", await tom.get("/friendship/all"))
    replies.check("sync.no_friend", await tom.get("/user/sync/1"))


async def test_groups(pair) -> None:
    """Replies about groups are as stored."""
    tom, jerry, replies = pair
    replies.check("groups.empty", await tom.get("/user/groups"))
    body = {"name": "Team 1", "memberIds": [tom.id, jerry.id]}
    replies.check("create.bad", await tom.post("/group/create", body | {"name": "x"}))
    made = await tom.post("/group/create", body)
    group = made.json()["result"]["id"]
    replies.known(group=group)
    replies.check("create", made)
    portrait = "http://test.com/group/abc123.jpg"
    others = {"memberIds": [jerry.id]}
    for name, person, what, more in (
        ("rename", tom, "rename", {"name": "汤姆的群"}),
        ("rename.not_creator", jerry, "rename", {"name": "Team 2"}),
        ("set_bulletin", tom, "set_bulletin", {"bulletin": "Lunch\nat 12"}),
        ("set_group_portrait", tom, "set_portrait_uri", {"portraitUri": portrait}),
        ("member_name", jerry, "set_display_name", {"displayName": "J"}),
        ("add.member", tom, "add", others),
        ("join.member", jerry, "join", {}),
        ("kick.not_creator", jerry, "kick", {"memberIds": [tom.id]}),
        ("transfer.oneself", tom, "transfer", {"userId": tom.id}),
        ("transfer.not_creator", jerry, "transfer", {"userId": tom.id}),
        ("dismiss.not_creator", jerry, "dismiss", {}),
    ):
        replies.check(name, await ask_group(person, what, group, **more))
    replies.check("groups", await jerry.get("/user/groups"))
    replies.check("group", await jerry.get(f"/group/{group}"))
    replies.check("members", await jerry.get(f"/group/{group}/members"))
    replies.check("sync.group", await jerry.get("/user/sync/0"))
    version = (await jerry.get("/user/sync/0")).json()["result"]["version"]
    replies.check("kick", await ask_group(tom, "kick", group, **others))
    replies.check("sync.kicked", await jerry.get(f"/user/sync/{version}"))
    replies.check("members.stranger", await jerry.get(f"/group/{group}/members"))
    replies.check("quit.stranger", await ask_group(jerry, "quit", group))
    replies.check(
        "member_name.stranger", await ask_group(jerry, "set_display_name", group, displayName="J")
    )
    replies.check("dismiss", await ask_group(tom, "dismiss", group))
    replies.check("group.dismissed", await jerry.get(f"/group/{group}"))
    replies.check("join.dismissed", await ask_group(jerry, "join", group))
    replies.check("group.nothing", await jerry.get("/group/nothing"))
    replies.check("sync.bad", await jerry.get("/user/sync/x"))


def test_every_stored_reply_is_compared() -> None:
    """A stored reply that no test asks for is a mistake."""
    text = Path(__file__).read_text()
    asked = re.findall(r'(?:replies\.check\(\s*|^        \()"([a-z_.]+)"', text, re.MULTILINE)

    assert {file.stem for file in FOLDER.glob("*.json")} == set(asked)
