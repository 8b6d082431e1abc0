"""Telling many people of one change: in the background, and in spite of everything all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from services.social.sync.fan_out import Audience, FanOut, News
from services.social.sync.log import Change, Section, SyncLog
from shared.contracts import deletion, friendships, profile, relations
from shared.contracts.friendships import FriendStatus
from shared.mongo import Mongo
from tests.services.social.client import Client

MANY = friendships.FRIENDS_MOST


@pytest.fixture
def db(mongo):
    return mongo("userhub_social")


@pytest.fixture
async def crowd(fresh_people, db):
    """Give somebody whom 10,000 people have among their friends, and those people."""
    [star] = await fresh_people(1)
    first = star * 1000
    fans = range(first, first + MANY)
    when = datetime.now(UTC)
    rows = [
        {
            "_id": {"o": one, "t": other},
            "owner": one,
            "target": other,
            "status": FriendStatus.FRIENDS.value,
            "display_name": "",
            "message": "",
            "updated_at": when,
        }
        for fan in fans
        for one, other in ((fan, star), (star, fan))
    ]
    counts = [{"_id": {"u": one, "of": "friends"}, "count": 1} for one in fans]
    await db["friendships"].insert_many(rows, ordered=False)
    await db["counters"].insert_many(counts, ordered=False)
    await db["counters"].insert_one({"_id": {"u": star, "of": "friends"}, "count": MANY})
    yield star, fans
    among = {"$gte": first, "$lt": first + MANY}
    await db["friendships"].delete_many({"owner": among})
    await db["friendships"].delete_many({"target": among})
    await db["counters"].delete_many({"_id": {"$in": [row["_id"] for row in counts]}})
    await db["sync_heads"].delete_many({"_id": among})
    await db["sync_log"].delete_many({"u": among})


def told(db: Mongo, fans: range) -> Callable[[], Awaitable[dict[int, int]]]:
    """Give how often each was told who was."""

    async def read() -> dict[int, int]:
        among = {"$gte": fans[0], "$lte": fans[-1]}
        return {
            head["_id"]: head["version"] async for head in db["sync_heads"].find({"_id": among})
        }

    return read


async def test_10000_friends_delay_nobody(crowd, ask_as, db, sync, eventually):
    """The call returns at once, other people's calls go on, and all are told in the background."""
    star, fans = crowd
    answered = 0
    await ask_as(profile.change_profile, user_id=star, nickname="Star")

    async def all_told():
        nonlocal answered
        if not await some_untold():
            return True
        await sync(Client(star))
        answered += await some_untold()
        return False

    async def some_untold():
        of_fans = {"_id": {"$gte": fans[0], "$lte": fans[-1]}}
        return await db["sync_heads"].count_documents(of_fans) < MANY

    assert await some_untold()
    await eventually(all_told, seconds=60)

    assert answered
    assert set((await told(db, fans)()).values()) == {1}
    [row] = (await sync(Client(fans[-1]))).friends
    assert (row.target_id, row.version) == (star, 1)


async def test_a_kill_in_the_middle_loses_nobody(crowd, ask_as, db, suite, eventually):
    """Another process goes on where the killed one was; everybody is told exactly once."""
    star, fans = crowd
    read = told(db, fans)
    await ask_as(profile.change_profile, user_id=star, nickname="Star")
    old = suite.pids["social"]
    await eventually(read, seconds=30)

    suite.kill("social")

    interrupted = await read()
    assert 0 < len(interrupted) < MANY
    await suite.wait_restarted("social", old)

    async def all_told():
        return len(await read()) == MANY and not await db["fan_out"].find_one({"of": star})

    await eventually(all_told, seconds=60)
    assert set((await read()).values()) == {1}
    await suite.wait_ready()


async def test_whoever_has_10000_friends_can_leave(
    crowd, db, sync, tell, announced, suite, eventually
):
    """In chunks, also across a kill: nothing is left, and every friend is told of it once."""
    star, fans = crowd
    await tell(deletion.UserDeleting(user_id=star))
    old = suite.pids["social"]
    await eventually(told(db, fans), seconds=30)
    suite.kill("social")
    assert await db["friendships"].find_one({"target": star})
    await suite.wait_restarted("social", old)

    [event] = await announced(relations.UserErased, user_id=star, seconds=90)

    assert event.data == {"user_id": star}
    for query in ({"owner": star}, {"target": star}):
        assert not await db["friendships"].find_one(query)
    assert not await db["counters"].find_one({"_id.u": star})
    heads = await told(db, fans)()
    assert len(heads) == MANY
    assert set(heads.values()) == {1}
    changes = await sync(Client(fans[0]))
    assert (changes.version, changes.friends) == (1, [])
    counts = db["counters"].find({"_id": {"$in": [{"u": one, "of": "friends"} for one in fans]}})
    assert {row["count"] async for row in counts} == {0}
    await suite.wait_ready()


