"""Two instances of the service: between them only the database decides."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest
from nats.js import JetStreamContext

from services.social.features import Features
from shared.bus import Bus
from shared.contracts import blacklist, friendships, relations
from shared.contracts import follows as contract
from shared.contracts.friendships import FriendStatus, InviteAction
from shared.mongo import Mongo, Session
from shared.outbox import Outbox

FRIENDS, INVITED, ASKED = FriendStatus.FRIENDS, FriendStatus.INVITED, FriendStatus.ASKED


class Instance:
    """The handlers of one more process, with queues of its own."""

    def __init__(self, bus: Bus, js: JetStreamContext, db: Mongo) -> None:
        self.table = Features(db, bus, Outbox(db, js, "social")).table

    async def invite(self, one, two):
        ask = friendships.Invite(owner_id=one, target_id=two)
        return (await self.table[friendships.invite](ask)).action

    async def agree(self, one, two):
        await self.table[friendships.agree](
            friendships.AnswerInvitation(owner_id=one, target_id=two)
        )

    async def unfriend(self, one, two):
        await self.table[friendships.unfriend](
            friendships.AnswerInvitation(owner_id=one, target_id=two)
        )

    async def follow(self, one, two):
        await self.table[contract.follow](contract.Following(user_id=one, target_id=two))

    async def unfollow(self, one, two):
        await self.table[contract.unfollow](contract.Following(user_id=one, target_id=two))

    async def tallies(self, *people):
        found = await self.table[contract.count_follows](
            contract.CountFollows(user_ids=list(people))
        )
        return [(one.followings, one.followers, one.mutual) for one in found]

    async def block(self, one, two):
        await self.table[blacklist.add_to_blacklist](
            blacklist.Blacklisting(owner_id=one, target_id=two)
        )

    async def rows(self, one):
        page = await self.table[friendships.list_friendships](relations.ListOfOwner(owner_id=one))
        return {row.target_id: row.status for row in page}


@pytest.fixture
def instances(bus, js, mongo):
    return [Instance(bus, js, mongo("userhub_social")) for _ in range(2)]


async def test_both_inviting_through_different_instances_end_as_friends_once(
    instances, fresh_people, facts_of
):
    """The pair's rows conflict: one of the two runs again, and finds that it was invited."""
    one, two = instances
    for _ in range(10):
        ann, bob = await fresh_people(2)

        actions = await asyncio.gather(one.invite(ann, bob), two.invite(bob, ann))

        assert sorted(actions) == [InviteAction.ADDED, InviteAction.SENT]
        assert (await one.rows(ann), await two.rows(bob)) == ({bob: FRIENDS}, {ann: FRIENDS})
        facts = sorted(await facts_of(ann) + await facts_of(bob))
        assert facts == [friendships.FriendInvited.fact, friendships.FriendsMade.fact]


async def test_a_block_through_another_instance_serialises(instances, fresh_people):
    """Either the invitation is there, as it came first, or nothing is."""
    one, two = instances
    for _ in range(10):
        ann, bob = await fresh_people(2)

        action, _ = await asyncio.gather(one.invite(ann, bob), two.block(bob, ann))

        there = action is InviteAction.SENT
        assert action in (InviteAction.SENT, InviteAction.NONE)
        assert await two.rows(bob) == ({ann: ASKED} if there else {})
        assert await one.rows(ann) == ({bob: INVITED} if there else {})


async def test_agreeing_and_blocking_through_different_instances(instances, fresh_people):
    """Either they were friends before the block, or the invitation was gone."""
    one, two = instances
    for _ in range(10):
        ann, bob = await fresh_people(2)
        await one.invite(ann, bob)

        refusals = await asyncio.gather(
            one.agree(bob, ann), two.block(ann, bob), return_exceptions=True
        )

        agreed = refusals[0]
        if agreed is None:
            assert (await one.rows(ann), await one.rows(bob)) == ({bob: FRIENDS}, {ann: FRIENDS})
        else:
            assert isinstance(agreed, friendships.NoSuchInvitation)
            assert (await one.rows(ann), await one.rows(bob)) == ({bob: INVITED}, {ann: ASKED})


async def test_a_limit_holds_across_instances(instances, fresh_people, mongo):
    """Of eight invitations for three places three get one, whoever serves them."""
    ann, *others = await fresh_people(9)
    counters = mongo("userhub_social")["counters"]
    place = {"_id": {"u": ann, "of": "friends"}}
    await counters.insert_one({**place, "count": friendships.FRIENDS_MOST - 3})

    outcomes = await asyncio.gather(
        *(instances[n % 2].invite(ann, other) for n, other in enumerate(others)),
        return_exceptions=True,
    )

    kinds = Counter(one if isinstance(one, InviteAction) else type(one) for one in outcomes)
    assert kinds == {InviteAction.SENT: 3, relations.TooMany: 5}
    assert len(await instances[0].rows(ann)) == 3
    assert (await counters.find_one(place))["count"] == friendships.FRIENDS_MOST


async def test_nothing_is_kept_of_whoever_is_erased_meanwhile(instances, fresh_people, mongo):
    """An invitation and the target's tombstone at the same moment: one comes first."""
    db = mongo("userhub_social")
    for _ in range(10):
        ann, bob = await fresh_people(2)

        async def bury(session: Session, gone: int = bob) -> int:
            tombstone = {"_id": gone, "at": datetime.now(UTC)}
            await db["erased"].insert_one(tombstone, session=session)
            return len(await db["friendships"].find({"owner": gone}, session=session).to_list(None))

        outcomes = await asyncio.gather(
            instances[0].invite(ann, bob), db.transact(bury), return_exceptions=True
        )

        action, found = outcomes[0], outcomes[1]
        if action is InviteAction.SENT:
            assert found == 1, "the erasure did not see what was kept"
        else:
            assert isinstance(action, relations.NoSuchPerson)
            assert await instances[0].rows(bob) == {}


async def test_following_each_other_through_different_instances(instances, fresh_people):
    """However follows and ends fall together, numbers and rows are those of some order."""
    one, two = instances
    for _ in range(10):
        ann, bob = await fresh_people(2)

        await asyncio.gather(one.follow(ann, bob), two.follow(bob, ann))
        assert await one.tallies(ann, bob) == [(1, 1, 1), (1, 1, 1)]
        await asyncio.gather(one.unfollow(ann, bob), two.unfollow(bob, ann), one.unfollow(ann, bob))
        assert await one.tallies(ann, bob) == [(0, 0, 0), (0, 0, 0)]
        await one.follow(ann, bob)
        await asyncio.gather(one.unfollow(ann, bob), two.follow(bob, ann))

        assert await one.tallies(ann, bob) == [(0, 1, 0), (1, 0, 0)]
        asked = contract.ListFollows(user_id=bob, limit=10)
        assert await one.table[contract.list_mutual](asked) == []


async def test_following_and_blocking_through_different_instances(instances, fresh_people):
    """Nobody follows whoever has just blocked them, whichever of the two came first."""
    one, two = instances
    for _ in range(10):
        ann, bob = await fresh_people(2)

        outcomes = await asyncio.gather(
            one.follow(ann, bob), two.block(bob, ann), return_exceptions=True
        )

        assert outcomes[1] is None
        assert outcomes[0] is None or isinstance(outcomes[0], contract.NotWelcome)
        assert await one.tallies(ann, bob) == [(0, 0, 0), (0, 0, 0)]
