"""Checking in once a day."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile import days
from services.profile.checkins import rules
from shared.contracts import checkins, deletion, points

pytestmark = pytest.mark.usefixtures("one_day")


@pytest.fixture
def check_in(bus, acting):
    async def ask(user_id):
        with acting(user_id):
            return await bus.ask(checkins.check_in, checkins.Checkin(user_id=user_id))

    return ask


@pytest.fixture
def cycle(bus, acting):
    async def ask(user_id):
        with acting(user_id):
            return await bus.ask(checkins.read_cycle, checkins.Checkin(user_id=user_id))

    return ask


@pytest.fixture
def counts(bus):
    async def ask(*user_ids):
        return await bus.ask(checkins.read_counts, checkins.ReadCounts(user_ids=list(user_ids)))

    return ask


async def test_a_check_in_brings_points_once_a_day(
    person, check_in, cycle, counts, entries, announced
):
    """The first brings the first day's points; a second on the same day is refused."""
    before = await cycle(person)
    assert (before.day, before.checked_in_today) == (0, False)
    assert [day.today for day in before.days] == [True] + [False] * 6

    done = await check_in(person)

    assert done == checkins.CheckedIn(day=1, points=rules.POINTS[0], streak=1, total=1)
    with pytest.raises(checkins.AlreadyCheckedIn):
        await check_in(person)
    after = await cycle(person)
    assert (after.day, after.checked_in_today, after.streak) == (1, True, 1)
    assert [(day.done, day.today) for day in after.days][:2] == [(True, True), (False, False)]
    [entry] = await entries(person)
    assert (entry.cause, entry.change) == (points.Cause.CHECKIN, rules.POINTS[0])
    assert await counts(person + 1, person) == [
        checkins.Counts(user_id=person + 1),
        checkins.Counts(user_id=person, total=1, streak=1),
    ]
    [event] = await announced(checkins.PersonCheckedIn, person)
    assert event.data["day"] == 1


async def test_of_many_at_once_one_counts(person, check_in, balance):
    """However often it is pressed, a day pays once."""
    done = await asyncio.gather(*(check_in(person) for _ in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["AlreadyCheckedIn"] * 7 + ["CheckedIn"]
    assert await balance(person) == rules.POINTS[0]


async def test_the_next_day_goes_on_from_where_one_was(person, check_in, mongo):
    """Who checked in yesterday is on the next day of the cycle today."""
    await check_in(person)
    docs = mongo("userhub_profile")["checkins"]
    await docs.update_one({"_id": person}, {"$inc": {"last_day": -1}, "$set": {"streak": 7}})
    assert await check_in(person) == checkins.CheckedIn(day=1, points=100, streak=8, total=2)


async def test_nobody_s_check_in_and_one_of_who_left(person, user_id, check_in, tell, counts):
    """Somebody without a profile cannot check in; who left has no count any more."""
    with pytest.raises(points.NoSuchOwner):
        await check_in(user_id + 1)
    await check_in(person)
    await tell(deletion.UserDeleting(user_id=person))
    assert await counts(person) == [checkins.Counts(user_id=person)]


@given(st.lists(st.integers(1, 4), max_size=40))
def test_the_cycle_and_the_check_in_agree(gaps):
    """What the cycle shows as today's day is what a check-in then is, whatever was missed."""
    state, today, run = rules.State(user_id=1), days.today(), 0
    for gap in gaps:
        today += gap
        run = run + 1 if gap == 1 and state.total else 1
        shown = rules.cycle(state, today)
        [due] = [day for day in shown.days if day.today]
        state = rules.advance(state, today)
        assert state.streak == run
        assert (due.day, due.points) == (rules.cycle_day(run), rules.POINTS[(run - 1) % 7])
        after = rules.cycle(state, today)
        assert sum(day.done for day in after.days) == after.day == due.day
        with pytest.raises(checkins.AlreadyCheckedIn):
            rules.advance(state, today)


def test_points_rise_over_the_cycle():
    """Each day brings more than the one before, in whole points."""
    assert len(rules.POINTS) == checkins.CYCLE
    assert list(rules.POINTS) == sorted(set(rules.POINTS))
    assert not any(one % points.HUNDREDTHS for one in rules.POINTS)
