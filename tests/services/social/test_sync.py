"""Syncs: what a device that asks with the version it was given comes to know."""

import asyncio
import itertools
import random
from typing import Any

import pytest

from shared import errors
from shared.contracts import blacklist, friendships, groups, profile, sync
from shared.contracts.friendships import FriendStatus
from shared.errors import AppError, Kind
from tests.services.social.client import Client, is_empty


@pytest.fixture
def settled(mongo, eventually):
    """Wait until everybody was told of everything that these people did."""

    async def wait(*people):
        db, profiles = mongo("userhub_social"), mongo("userhub_profile")

        async def nothing_left():
            changes = profiles["outbox"].find(
                {"subject": {"$in": [str(one) for one in people]}, "fact": CHANGED}
            )
            ids = [f"social:{event['_id']}" async for event in changes]
            handled = await db["handled"].count_documents({"_id": {"$in": ids}})
            return handled == len(ids) and not await db["fan_out"].find_one({})

        await eventually(nothing_left, seconds=30)

    return wait


CHANGED = profile.ProfileChanged.fact


@pytest.fixture
def rename(ask_as):
    async def ask(user_id, nickname):
        await ask_as(profile.change_profile, user_id=user_id, nickname=nickname)

    return ask


async def test_a_new_person_has_nothing_to_sync(fresh_people, ask_as):
    """The version is 0, never nothing; one's own profile is among what is there from 0."""
    [ann] = await fresh_people(1)

    changes = await ask_as(sync.sync, owner_id=ann, since=0)

    assert changes == sync.Changes(
        version=0, own_version=0, blacklist=[], friends=[], groups=[], members=[]
    )


async def test_a_second_sync_says_nothing_new(fresh_people, ask_as, sync):
    """With the version that was given and nothing changed: empty sections, the same version."""
    ann, bob = await fresh_people(2)
    await ask_as(friendships.invite, owner_id=ann, target_id=bob)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=bob)
    device = Client(ann)
    first = await sync(device)

    second = await sync(device)

    assert not is_empty(first)
    assert is_empty(second)
    assert second.version == first.version > 0


@pytest.mark.parametrize("beyond", [1, 10**6, 2**53 - 10])
async def test_a_version_that_was_never_given_asks_for_everything(fresh_people, ask_as, beyond):
    """Without what is over, as from 0."""
    ann, bob, eve = await fresh_people(3)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=bob)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=eve)
    await ask_as(blacklist.remove_from_blacklist, owner_id=ann, target_id=eve)
    from_0 = await ask_as(sync.sync, owner_id=ann, since=0)

    changes = await ask_as(sync.sync, owner_id=ann, since=from_0.version + beyond)

    assert changes == from_0
    assert [row.target_id for row in changes.blacklist] == [bob]


@pytest.mark.parametrize("since", [-1, 2**53 + 1, "1", None])
async def test_a_version_is_a_number_that_clients_can_carry(bus, acting, user_id, since):
    """From 0 to 2**53, which JSON numbers hold exactly; anything else is malformed."""
    ask = sync.Sync(owner_id=user_id, since=since)

    with acting(user_id), pytest.raises(errors.Malformed):
        await bus.ask(sync.sync, ask)


async def test_the_greatest_version_is_taken(ask_as, user_id):
    """Also 2**53 itself."""
    changes = await ask_as(sync.sync, owner_id=user_id, since=2**53)

    assert changes.version == 0


async def test_a_sync_is_for_oneself(bus, acting, user_id):
    """Nobody reads what changed for somebody else."""
    ask = sync.Sync(owner_id=user_id, since=0)

    with acting(user_id + 1), pytest.raises(errors.NotTheCaller):
        await bus.ask(sync.sync, ask)


async def test_only_what_changed_is_told(fresh_people, ask_as, sync):
    """One more friend is one row, whatever else there is."""
    ann, bob, eve = await fresh_people(3)
    await ask_as(friendships.invite, owner_id=ann, target_id=bob)
    await ask_as(groups.create_group, owner_id=ann, name="us", member_ids=[ann, bob])
    device = Client(ann)
    await sync(device)

    await ask_as(friendships.invite, owner_id=ann, target_id=eve)

    changes = await sync(device)
    assert [row.target_id for row in changes.friends] == [eve]
    assert changes.own_version is None
    assert not changes.blacklist + changes.groups + changes.members
    assert [row.version for row in changes.friends] == [changes.version]


