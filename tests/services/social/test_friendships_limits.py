"""Friendships over the bus: names, messages, limits, pages, and who leaves."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from shared import errors
from shared.contracts import deletion, friendships, relations
from shared.contracts.friendships import FriendStatus, InviteAction
from tests.services.social.client import Client

INVITED, ASKED, FRIENDS = FriendStatus.INVITED, FriendStatus.ASKED, FriendStatus.FRIENDS
IGNORED, DELETED = FriendStatus.IGNORED, FriendStatus.DELETED


async def test_a_friend_goes_by_another_name(fresh_people, befriend, ask_as, sync, rows, facts_of):
    """On one's own side alone; the same name again is no change; an empty one clears it."""
    ann, bob = await fresh_people(2)
    await befriend(ann, bob)
    device, other_device = Client(ann), Client(bob)
    await sync(device)
    await sync(other_device)
    before, facts = other_device.version, await facts_of(ann)

    for name in ("鲍勃", "鲍勃"):
        await ask_as(friendships.set_friend_name, owner_id=ann, target_id=bob, display_name=name)

    [change] = (await sync(device)).friends
    assert (change.display_name, change.status) == ("鲍勃", FRIENDS)
    version = device.version
    await sync(device)
    assert device.version == version
    await sync(other_device)
    assert other_device.version == before
    assert await facts_of(ann) == facts
    await ask_as(friendships.set_friend_name, owner_id=ann, target_id=bob, display_name="")
    assert [row.display_name for row in await rows(ann)] == [""]


async def test_only_friends_have_names(fresh_people, invite, ask_as):
    """Nobody else can be given one, neither strangers nor those who were asked."""
    ann, bob = await fresh_people(2)
    for _ in range(2):
        with pytest.raises(friendships.NoSuchFriend):
            await ask_as(friendships.set_friend_name, owner_id=ann, target_id=bob, display_name="B")
        await invite(ann, bob)


@pytest.mark.parametrize(
    ("length", "fits"), [(0, True), (32, True), (33, False)], ids=["none", "32", "33"]
)
async def test_a_name_has_32_characters(fresh_people, befriend, ask_as, length, fits):
    """Characters are counted, not bytes."""
    ann, bob = await fresh_people(2)
    await befriend(ann, bob)
    fields = {"owner_id": ann, "target_id": bob, "display_name": "鼠" * length}

    if fits:
        await ask_as(friendships.set_friend_name, **fields)
    else:
        with pytest.raises(errors.Malformed):
            await ask_as(friendships.set_friend_name, **fields)


@pytest.mark.parametrize(("length", "fits"), [(0, True), (64, True), (65, False)])
async def test_a_message_has_64_characters(fresh_people, invite, statuses, length, fits):
    """A longer one is refused, and nobody is asked."""
    ann, bob = await fresh_people(2)

    if fits:
        await invite(ann, bob, "鼠" * length)
    else:
        with pytest.raises(errors.Malformed):
            await invite(ann, bob, "鼠" * length)

    assert await statuses(ann, bob) == ((INVITED, ASKED) if fits else (None, None))


async def test_text_that_cannot_be_shown_is_refused(fresh_people, invite, befriend, ask_as):
    """Control characters and direction overrides, in messages and names."""
    ann, bob = await fresh_people(2)
    with pytest.raises(errors.UnusableText):
        await invite(ann, bob, "a\x00b")
    await befriend(ann, bob)
    with pytest.raises(errors.UnusableText):
        await ask_as(
            friendships.set_friend_name, owner_id=ann, target_id=bob, display_name="\u202eb"
        )


async def test_nobody_can_be_invited_who_does_not_exist(fresh_people, invite, rows):
    """No rows for ghosts."""
    [ann] = await fresh_people(1)

    with pytest.raises(relations.NoSuchPerson):
        await invite(ann, ann + 10**15)

    assert await rows(ann) == []


@pytest.mark.parametrize(
    "call",
    [
        friendships.invite,
        friendships.agree,
        friendships.ignore,
        friendships.unfriend,
        friendships.set_friend_name,
        friendships.list_friendships,
        friendships.read_friendship,
    ],
)
async def test_friendships_are_their_owners(bus, acting, user_id, call):
    """Nobody acts or reads for somebody else."""
    fields = {"owner_id": user_id}
    if call is not friendships.list_friendships:
        fields["target_id"] = user_id + 1
    if call is friendships.set_friend_name:
        fields["display_name"] = "Bob"

    with acting(user_id + 1), pytest.raises(errors.NotTheCaller):
        await bus.ask(call, call.ask(**fields))


@pytest.mark.parametrize("call", [friendships.agree, friendships.ignore, friendships.unfriend])
async def test_strangers_have_nothing_to_answer(fresh_people, answer, statuses, call):
    """Neither somebody who exists nor somebody who does not."""
    ann, bob = await fresh_people(2)

    for target in (bob, ann + 10**15):
        with pytest.raises((friendships.NoSuchInvitation, friendships.NoSuchFriend)):
            await answer(call, ann, target)

    assert await statuses(ann, bob) == (None, None)


