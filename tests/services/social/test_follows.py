"""Follows over the bus."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from services.social.follows.handlers import ERASED_AT_ONCE
from shared.contracts import blacklist, deletion, follows, relations
from shared.errors import Malformed, NotTheCaller

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def follow(ask_as):
    async def ask(one, two):
        await ask_as(follows.follow, user_id=one, target_id=two)

    return ask


@pytest.fixture
def unfollow(ask_as):
    async def ask(one, two):
        await ask_as(follows.unfollow, user_id=one, target_id=two)

    return ask


@pytest.fixture
def tally(bus):
    """Give how many somebody follows, are followed by, and both."""

    async def ask(*people):
        found = await bus.ask(follows.count_follows, follows.CountFollows(user_ids=list(people)))
        return [(one.followings, one.followers, one.mutual) for one in found]

    return ask


@pytest.fixture
def listed(bus):
    """Give who is in a page of one of the three lists."""

    async def ask(call, user_id, **part):
        page = await bus.ask(call, follows.ListFollows(user_id=user_id, **{"limit": 10, **part}))
        return [one.user_id for one in page]

    return ask


@pytest.fixture
def related(bus):
    async def ask(viewer, *people):
        found = await bus.ask(
            follows.relate, follows.Relate(viewer_id=viewer, user_ids=list(people))
        )
        return [(one.user_id, one.followed, one.follows) for one in found]

    return ask


async def test_a_follow_is_there_at_once(fresh_people, follow, tally, listed, related, announced):
    """Lists, numbers and relations of both show it; it is announced."""
    ann, bob = await fresh_people(2)

    await follow(ann, bob)

    assert await listed(follows.list_followings, ann) == [bob]
    assert await listed(follows.list_followers, bob) == [ann]
    assert await listed(follows.list_followers, ann) == []
    assert await listed(follows.list_mutual, ann) == []
    assert await tally(ann, bob) == [(1, 0, 0), (0, 1, 0)]
    bobs, anns = (bob, True, False), (ann, False, False)
    assert await related(ann, bob, ann, bob) == [bobs, anns, bobs]
    assert await related(bob, ann) == [(ann, False, True)]
    [event] = await announced(follows.Followed, user_id=ann)
    assert event.data == {"user_id": ann, "target_id": bob}


async def test_following_back_makes_it_mutual(fresh_people, follow, unfollow, tally, listed):
    """Both are in each other's list of mutual follows until one of them ends it."""
    ann, bob = await fresh_people(2)
    await follow(ann, bob)
    await follow(bob, ann)

    assert await tally(ann, bob) == [(1, 1, 1), (1, 1, 1)]
    assert await listed(follows.list_mutual, ann) == [bob]
    assert await listed(follows.list_mutual, bob) == [ann]

    await unfollow(ann, bob)

    assert await tally(ann, bob) == [(0, 1, 0), (1, 0, 0)]
    assert await listed(follows.list_mutual, bob) == []
    assert await listed(follows.list_followings, bob) == [ann]


async def test_doing_it_again_changes_nothing(fresh_people, follow, unfollow, tally, facts_of):
    """Also from several devices at once: one follow, one end, counted and announced once."""
    ann, bob = await fresh_people(2)

    await asyncio.gather(*(follow(ann, bob) for _ in range(5)))
    assert await tally(ann, bob) == [(1, 0, 0), (0, 1, 0)]
    await asyncio.gather(*(unfollow(ann, bob) for _ in range(5)))

    assert await tally(ann, bob) == [(0, 0, 0), (0, 0, 0)]
    assert await facts_of(ann) == [follows.Followed.fact, follows.Unfollowed.fact]


