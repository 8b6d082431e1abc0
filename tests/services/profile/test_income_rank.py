"""Who got the most points."""

import asyncio
from datetime import timedelta

import pytest

from services.profile import days
from services.profile.points.income import IncomeStore, incomes
from services.profile.points.ranking import Ranking
from services.profile.points.rules import city
from shared.contracts import accounts, deletion, points, profile

pytestmark = pytest.mark.usefixtures("one_day")


@pytest.fixture
def live_in(bus, acting, mongo, eventually):
    """Have a person move, and wait until the ledger knows."""

    async def move(user_id, place):
        with acting(user_id):
            ask = profile.ChangeProfile(user_id=user_id, place=place)
            await bus.ask(profile.change_profile, ask)
        kept = mongo("userhub_profile")["points"]

        async def known():
            doc = await kept.find_one({"_id": user_id})
            return doc is None or doc["city"] == city(place)

        await eventually(known)

    return move


@pytest.fixture
def top(mongo):
    """A rank of these people as a process without a memory computes it."""

    async def compute(ids, window=None, where=""):
        ranking = Ranking(IncomeStore(mongo("userhub_profile")))
        computed = await ranking.rank(window, city(where))
        return [(one, amount) for one, amount in computed.rows if one in ids]

    return compute


@pytest.fixture
def rank(bus):
    async def ask(**fields):
        return await bus.ask(points.rank_income, points.RankIncome(**fields), timeout=10)

    return ask


def fresh_city(user_id):
    """A city that no other test knows."""
    return f"甲{user_id}市"


async def test_the_rank_counts_what_came_in(newcomers, grant, top, mongo):
    """Not what went out; ever, or in the days that are asked for; equals are ordered by id."""
    ann, bob, carl, dan = await newcomers(4)
    big = 10**9
    for one, amount in ((ann, 3 * big), (ann, -big), (bob, 5 * big), (dan, 3 * big)):
        await grant(one, amount)
    assert await top({ann, bob, carl, dan}) == [(bob, 5 * big), (ann, 3 * big), (dan, 3 * big)]

    docs = mongo("userhub_profile")["points_days"]
    doc, day = await docs.find_one_and_delete({"user_id": bob}), days.today() - 7
    await docs.insert_one({**doc, "_id": f"{bob}:{day}", "day": day})
    await grant(bob, big)
    assert await top({ann, bob, dan}, 7) == [(ann, 3 * big), (dan, 3 * big), (bob, big)]
    assert await top({ann, bob, dan}, 8) == [(bob, 6 * big), (ann, 3 * big), (dan, 3 * big)]


async def test_a_city_has_a_rank_of_its_own(newcomers, user_id, grant, live_in, rank):
    """Whoever lives there is in it with all they got, however they write the city."""
    here = fresh_city(user_id)
    ann, bob, carl, dan = await newcomers(4)
    await live_in(ann, f"四川省 {here}")
    for one, amount in ((ann, 100), (bob, 200), (carl, 300)):
        await grant(one, amount)
    await live_in(bob, here)
    await live_in(dan, here)

    for window in (None, 1):
        found = await rank(city=here.removesuffix("市"), days=window, viewer_id=bob)
        rows = [(row.user_id, row.amount, row.place) for row in found.rows]
        assert rows == [(bob, 200, 1), (ann, 100, 2)]
        assert found.mine == points.RankRow(user_id=bob, amount=200, place=1)
        for viewer, mine in (
            (carl, None),
            (dan, points.RankRow(user_id=dan, amount=0, place=None)),
            (None, None),
        ):
            assert (await rank(city=here, days=window, viewer_id=viewer)).mine == mine
    assert len((await rank(city=here, limit=1)).rows) == 1


async def test_who_moved_left_or_is_locked_out_is_not_in_it(
    newcomers, user_id, grant, live_in, top, tell
):
    """The next rank of the city is without them."""
    here, ids = fresh_city(user_id), await newcomers(4)
    for number, one in enumerate(ids, 1):
        await live_in(one, here)
        await grant(one, number * 100)
    moved, left, locked_out, stays = ids
    await live_in(moved, "别处市")
    await tell(deletion.UserDeleting(user_id=left))
    await tell(accounts.UserDisabled(user_id=locked_out))
    for window in (None, 1):
        assert await top(set(ids), window, here) == [(stays, 400)]
    assert await top({moved}, None, "别处") == [(moved, 100)]