async def test_ones_own_look_is_news_to_oneself(fresh_people, rename, sync, settled):
    """A change of one's own profile comes with a version; what syncs do not show does not."""
    [ann] = await fresh_people(1)
    device = Client(ann)
    await sync(device)

    await rename(ann, "Anna")
    await settled(ann)

    changes = await sync(device)
    assert changes.own_version == changes.version == 1
    assert is_empty(await sync(device))


async def test_what_syncs_do_not_show_is_no_news(fresh_people, ask_as, sync, settled):
    """A new bio leaves every version as it is."""
    [ann] = await fresh_people(1)

    await ask_as(profile.change_profile, user_id=ann, bio="I moved")
    await settled(ann)

    assert (await sync(Client(ann))).version == 0


async def test_a_friends_new_look_arrives(fresh_people, ask_as, rename, sync, settled):
    """Whoever has a person in their list in any way hears of it; who deleted them does not."""
    ann, *others = await fresh_people(6)
    invited, asked, ignored, friend, deleted = others
    await ask_as(friendships.invite, owner_id=invited, target_id=ann)
    await ask_as(friendships.invite, owner_id=ann, target_id=asked)
    await ask_as(friendships.invite, owner_id=ann, target_id=ignored)
    await ask_as(friendships.ignore, owner_id=ignored, target_id=ann)
    for one in (friend, deleted):
        await ask_as(friendships.invite, owner_id=one, target_id=ann)
        await ask_as(friendships.agree, owner_id=ann, target_id=one)
    await ask_as(friendships.unfriend, owner_id=deleted, target_id=ann)
    devices = [Client(one) for one in others]
    for device in devices:
        await sync(device)

    await rename(ann, "Anna")
    await settled(ann)

    told = [[row.target_id for row in (await sync(device)).friends] for device in devices]
    assert told == [[ann], [ann], [ann], [ann], []]


async def test_a_fellow_members_new_look_arrives(fresh_people, ask_as, rename, sync, settled):
    """In every group that both are in; who left does not hear of it."""
    ann, bob, eve = await fresh_people(3)
    made = [
        await ask_as(groups.create_group, owner_id=bob, name=name, member_ids=[ann, bob, eve])
        for name in ("one", "two")
    ]
    await ask_as(groups.quit_group, owner_id=eve, group_id=made[0].group_id)
    devices = [Client(bob), Client(eve)]
    for device in devices:
        await sync(device)

    await rename(ann, "Anna")
    await settled(ann)

    bobs, eves = [(await sync(device)).members for device in devices]
    both = [group.group_id for group in made]
    assert sorted((row.group_id, row.user_id) for row in bobs) == [(one, ann) for one in both]
    assert [(row.group_id, row.user_id) for row in eves] == [(both[1], ann)]


class Town:
    """A few people and groups, and things that happen to them at random."""

    def __init__(self, ask_as: Any, people: list[int], groups: list[int], seed: int) -> None:
        self.ask_as, self.people, self.groups = ask_as, people, groups
        self.random = random.Random(seed)
        self.done, self.refused = 0, 0

    async def something_happens(self) -> None:
        """Let somebody do something; what cannot be done is refused and changes nothing."""
        one, two = self.random.choices(self.people, k=2)
        group = self.random.choice(self.groups)
        pair = {"owner_id": one, "target_id": two}
        here = {"owner_id": one, "group_id": group}
        name = f"name {self.random.randrange(10**6)}"
        acts: list[tuple[Any, dict[str, Any]]] = [
            (friendships.invite, pair),
            (friendships.invite, pair),
            (friendships.agree, pair),
            (friendships.ignore, pair),
            (friendships.unfriend, pair),
            (friendships.set_friend_name, pair | {"display_name": name}),
            (blacklist.add_to_blacklist, pair),
            (blacklist.remove_from_blacklist, pair),
            (groups.join_group, here),
            (groups.join_group, here),
            (groups.quit_group, here),
            (groups.kick_members, here | {"member_ids": [two]}),
            (groups.add_members, here | {"member_ids": [two]}),
            (groups.transfer_group, here | {"target_id": two}),
            (groups.change_group, here | {"name": name}),
            (groups.set_member_name, here | {"display_name": name}),
            (profile.change_profile, {"user_id": one, "nickname": name}),
        ]
        call, fields = self.random.choice(acts)
        try:
            await self.ask_as(call, **fields)
        except AppError as error:
            if error.kind in (Kind.INTERNAL, Kind.UNAVAILABLE):
                raise
            self.refused += 1
        else:
            self.done += 1

    async def write(self, times: int) -> None:
        for _ in range(times):
            await self.something_happens()