async def test_whom_nobody_can_follow(fresh_people, follow, unfollow, tally, facts_of):
    """Oneself, and who does not exist, are refused; ending what never was is fine."""
    [ann] = await fresh_people(1)
    nobody = ann + 10**15

    with pytest.raises(relations.Oneself):
        await follow(ann, ann)
    with pytest.raises(relations.NoSuchPerson):
        await follow(ann, nobody)
    await unfollow(ann, nobody)

    assert await tally(ann, nobody) == [(0, 0, 0), (0, 0, 0)]
    assert await facts_of(ann) == []


async def test_who_is_blocked_does_not_follow(fresh_people, follow, ask_as, tally, facts_of):
    """A block ends their follow and refuses new ones; the one who blocks may go on following."""
    ann, bob = await fresh_people(2)
    await follow(ann, bob)
    await follow(bob, ann)
    blocking = {"owner_id": bob, "target_id": ann}

    await ask_as(blacklist.add_to_blacklist, **blocking)

    assert await tally(ann, bob) == [(0, 1, 0), (1, 0, 0)]
    assert await facts_of(ann) == [follows.Followed.fact, follows.Unfollowed.fact]
    with pytest.raises(follows.NotWelcome):
        await follow(ann, bob)
    assert await ask_as(blacklist.blocked_among, owner_id=bob, target_ids=[bob, ann]) == [ann]
    assert await ask_as(blacklist.blocked_among, owner_id=ann, target_ids=[bob, ann]) == []
    await ask_as(blacklist.remove_from_blacklist, **blocking)
    await follow(ann, bob)
    assert await ask_as(blacklist.blocked_among, owner_id=bob, target_ids=[ann]) == []


async def test_only_oneself_follows(bus, acting, fresh_people):
    """Nobody makes another follow, or ends it."""
    ann, bob = await fresh_people(2)
    for call in (follows.follow, follows.unfollow):
        with acting(bob), pytest.raises(NotTheCaller):
            await bus.ask(call, follows.Following(user_id=ann, target_id=bob))


async def test_a_person_follows_10_000_at_the_most(
    fresh_people, follow, unfollow, tally, mongo, facts_of
):
    """The last place is given once; ending one makes room."""
    ann, *others = await fresh_people(4)
    counts = mongo("userhub_social")["follow_counts"]
    room_for_one = {"followings": follows.FOLLOWINGS_MOST - 1, "followers": 0, "mutual": 0}
    await counts.insert_one({"_id": ann, **room_for_one})

    outcomes = await asyncio.gather(
        *(follow(ann, other) for other in others), return_exceptions=True
    )

    assert [type(one) for one in outcomes if one] == [relations.TooMany] * 2
    assert await tally(ann) == [(follows.FOLLOWINGS_MOST, 0, 0)]
    assert len(await facts_of(ann)) == 1
    await unfollow(ann, others[outcomes.index(None)])
    await follow(ann, others[0])


