"""Friendships over the bus: what is kept, announced and synced."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts import blacklist, friendships
from shared.contracts.friendships import FriendStatus, InviteAction
from tests.services.social.client import Client

INVITED, ASKED, FRIENDS = FriendStatus.INVITED, FriendStatus.ASKED, FriendStatus.FRIENDS
IGNORED, DELETED = FriendStatus.IGNORED, FriendStatus.DELETED
ASKED_FACT, MADE = friendships.FriendInvited.fact, friendships.FriendsMade.fact


async def test_an_invitation_is_there_at_once(fresh_people, invite, rows, sync, announced):
    """Both sides have it in their lists and their next sync; the message is for the one asked."""
    ann, bob = await fresh_people(2)

    action = await invite(ann, bob, "it is me")

    assert action is InviteAction.SENT
    [mine], [theirs] = await rows(ann), await rows(bob)
    assert (mine.owner_id, mine.target_id, mine.status, mine.message) == (ann, bob, INVITED, "")
    assert (theirs.target_id, theirs.status, theirs.message) == (ann, ASKED, "it is me")
    assert abs((datetime.now(UTC) - mine.updated_at).total_seconds()) < 30
    assert not mine.mutual
    for one, other, status in ((ann, bob, INVITED), (bob, ann, ASKED)):
        [row] = (await sync(Client(one))).friends
        assert (row.target_id, row.status) == (other, status)
    [event] = await announced(friendships.FriendInvited, user_id=ann)
    assert event.data == {"user_id": ann, "target_id": bob, "message": "it is me"}


async def test_agreeing_makes_friends_of_both(
    fresh_people, invite, answer, rows, ask_as, sync, announced, facts_of
):
    """Both list each other, mutually; it is announced once, as something that was agreed to."""
    ann, bob = await fresh_people(2)
    await invite(ann, bob)
    device = Client(ann)
    await sync(device)

    await answer(friendships.agree, bob, ann)
    await answer(friendships.agree, bob, ann)

    for one, other in ((ann, bob), (bob, ann)):
        [row] = await rows(one)
        assert (row.target_id, row.status, row.mutual) == (other, FRIENDS, True)
        found = await ask_as(friendships.read_friendship, owner_id=one, target_id=other)
        assert found == row
    [change] = (await sync(device)).friends
    assert (change.target_id, change.status) == (bob, FRIENDS)
    [event] = await announced(friendships.FriendsMade, user_id=bob)
    assert event.data == {"user_id": bob, "target_id": ann, "agreed": True}
    assert await facts_of(bob) == [MADE]
    assert await facts_of(ann) == [ASKED_FACT]


@pytest.mark.parametrize("round_", range(3))
async def test_both_inviting_at_once_end_as_friends_once(
    fresh_people, invite, statuses, facts_of, mongo, round_
):
    """Whoever is first asks, the other takes it up; all other tries at the time find friends."""
    ann, bob = await fresh_people(2)

    outcomes = await asyncio.gather(
        *(invite(*pair) for pair in [(ann, bob), (bob, ann)] * 4), return_exceptions=True
    )

    kinds = Counter(
        one if isinstance(one, InviteAction) else type(one).__name__ for one in outcomes
    )
    assert kinds[InviteAction.SENT] == kinds[InviteAction.ADDED] == 1
    assert set(kinds) <= {*InviteAction, "AlreadyFriends"}
    assert await statuses(ann, bob) == (FRIENDS, FRIENDS)
    facts = sorted(await facts_of(ann) + await facts_of(bob))
    assert facts == [ASKED_FACT, MADE]
    counters = mongo("userhub_social")["counters"]
    found = [count async for count in counters.find({"_id.u": {"$in": [ann, bob]}, "count": 1})]
    assert [count["_id"]["of"] for count in found] == ["friends"] * 2


async def test_agreeing_while_the_other_gives_up_ends_in_something_legal(
    fresh_people, invite, answer, befriend, statuses
):
    """Deleting and inviting again at the same moment never leaves a pair that cannot stand."""
    for _ in range(5):
        ann, bob = await fresh_people(2)
        await befriend(ann, bob)

        await asyncio.gather(
            answer(friendships.unfriend, ann, bob),
            answer(friendships.unfriend, bob, ann),
            invite(ann, bob),
            invite(bob, ann),
            return_exceptions=True,
        )

        assert await statuses(ann, bob) in {
            (FRIENDS, FRIENDS),
            (FRIENDS, DELETED),
            (DELETED, FRIENDS),
            (DELETED, DELETED),
            (INVITED, ASKED),
            (ASKED, INVITED),
        }


async def test_blocking_while_being_invited_serialises(
    fresh_people, invite, statuses, ask_as, facts_of
):
    """Either the invitation came first and is there, or it came to nothing, and says so."""
    for _ in range(5):
        ann, bob = await fresh_people(2)

        action, _ = await asyncio.gather(
            invite(ann, bob), ask_as(blacklist.add_to_blacklist, owner_id=bob, target_id=ann)
        )

        if action is InviteAction.SENT:
            assert await statuses(ann, bob) == (INVITED, ASKED)
            assert await facts_of(ann) == [ASKED_FACT]
        else:
            assert action is InviteAction.NONE
            assert await statuses(ann, bob) == (None, None)
            assert await facts_of(ann) == []


async def test_ignoring_is_not_told(fresh_people, invite, answer, statuses, sync, facts_of):
    """The one who asked still waits, hears nothing in a sync, and nothing is announced."""
    ann, bob = await fresh_people(2)
    await invite(ann, bob)
    device = Client(ann)
    await sync(device)
    version = device.version

    await answer(friendships.ignore, bob, ann)

    assert await statuses(ann, bob) == (INVITED, IGNORED)
    await sync(device)
    assert device.version == version
    assert await facts_of(bob) == []
    with pytest.raises(friendships.NoSuchInvitation):
        await answer(friendships.ignore, bob, ann)


@pytest.mark.parametrize(
    ("ignored", "age", "action"),
    [
        (True, timedelta(days=1, minutes=-1), InviteAction.NONE),
        (True, timedelta(days=1, minutes=1), InviteAction.SENT),
        (False, timedelta(days=3, minutes=-1), InviteAction.NONE),
        (False, timedelta(days=3, minutes=1), InviteAction.SENT),
    ],
)
async def test_an_old_invitation_can_be_sent_again(
    fresh_people, invite, answer, rows, mongo, ignored, age, action
):
    """With a new message, and no longer ignored."""
    ann, bob = await fresh_people(2)
    await invite(ann, bob, "first")
    if ignored:
        await answer(friendships.ignore, bob, ann)
    await mongo("userhub_social")["friendships"].update_one(
        {"_id": {"o": ann, "t": bob}}, {"$set": {"updated_at": datetime.now(UTC) - age}}
    )

    assert await invite(ann, bob, "second") is action

    [theirs] = await rows(bob)
    if action is InviteAction.SENT:
        assert (theirs.status, theirs.message) == (ASKED, "second")
    else:
        assert (theirs.status, theirs.message) == (IGNORED if ignored else ASKED, "first")


async def test_deleting_is_one_sided(fresh_people, befriend, answer, ask_as, rows, sync, announced):
    """The other keeps their side, but it is no longer mutual; my name for them is gone."""
    ann, bob = await fresh_people(2)
    await befriend(ann, bob)
    await ask_as(friendships.set_friend_name, owner_id=ann, target_id=bob, display_name="Bobby")
    device, other_device = Client(ann), Client(bob)
    await sync(device)
    await sync(other_device)
    version = other_device.version

    await answer(friendships.unfriend, ann, bob)

    [mine], [theirs] = await rows(ann), await rows(bob)
    assert (mine.status, mine.display_name, mine.message) == (DELETED, "", "")
    assert (theirs.status, theirs.mutual) == (FRIENDS, False)
    [change] = (await sync(device)).friends
    assert (change.target_id, change.status) == (bob, DELETED)
    assert device.friends == {}
    await sync(other_device)
    assert other_device.version == version
    [event] = await announced(friendships.Unfriended, user_id=ann)
    assert event.data == {"user_id": ann, "target_id": bob}
    with pytest.raises(friendships.NotFriends):
        await ask_as(friendships.read_friendship, owner_id=ann, target_id=bob)
    with pytest.raises(friendships.NoSuchFriend):
        await answer(friendships.unfriend, ann, bob)


async def test_a_deleted_friend_cannot_come_back_alone(
    fresh_people, befriend, answer, invite, statuses, facts_of
):
    """Neither by agreeing again to the old invitation nor by inviting: that only asks."""
    ann, bob = await fresh_people(2)
    await befriend(ann, bob)
    await answer(friendships.unfriend, ann, bob)
    before = await facts_of(bob)

    with pytest.raises(friendships.NoSuchInvitation):
        await answer(friendships.agree, bob, ann)

    assert await statuses(ann, bob) == (DELETED, FRIENDS)
    assert await facts_of(bob) == before
    assert await invite(bob, ann) is InviteAction.SENT
    assert await statuses(ann, bob) == (ASKED, INVITED)


async def test_whoever_deleted_can_take_it_back_while_the_other_still_lists_them(
    fresh_people, befriend, answer, invite, statuses, announced
):
    """The other never ended it, so nothing needs to be asked."""
    ann, bob = await fresh_people(2)
    await befriend(ann, bob)
    await answer(friendships.unfriend, ann, bob)

    assert await invite(ann, bob) is InviteAction.ADDED

    assert await statuses(ann, bob) == (FRIENDS, FRIENDS)
    [event] = await announced(friendships.FriendsMade, user_id=ann)
    assert event.data == {"user_id": ann, "target_id": bob, "agreed": False}


async def test_a_blocked_person_reaches_nobody(
    fresh_people, invite, ask_as, statuses, sync, facts_of
):
    """Their invitation looks like one that had no effect: nothing kept, told or announced."""
    ann, bob = await fresh_people(2)
    await ask_as(blacklist.add_to_blacklist, owner_id=bob, target_id=ann)
    device = Client(bob)
    await sync(device)
    version = device.version

    assert await invite(ann, bob) is InviteAction.NONE

    assert await statuses(ann, bob) == (None, None)
    await sync(device)
    assert device.version == version
    assert (await sync(Client(ann))).version == 0
    assert await facts_of(ann) == []


async def test_a_block_takes_back_an_invitation(fresh_people, invite, answer, ask_as, statuses):
    """Whoever was blocked after being asked cannot agree any more, until the block is lifted."""
    ann, bob = await fresh_people(2)
    await invite(ann, bob)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=bob)

    with pytest.raises(friendships.NoSuchInvitation):
        await answer(friendships.agree, bob, ann)

    assert await statuses(ann, bob) == (INVITED, ASKED)
    await ask_as(blacklist.remove_from_blacklist, owner_id=ann, target_id=bob)
    await answer(friendships.agree, bob, ann)
    assert await statuses(ann, bob) == (FRIENDS, FRIENDS)


async def test_inviting_lifts_no_block(fresh_people, invite, ask_as):
    """Whoever asks a person they have blocked still has them on the list."""
    ann, bob = await fresh_people(2)
    await ask_as(blacklist.add_to_blacklist, owner_id=ann, target_id=bob)

    assert await invite(ann, bob) is InviteAction.SENT

    [entry] = await ask_as(blacklist.list_blacklist, owner_id=ann, after=0)
    assert entry.target_id == bob


async def test_oneself_is_one_friend(fresh_people, invite, answer, rows, announced, mongo):
    """One row, mutual, announced once; again is refused as between friends; deleting works."""
    [ann] = await fresh_people(1)

    assert await invite(ann, ann) is InviteAction.ADDED

    [row] = await rows(ann)
    assert (row.target_id, row.status, row.mutual) == (ann, FRIENDS, True)
    with pytest.raises(friendships.AlreadyFriends):
        await invite(ann, ann)
    await answer(friendships.agree, ann, ann)
    assert len(await announced(friendships.FriendsMade, user_id=ann)) == 1
    await answer(friendships.unfriend, ann, ann)
    assert [row.status for row in await rows(ann)] == [DELETED]
    assert await invite(ann, ann) is InviteAction.ADDED
    counters = mongo("userhub_social")["counters"]
    assert (await counters.find_one({"_id": {"u": ann, "of": "friends"}}))["count"] == 1
