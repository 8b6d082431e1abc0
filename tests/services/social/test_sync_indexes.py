"""What the service asks its database: from indexes alone, and no more than is needed."""

from datetime import UTC, datetime

import pytest

from shared.contracts import blacklist, deletion, friendships, profile, relations
from shared.contracts.friendships import FriendStatus
from tests.services.social.client import Client

WATCHED = {
    "blacklist",
    "friendships",
    "counters",
    "sync_heads",
    "sync_log",
    "fan_out",
    "erasing",
    "erased",
}


@pytest.fixture
async def queries(mongo):
    """Let the server note what the service asks of it; gives a function that reads that."""
    db = mongo("userhub_social").db
    names = [f"{db.name}.{name}" for name in sorted(WATCHED)]
    await db.command({"profile": 2, "filter": {"ns": {"$in": names}, "appName": "userhub-social"}})

    async def read():
        return await db["system.profile"].find({"ns": {"$in": names}}).to_list(None)

    yield read
    await db.command({"profile": 0, "filter": "unset"})
    await db.drop_collection("system.profile")


async def test_every_query_uses_an_index(
    fresh_people, ask_as, befriend, sync, tell, announced, eventually, mongo, queries
):
    """Whatever people do, no collection is scanned and nothing is sorted afterwards."""
    ann, bob, eve, joe = await fresh_people(4)
    devices = [Client(one) for one in (ann, bob, eve, joe)]
    for device in devices:
        await sync(device)
    await befriend(ann, bob)
    await befriend(bob, eve)
    await ask_as(friendships.invite, owner_id=joe, target_id=ann)
    await ask_as(friendships.ignore, owner_id=ann, target_id=joe)
    await ask_as(friendships.set_friend_name, owner_id=ann, target_id=bob, display_name="Bobby")
    await ask_as(friendships.unfriend, owner_id=bob, target_id=eve)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=eve)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=joe)
    await ask_as(blacklist.remove_from_blacklist, owner_id=ann, target_id=joe)
    await ask_as(blacklist.list_blacklist, owner_id=ann)
    await ask_as(friendships.list_friendships, owner_id=ann)
    await ask_as(friendships.read_friendship, owner_id=ann, target_id=bob)
    for device in devices:
        await sync(device)
        await sync(Client(device.user_id))
    await ask_as(profile.change_profile, user_id=bob, nickname="Bob")

    async def told():
        return (await sync(devices[0])).friends

    await eventually(told)
    await tell(deletion.UserDeleting(user_id=bob))
    await announced(relations.UserErased, user_id=bob)

    noted = await queries()

    assert {one["ns"].partition(".")[2] for one in noted} == WATCHED
    plans = [one for one in noted if "planSummary" in one]
    assert len(plans) > 100
    bad = [
        (one["command"], one["planSummary"])
        for one in plans
        if "COLLSCAN" in one["planSummary"] or one.get("hasSortStage")
    ]
    assert bad == []
    used = {one["planSummary"] for one in plans}
    for index in (
        "{ owner: 1, target: 1 }",
        "{ target: 1, owner: 1, status: 1 }",
        "{ owner: 1, listed: 1, target: 1 }",
        "{ target: 1 }",
        "{ u: 1, version: 1 }",
        "{ until: 1 }",
    ):
        assert any(index in summary for summary in used), (index, used)


async def test_a_sync_costs_what_changed(fresh_people, ask_as, sync, mongo, queries):
    """With 10,000 friends one change is read like with 10: a handful of documents."""
    ann, bob = await fresh_people(2)
    db, first = mongo("userhub_social"), ann * 1000
    others = range(first, first + friendships.FRIENDS_MOST)
    await db["friendships"].insert_many(
        {
            "_id": {"o": ann, "t": other},
            "owner": ann,
            "target": other,
            "status": FriendStatus.FRIENDS.value,
            "display_name": "",
            "message": "",
            "updated_at": datetime.now(UTC),
        }
        for other in others
    )
    await db["sync_log"].insert_many(
        {
            "_id": {"u": ann, "s": "friend", "k": other},
            "u": ann,
            "version": other - first + 1,
        }
        for other in others
    )
    await db["sync_heads"].insert_one({"_id": ann, "version": len(others)})
    device = Client(ann)
    whole = await sync(device)
    await ask_as(friendships.invite, owner_id=bob, target_id=ann)
    before = len(await queries())

    changes = await sync(device)

    assert len(whole.friends) == friendships.FRIENDS_MOST
    assert [row.target_id for row in changes.friends] == [bob]
    asked = (await queries())[before:]
    assert len(asked) >= 3
    assert sum(one.get("docsExamined", 0) for one in asked) <= 5
    assert sum(one.get("keysExamined", 0) for one in asked) <= 10
    for name in ("friendships", "sync_log"):
        key = "owner" if name == "friendships" else "u"
        await db[name].delete_many({key: ann})