async def test_pages_are_newest_first(user_id, listed, bus, mongo):
    """By offset or after the last row of the page before, each once, also within a millisecond."""
    await mongo("userhub_social")["follows"].insert_many(
        {
            "_id": {"u": user_id, "t": one},
            "user": user_id,
            "target": one,
            "at": MOMENT + timedelta(seconds=one // 3),
            "mutual": one % 2 == 0,
        }
        for one in range(1, 11)
    )
    newest_first = list(range(10, 0, -1))

    by_offset = [
        await listed(follows.list_followings, user_id, limit=4, offset=offset)
        for offset in (0, 4, 8, 12, follows.DEEPEST + 1, 2**62)
    ]
    assert list(itertools.chain(*by_offset)) == newest_first
    assert await listed(follows.list_mutual, user_id, limit=2, offset=1) == [8, 6]
    by_mark, mark = [], None
    for _ in range(6):
        ask = follows.ListFollows(user_id=user_id, limit=2, before=mark)
        page = await bus.ask(follows.list_followings, ask)
        by_mark += [one.user_id for one in page]
        mark = follows.FollowMark(since=page[-1].since, user_id=page[-1].user_id) if page else mark
    assert by_mark == newest_first


@pytest.mark.parametrize(
    ("fields", "fine"),
    [
        ({"limit": 0}, False),
        ({"limit": 1}, True),
        ({"limit": follows.PAGE_MOST}, True),
        ({"limit": follows.PAGE_MOST + 1}, False),
        ({"limit": 1, "offset": -1}, False),
        ({"limit": 1, "offset": follows.DEEPEST}, True),
    ],
)
async def test_limits_of_a_page(user_id, bus, fields, fine):
    """A page has 1 to 100 rows; an offset is not negative."""
    ask = follows.ListFollows(user_id=user_id, **fields)
    if fine:
        assert await bus.ask(follows.list_followers, ask) == []
    else:
        with pytest.raises(Malformed):
            await bus.ask(follows.list_followers, ask)


async def test_whoever_leaves_follows_nobody(
    fresh_people, follow, tally, listed, tell, announced, mongo
):
    """Rows of both directions go, and the numbers of the others are what is left."""
    ann, bob, cem, dan = await fresh_people(4)
    for one, two in ((ann, bob), (bob, ann), (bob, cem), (dan, bob), (ann, cem), (cem, ann)):
        await follow(one, two)

    await tell(deletion.UserDeleting(user_id=bob))
    await announced(relations.UserErased, user_id=bob)

    assert await tally(ann, bob, cem, dan) == [(1, 1, 1), (0, 0, 0), (1, 1, 1), (0, 0, 0)]
    assert await listed(follows.list_followings, dan) == []
    assert await listed(follows.list_mutual, ann) == [cem]
    db = mongo("userhub_social")
    assert not await db["follows"].find_one({"$or": [{"user": bob}, {"target": bob}]})
    assert not await db["follow_counts"].find_one({"_id": bob})
    with pytest.raises(relations.NoSuchPerson):
        await follow(ann, bob)


async def test_many_followers_are_removed_in_parts(
    fresh_people, tell, announced, mongo, tally, watched
):
    """Somebody with more followers than one transaction removes leaves with all of them.

    No more of them are read at once than are removed, so that it costs the same for each.
    """
    [ann] = await fresh_people(1)
    db, first = mongo("userhub_social"), ann * 1000
    followers = range(first, first + 450)
    now = datetime.now(UTC)
    await db["follows"].insert_many(
        {"_id": {"u": a, "t": b}, "user": a, "target": b, "at": now, "mutual": one % 3 == 0}
        for one in followers
        for a, b in ([(one, ann), (ann, one)] if one % 3 == 0 else [(one, ann)])
    )
    await db["follow_counts"].insert_many(
        {"_id": one, "followings": 1, "followers": int(one % 3 == 0), "mutual": int(one % 3 == 0)}
        for one in followers
    )

    queries = await watched("follows")
    await tell(deletion.UserDeleting(user_id=ann))
    await announced(relations.UserErased, user_id=ann)

    assert max(one.get("nreturned", 0) for one in await queries()) <= ERASED_AT_ONCE
    assert set(await tally(*followers)) == {(0, 0, 0)}
    assert not await db["follows"].find_one({"$or": [{"user": ann}, {"target": ann}]})


@pytest.mark.parametrize(
    ("query", "order", "index"),
    [
        ({"user": 1}, [("at", -1), ("target", -1)], "user_1_at_-1_target_-1"),
        ({"target": 1}, [("at", -1), ("user", -1)], "target_1_at_-1_user_-1"),
        (
            {
                "target": 1,
                "at": {"$lte": MOMENT},
                "$or": [{"at": {"$lt": MOMENT}}, {"user": {"$lt": 7}}],
            },
            [("at", -1), ("user", -1)],
            "target_1_at_-1_user_-1",
        ),
    ],
)
async def test_lists_are_read_from_an_index(plan_of, query, order, index):
    """In its order: nothing is scanned, nothing sorted afterwards."""
    plan = await plan_of("follows", query, order)

    assert index in plan
    assert not plan & {"COLLSCAN", "SORT"}
