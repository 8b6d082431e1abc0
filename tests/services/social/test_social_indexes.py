"""Every query about follows, bots, applications, remarks and the directory uses an index."""

from typing import Any

from shared.caller import Caller
from shared.contracts import (
    blacklist,
    bots,
    contacts,
    deletion,
    directory,
    follows,
    groups,
    relations,
    remarks,
)
from shared.contracts.accounts import Role
from shared.contracts.contacts import ContactKind

WATCHED = (
    "blacklist",
    "follows",
    "follow_counts",
    "friendships",
    "bots",
    "bot_additions",
    "bot_deletions",
    "group_applications",
    "groups",
    "remarks",
)

FORCED = {"pinned", "asked", "mutual", "waiting"}
"""Indexes that a query names itself."""


async def follow_and_block(ask_as, bus, ann, bob, cem):
    """Do all that there is to do with follows and blacklists."""
    for one, two in ((ann, bob), (bob, ann), (cem, ann), (cem, bob)):
        await ask_as(follows.follow, user_id=one, target_id=two)
    await ask_as(follows.unfollow, user_id=cem, target_id=bob)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=cem)
    await ask_as(blacklist.blocked_among, owner_id=ann, target_ids=[bob, cem])
    for call in (follows.list_followings, follows.list_followers, follows.list_mutual):
        await bus.ask(call, follows.ListFollows(user_id=ann, limit=20))
    await bus.ask(follows.relate, follows.Relate(viewer_id=ann, user_ids=[bob, cem]))
    await bus.ask(follows.count_follows, follows.CountFollows(user_ids=[ann, bob]))


async def apply_and_search(ask_as, bus, ann, bob):
    """Make a group that people find and apply to, and let one of them in."""
    group = {"name": "Hikers", "member_ids": [ann], "hidden": False}
    group_id = (await ask_as(groups.create_group, owner_id=ann, **group)).group_id
    change = {"direct_join": False, "category_id": 22}
    await ask_as(groups.change_group, owner_id=ann, group_id=group_id, **change)
    for contact, kind in ((group_id, ContactKind.GROUP), (ann, ContactKind.USER)):
        await ask_as(contacts.apply, owner_id=bob, contact_id=contact, kind=kind)
    for waiting in await ask_as(contacts.list_applications, owner_id=ann):
        answer = {"application_id": waiting.application_id, "agreed": True}
        await ask_as(contacts.answer_application, owner_id=ann, **answer)
    pick = directory.PickGroup(group_id=group_id, picked=True)
    admin = Caller(1, "0" * 32, Role.ADMIN)
    await bus.ask(directory.pick_group, pick, caller=admin)
    searches: list[dict[str, Any]] = [
        {},
        {"category": "技术"},
        {"keyword": "hik"},
        {"keyword": "hikers"},
        {"keyword": "hik", "picked": True},
    ]
    for wanted in searches:
        await bus.ask(directory.search_groups, directory.SearchGroups(limit=5, **wanted))


async def add_and_note(ask_as, ann, bob, cem):
    """Make a bot that somebody finds and adds, and note things."""
    bot_id = (await ask_as(bots.create_bot, owner_id=ann, name="Counter")).bot_id
    await ask_as(bots.add_bot, owner_id=bob, bot_id=bot_id)
    for wanted in ({"keyword": "count"}, {"order": bots.BotOrder.NEWEST}, {}):
        await ask_as(bots.search_bots, viewer_id=bob, limit=5, **wanted)
    await ask_as(bots.list_own_bots, owner_id=ann)
    await ask_as(bots.list_added_bots, owner_id=bob)
    await ask_as(bots.read_bots, viewer_id=bob, bot_ids=[bot_id])
    await ask_as(remarks.note, owner_id=bob, chat_id=ann, name="Annie", pinned=True)
    await ask_as(remarks.list_remarks, owner_id=bob)
    await ask_as(remarks.list_remarks, owner_id=bob, pinned=True)
    await ask_as(remarks.read_remarks, owner_id=bob, chat_ids=[ann, cem])


async def test_every_query_uses_an_index(fresh_people, ask_as, bus, tell, announced, watched):
    """Whatever people do, and when they leave, no collection is scanned or sorted afterwards."""
    queries = await watched(*WATCHED)
    ann, bob, cem = await fresh_people(3)

    await follow_and_block(ask_as, bus, ann, bob, cem)
    await apply_and_search(ask_as, bus, ann, bob)
    await add_and_note(ask_as, ann, bob, cem)
    for leaving in (ann, bob):
        await tell(deletion.UserDeleting(user_id=leaving))
        await announced(relations.UserErased, user_id=leaving)

    noted = await queries()
    assert {one["ns"].partition(".")[2] for one in noted} == set(WATCHED)
    plans = [one for one in noted if "planSummary" in one]
    bad = [
        one["command"]
        for one in plans
        if "COLLSCAN" in one["planSummary"] or one.get("hasSortStage")
    ]
    assert bad == []
    hinted = {one["command"]["hint"] for one in plans if "hint" in one["command"]}
    assert hinted == FORCED