async def test_a_rank_is_computed_once_and_then_anew(newcomers, user_id, grant, live_in, mongo):
    """Who asks meanwhile gets the same, and after its time it is of then."""
    here, [ann] = fresh_city(user_id), await newcomers(1)
    await live_in(ann, here)
    await grant(ann, 100)
    incomes = IncomeStore(mongo("userhub_profile"))
    lasting, short = Ranking(incomes), Ranking(incomes, seconds=0)
    key = city(here)
    first, same = await asyncio.gather(lasting.rank(None, key), lasting.rank(None, key))
    assert first is same
    await short.rank(None, key)
    await grant(ann, 50)
    assert (await lasting.rank(None, key)).rows == [(ann, 100)]
    assert (await short.rank(None, key)).rows == [(ann, 150)]


async def test_many_windows_keep_no_other_rank_waiting(newcomers, user_id, grant, live_in, mongo):
    """Who asks for window after window, while each takes long, holds up windows alone."""
    here, [ann] = fresh_city(user_id), await newcomers(1)
    await live_in(ann, here)
    await grant(ann, 100)
    done = asyncio.Event()

    class SlowWindows(IncomeStore):
        async def top(self, first_day, city):
            if first_day is not None and not city:
                await done.wait()
            return await super().top(first_day, city)

    ranking = Ranking(SlowWindows(mongo("userhub_profile")))
    waiting = [asyncio.create_task(ranking.rank(window, "")) for window in range(1, 9)]
    async with asyncio.timeout(20):
        assert (await ranking.rank(1, city(here))).rows == [(ann, 100)]
        assert ann in (await ranking.rank(None, city(here))).places
        await ranking.rank(None, "")
    assert not any(task.done() for task in waiting)

    done.set()
    for one in await asyncio.gather(*waiting):
        assert one.rows


async def test_days_that_no_window_reaches_are_dropped(person, grant, mongo):
    """A day's income is kept for as long as a window can reach it."""
    await grant(person, 100)
    db = mongo("userhub_profile")
    doc = await db["points_days"].find_one({"user_id": person})
    first = days.start_of(doc["day"])
    assert doc["expires_at"] - first > timedelta(days=points.LONGEST_WINDOW + 1)
    indexes = (await db["points_days"].index_information()).values()
    assert any(index.get("expireAfterSeconds") == 0 for index in indexes)


async def test_ranks_are_read_from_indexes(person, grant, mongo):
    """No rank looks through what it does not need."""
    await grant(person, 100)
    db = mongo("userhub_profile")
    for collection, query, order in (
        ("points", {"income": {"$gt": 0}}, [("income", -1), ("_id", 1)]),
        ("points", {"city": "", "income": {"$gt": 0}}, [("income", -1), ("_id", 1)]),
        ("points_days", {"day": {"$gte": days.today()}}, [("day", 1)]),
        ("points_days", {"city": "", "day": {"$gte": days.today()}}, [("day", 1)]),
    ):
        plan = await db[collection].find(query).sort(order).limit(3).explain()
        assert plan["executionStats"]["totalDocsExamined"] <= 3
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
        assert "SORT'" not in str(plan["queryPlanner"]["winningPlan"])


@pytest.mark.parametrize("where", ["", "here"])
async def test_a_window_is_summed_from_an_index_alone(
    newcomers, user_id, grant, live_in, mongo, where
):
    """Its documents are millions where many people are; none is read."""
    here = fresh_city(user_id)
    for one in await newcomers(3):
        await live_in(one, here)
        await grant(one, 100)
    stages = incomes(days.today(), city(here) if where else "")
    asked = {"aggregate": "points_days", "pipeline": stages, "cursor": {}}

    db = mongo("userhub_profile").db
    plan = await db.command("explain", asked, verbosity="executionStats")

    done = plan.get("executionStats") or plan["stages"][0]["$cursor"]["executionStats"]
    assert done["totalKeysExamined"] >= 3
    assert done["totalDocsExamined"] == 0