def counter(user_id: int, what: str) -> dict[str, dict[str, int | str]]:
    return {"_id": {"u": user_id, "of": what}}


@pytest.fixture
def fill(mongo):
    """Pretend that a person has so many of something."""

    async def write(user_id, what, count):
        await mongo("userhub_social")["counters"].update_one(
            counter(user_id, what), {"$set": {"count": count}}, upsert=True
        )

    return write


async def test_a_person_asks_and_befriends_10000(fresh_people, invite, answer, fill, rows):
    """Under the limit one more fits, at the limit none, whether asked by or agreed to."""
    ann, bob, eve, joe = await fresh_people(4)
    await invite(eve, ann)
    await invite(joe, ann)
    await fill(ann, "friends", friendships.FRIENDS_MOST - 2)

    await invite(ann, bob)
    await answer(friendships.agree, ann, eve)

    for refused in (answer(friendships.agree, ann, joe), invite(ann, joe)):
        with pytest.raises(relations.TooMany):
            await refused
    found = {row.target_id: row.status for row in await rows(ann)}
    assert found == {bob: INVITED, eve: FRIENDS, joe: ASKED}
    await answer(friendships.unfriend, ann, eve)
    await answer(friendships.agree, ann, joe)


async def test_others_cannot_use_up_the_room_for_friends(fresh_people, invite, fill, statuses):
    """10,000 unanswered invitations keep others from asking, not their receiver from it."""
    ann, bob, eve = await fresh_people(3)
    await fill(ann, "asked_by", friendships.FRIENDS_MOST - 1)

    assert await invite(bob, ann) is InviteAction.SENT
    with pytest.raises(relations.TooMany):
        await invite(eve, ann)

    assert await statuses(eve, ann) == (None, None)
    assert await invite(ann, eve) is InviteAction.SENT
    assert await invite(ann, bob) is InviteAction.ADDED
    assert await invite(eve, ann) is InviteAction.ADDED


async def test_a_limit_holds_for_many_at_once(fresh_people, invite, fill, rows):
    """Of ten invitations for three places three get one."""
    ann, *others = await fresh_people(11)
    await fill(ann, "friends", friendships.FRIENDS_MOST - 3)

    outcomes = await asyncio.gather(
        *(invite(ann, other) for other in others), return_exceptions=True
    )

    kinds = Counter(one if isinstance(one, InviteAction) else type(one) for one in outcomes)
    assert kinds == {InviteAction.SENT: 3, relations.TooMany: 7}
    assert len(await rows(ann)) == 3


async def test_a_list_is_read_in_pages(user_id, rows, mongo):
    """By id, 1,000 at once, every status; which are mutual is said of each."""
    db, most = mongo("userhub_social"), relations.PAGE_MOST
    kept = {"display_name": "", "message": "", "updated_at": datetime.now(UTC)}
    docs = [
        {
            "_id": {"o": owner, "t": target},
            "owner": owner,
            "target": target,
            "status": 20 if (owner == user_id or other % 2) else 30,
            **kept,
        }
        for other in range(1, most + 3)
        for owner, target in ((user_id, other), (other, user_id))
    ]
    await db["friendships"].insert_many(docs)

    first = await rows(user_id)
    rest = await rows(user_id, after=first[-1].target_id)

    assert len(first) == most
    assert [row.target_id for row in first + rest] == list(range(1, most + 3))
    assert all(row.mutual == bool(row.target_id % 2) for row in first + rest)


async def test_whoever_leaves_is_nobodys_friend(
    fresh_people, befriend, invite, answer, rows, sync, tell, announced, mongo
):
    """Rows of both directions go, devices of the others are told, and their counts go down."""
    ann, bob, eve, joe = await fresh_people(4)
    await befriend(ann, bob)
    await befriend(ann, eve)
    await invite(bob, joe)
    await invite(bob, bob)
    device = Client(ann)
    await sync(device)

    await tell(deletion.UserDeleting(user_id=bob))
    await announced(relations.UserErased, user_id=bob)

    assert [row.target_id for row in await rows(ann)] == [eve]
    assert await rows(joe) == await rows(bob) == []
    [change] = (await sync(device)).friends
    assert (change.target_id, change.status) == (bob, DELETED)
    assert set(device.friends) == {eve}
    db = mongo("userhub_social")
    for name, query in (
        ("friendships", {"$or": [{"owner": bob}, {"target": bob}]}),
        ("counters", {"_id.u": bob}),
        ("sync_heads", {"_id": bob}),
        ("sync_log", {"u": bob}),
        ("erasing", {"user_id": bob}),
    ):
        assert not await db[name].find_one(query), name
    assert (await db["counters"].find_one(counter(ann, "friends")))["count"] == 1
    assert (await db["counters"].find_one(counter(joe, "asked_by")))["count"] == 0
    with pytest.raises(relations.NoSuchPerson):
        await invite(ann, bob)
    with pytest.raises(friendships.NoSuchInvitation):
        await answer(friendships.agree, joe, bob)