async def test_two_workers_tell_nobody_twice(mongo, user_id, eventually):
    """Even if both believe that a job is theirs, everybody is stamped once per job."""
    lab = mongo("userhub_social_lab")  # the service must not take these jobs
    people = [user_id * 1000 + number for number in range(1000)]

    async def page(session, of, after, limit):
        return [one for one in people if one > after][:limit]

    both = [FanOut(lab, SyncLog(lab), {Audience.MEMBERS: page}) for _ in range(2)]
    for one in both:
        one.jobs._me = "both"
    news = News(Section.GROUP, user_id)
    jobs = [
        await lab.transact(lambda s: both[0].later(s, [news], Audience.MEMBERS, user_id))
        for _ in range(3)
    ]

    await asyncio.gather(*(one.run_now(job) for one in both for job in jobs))

    async def done():
        return not await lab["fan_out"].find_one({"_id": {"$in": jobs}})

    await eventually(done, seconds=30)
    heads = lab["sync_heads"].find({"_id": {"$in": people}})
    assert [head["version"] async for head in heads] == [3] * len(people)
    await lab.client.drop_database("userhub_social_lab")


async def test_who_changes_again_and_again_makes_no_more_work(mongo, user_id, eventually):
    """What waits is done once; what is asked for while it is being done is done once more."""
    lab = mongo("userhub_social_lab")
    people = [user_id * 1000 + number for number in range(500)]
    asked_meanwhile = asyncio.Event()

    async def page(session, of, after, limit):
        if after and not asked_meanwhile.is_set():
            asked_meanwhile.set()
            await changed(3)
        return [one for one in people if one > after][:limit]

    fan_out = FanOut(lab, SyncLog(lab), {Audience.MEMBERS: page})
    told = ([News(Section.GROUP, user_id)], Audience.MEMBERS, user_id)

    async def changed(times):
        for _ in range(times):
            await lab.transact(lambda session: fan_out.in_background(session, told))

    await changed(5)
    assert await lab["fan_out"].count_documents({"of": user_id}) == 1
    worker = asyncio.create_task(fan_out.jobs.run())

    async def done():
        return not await lab["fan_out"].find_one({"of": user_id})

    await eventually(done)
    await fan_out.jobs.stop()
    await worker
    heads = lab["sync_heads"].find({"_id": {"$in": people}})
    assert {head["version"] async for head in heads} == {2}
    assert asked_meanwhile.is_set()
    await lab.client.drop_database("userhub_social_lab")


async def test_a_change_that_fails_tells_nobody(db, user_id):
    """A job is there if and only if its change is."""
    fan_out = FanOut(db, SyncLog(db), {})

    async def work(session):
        await fan_out.later(session, [News(Section.SELF)], Audience.FRIENDS, user_id)
        raise relations.TooMany

    with pytest.raises(relations.TooMany):
        await db.transact(work)

    assert not await db["fan_out"].find_one({"of": user_id})


async def test_versions_follow_commits(db, user_id):
    """A transaction that commits late has the later version, however early it began."""
    log, order = SyncLog(db), []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(session):
        await db["sync_log"].find_one({"_id": 0}, session=session)
        begun.set()
        await go_on.wait()
        await log.stamp(session, [Change(user_id, Section.FRIEND, 1)])

    async def fast(session):
        await log.stamp(session, [Change(user_id, Section.FRIEND, 2)])

    late = asyncio.create_task(db.transact(slow))
    await begun.wait()
    await db.transact(fast)
    async with db.snapshot() as session:
        order.append((await log.head(session, user_id), await log.since(session, user_id, 0)))
    go_on.set()
    await late

    async with db.snapshot() as session:
        head, news = await log.head(session, user_id), await log.since(session, user_id, 1)
    [(first_head, first)] = order
    assert (first_head, [one.key for one in first]) == (1, [2])
    assert (head, [(one.key, one.version) for one in news]) == (2, [(1, 2)])


async def test_all_changes_of_a_transaction_have_one_version(db, user_id):
    """A head rises once; the same change named twice is one; everybody has their own versions."""
    log, other = SyncLog(db), user_id + 10**15
    await db.transact(lambda session: log.stamp(session, [Change(other, Section.SELF)]))
    changes = [
        Change(user_id, Section.FRIEND, 7),
        Change(other, Section.FRIEND, 7),
        Change(user_id, Section.FRIEND, 7),
        Change(user_id, Section.MEMBER, 7, 8),
        Change(user_id, Section.MEMBER, 7, 9),
    ]

    await db.transact(lambda session: log.stamp(session, changes))
    await db.transact(lambda session: log.stamp(session, []))

    async with db.snapshot() as session:
        mine = await log.since(session, user_id, 0)
        theirs = await log.since(session, other, 0)
    assert [one.version for one in mine] == [1, 1, 1]
    assert {(one.section, one.key, one.member) for one in mine} == {
        (Section.FRIEND, 7, None),
        (Section.MEMBER, 7, 8),
        (Section.MEMBER, 7, 9),
    }
    assert [(one.section, one.version) for one in theirs] == [
        (Section.SELF, 1),
        (Section.FRIEND, 2),
    ]