async def read_on(device: Client, sync: Any, stop: asyncio.Event) -> None:
    """Sync again and again with what was given, and see that the answers make sense."""
    while not stop.is_set():
        since = device.version
        changes = await sync(device)
        assert changes.version >= since
        if changes.version == since > 0:
            assert is_empty(changes)
        sections = (changes.blacklist, changes.friends, changes.groups, changes.members)
        versions = [row.version for rows in sections for row in rows]
        assert all(since < version <= changes.version for version in versions if since)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_is_ever_missed(fresh_people, ask_as, sync, seen_from_0, settled, seed):
    """Whoever syncs with what they were given knows in the end what a new device is told.

    Eight at once do what they like while everybody syncs all the time, once a moment or hardly
    ever; what came in between, in whatever order it was committed, is never skipped.
    """
    people = await fresh_people(5)
    made = [
        await ask_as(
            groups.create_group, owner_id=people[n], name="us", member_ids=people[n : n + 2]
        )
        for n in range(3)
    ]
    town = Town(ask_as, people, [group.group_id for group in made], seed)
    busy = [Client(one) for one in people]
    lazy = [Client(one) for one in people]
    stop = asyncio.Event()
    readers = [asyncio.create_task(read_on(device, sync, stop)) for device in busy]

    for _ in range(3):
        await asyncio.gather(*(sync(device) for device in lazy))
        await asyncio.gather(*(town.write(20) for _ in range(8)))
    await settled(*people)
    stop.set()
    await asyncio.gather(*readers)

    assert town.done > 100
    for device in busy + lazy:
        await sync(device)
        assert device.tables == await seen_from_0(device.user_id)
        assert is_empty(await sync(device))


async def test_a_sync_is_one_moment(fresh_people, ask_as, sync):
    """Blacklist and friends that change together are never seen apart.

    Bob is always blocked before he is deleted and unblocked after he is a friend again, so that no
    answer may show him as deleted and not blocked.
    """
    ann, bob = await fresh_people(2)
    await ask_as(friendships.invite, owner_id=ann, target_id=bob)
    await ask_as(friendships.agree, owner_id=bob, target_id=ann)
    pair = {"owner_id": ann, "target_id": bob}
    stop, seen, rounds = asyncio.Event(), set[tuple[bool, bool]](), itertools.count()

    async def look() -> None:
        while not stop.is_set():
            device = Client(ann)
            await sync(device)
            seen.add((bob in device.friends, bob in device.blacklist))

    async def write() -> None:
        while len(seen) < 3 or next(rounds) < 12:
            await ask_as(blacklist.add_to_blacklist, **pair)
            await ask_as(friendships.unfriend, **pair)
            await ask_as(friendships.invite, **pair)
            await ask_as(blacklist.remove_from_blacklist, **pair)
        stop.set()

    await asyncio.gather(write(), look(), look())

    assert (False, False) not in seen


async def test_a_person_who_knows_very_many_syncs(user_id, ask_as, mongo):
    """10,000 friends and 100 groups of 500 come in one answer."""
    db = mongo("userhub_social")
    when = (await db.client.admin.command("hello"))["localTime"]
    group_ids = range(user_id + 1, user_id + 101)
    await db["friendships"].insert_many(
        {
            "_id": {"o": user_id, "t": other},
            "owner": user_id,
            "target": other,
            "status": FriendStatus.FRIENDS.value,
            "display_name": "",
            "message": "",
            "updated_at": when,
        }
        for other in range(1, friendships.FRIENDS_MOST + 1)
    )
    await db["groups"].insert_many(
        {
            "_id": group,
            "name": "many",
            "portrait": "",
            "creator_id": user_id,
            "member_count": groups.MEMBERS_MOST,
            "bulletin": "",
            "created_at": when,
            "dismissed_at": None,
            "revision": 0,
        }
        for group in group_ids
    )
    for group in group_ids:
        await db["memberships"].insert_many(
            {
                "_id": {"g": group, "u": one},
                "group": group,
                "user": one,
                "role": 1,
                "display_name": "",
                "left": False,
                "created_at": when,
                "updated_at": when,
            }
            for one in (user_id, *range(1, groups.MEMBERS_MOST))
        )

    changes = await ask_as(sync.sync, owner_id=user_id, since=0)

    assert len(changes.friends) == friendships.FRIENDS_MOST
    assert len(changes.groups) == 100
    assert len(changes.members) == 100 * groups.MEMBERS_MOST
    await db["friendships"].delete_many({"owner": user_id})
    await db["groups"].delete_many({"_id": {"$in": list(group_ids)}})
    for group in group_ids:  # 50,000 in one command take long where others work too
        await db["memberships"].delete_many({"group": group})
