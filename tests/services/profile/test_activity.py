"""When people were here: told by gateways, counted in days of UTC+8."""

from datetime import UTC, datetime, timedelta

import pytest
import structlog.testing
from hypothesis import given
from hypothesis import strategies as st

from services.profile import days
from services.profile.activity import countries as activity_countries
from services.profile.activity.store import ActivityStore
from shared import countries
from shared.contracts import accounts, activity, deletion

LATEST = [("last_at", -1), ("_id", -1)]
DAY = 20_000
"""A day that these tests take for today, whatever day it is."""

MIDNIGHT = days.start_of(DAY)
"""The first moment of it (UTC+8)."""


@pytest.fixture
def record(bus):
    async def tell(user_id, *times, ip=""):
        uses = [activity.Use(user_id=user_id, at=at, ip=ip) for at in times]
        await bus.ask(activity.record_activity, activity.RecordActivity(uses=uses))

    return tell


@pytest.fixture
def read(bus):
    async def ask(*user_ids):
        return await bus.ask(
            activity.read_activity, activity.ReadActivity(user_ids=list(user_ids)), timeout=10
        )

    return ask


@pytest.fixture
def read_then(mongo):
    """Read what the service kept as it is to be shown on that day."""

    async def ask(*user_ids):
        return await ActivityStore(mongo("userhub_profile")).read(list(user_ids), DAY)

    return ask


@pytest.mark.parametrize(
    ("days_ago", "online_days", "streak"),
    [
        ([0], 1, 1),
        ([2, 1, 0], 3, 3),
        ([3, 1, 0], 3, 2),
        ([2, 1], 2, 2),
        ([3, 2], 2, 0),
        ([1, 1, 0, 0, 0], 2, 2),
        ([0, 1], 1, 1),
    ],
)
async def test_days_and_streaks(person, record, read_then, days_ago, online_days, streak):
    """Each day counts once; a streak goes on until a whole day is missed; the past is not made."""
    for ago in days_ago:
        await record(person, MIDNIGHT - timedelta(days=ago))
    [found] = await read_then(person)
    assert (found.online_days, found.streak) == (online_days, streak)
    assert found.last_active_at == MIDNIGHT - timedelta(days=min(days_ago))


async def test_a_streak_is_told_as_it_is_now(person, record, read):
    """Of two days in a row that are over nothing is left today; a third one begins anew."""
    now = datetime.now(UTC)
    await record(person, *(now - timedelta(days=ago) for ago in (4, 3)))
    [over] = await read(person)
    await record(person, now)
    [begun] = await read(person)
    assert [(one.online_days, one.streak) for one in (over, begun)] == [(2, 0), (3, 1)]


async def test_a_day_begins_at_midnight_in_utc_8(person, record, read_then):
    """A second before it is another day than it, also if both are told together."""
    second = timedelta(seconds=1)
    await record(person, MIDNIGHT, MIDNIGHT - second, MIDNIGHT + second)
    [found] = await read_then(person)
    assert (found.online_days, found.streak) == (2, 2)


async def test_the_country_is_that_of_the_last_address_that_has_one(person, record, read):
    """Of both kinds of addresses; what belongs to no country changes nothing, nor what is older."""
    for minute, ip, country in (
        (1, "10.0.0.1", ""),
        (2, "114.114.114.114", "CN"),
        (3, "127.0.0.1", "CN"),
        (4, "2001:4860:4860::8888", "US"),
        (5, "no address", "US"),
        (0, "114.114.114.114", "US"),
    ):
        await record(person, MIDNIGHT + timedelta(minutes=minute), ip=ip)
        assert [one.country for one in await read(person)] == [country], ip
    assert countries.chinese_name("US") == "美国"


async def test_without_the_database_there_is_no_country(monkeypatch):
    """A file that cannot be read costs the countries, not the activity."""
    monkeypatch.setattr(activity_countries, "DATA", "there-is-no-such.dat.gz")
    found = activity_countries.Countries()
    with structlog.testing.capture_logs() as logs:
        assert [await found.of({"8.8.8.8"}) for _ in range(2)] == [{}, {}]
    assert [one["event"] for one in logs] == ["countries.not_read"]


async def test_who_does_not_exist_is_passed_over(person, user_id, record, read, tell, bus):
    """Strangers and people who left are not remembered; asked for, they are all zeros."""
    stranger = user_id + 1
    for one in (person, stranger):
        await record(one, MIDNIGHT)
    await tell(deletion.UserDeleting(user_id=person))
    await record(person, MIDNIGHT)
    assert await read(stranger, person, stranger) == [
        activity.Activity(user_id=stranger),
        activity.Activity(user_id=person),
    ]


async def test_who_was_here_last_comes_first(newcomers, record, bus, mongo, tell):
    """The list goes from the last to the first, from an index, without who is locked out."""
    ids = await newcomers(3)
    soon = datetime.now(UTC) + timedelta(days=1)  # later than what other tests tell
    for minute, one in enumerate(ids):
        await record(one, soon + timedelta(minutes=minute))
    pages = [
        await bus.ask(activity.list_active, activity.ListActive(skip=skip, limit=2))
        for skip in (0, 2)
    ]
    assert (pages[0] + pages[1])[:3] == ids[::-1]
    kept = mongo("userhub_profile")["activity"]
    plan = await kept.find({"locked_out": False}).sort(LATEST).limit(2).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 2
    await tell(accounts.UserDisabled(user_id=ids[2]))
    first = activity.ListActive(limit=2)
    assert await bus.ask(activity.list_active, first) == ids[1::-1]
    await tell(accounts.UserEnabled(user_id=ids[2]))
    assert await bus.ask(activity.list_active, first) == ids[:0:-1]


@pytest.fixture
async def id_of(bus):
    async def find(person):
        ask = accounts.ByAddress(address=person.e164)
        return (await bus.ask(accounts.find_by_address, ask)).user_id

    return find


async def test_a_request_through_the_gateway_counts(people, id_of, read, eventually):
    """Whoever uses a session is soon known to have been here today, and from which country."""
    tom = await people.one()
    tom.http.headers["x-forwarded-for"] = "114.114.114.114"
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert (await tom.get(f"/user/{tom.id}")).status_code == 200
    user_id = await id_of(tom)

    async def counted():
        [found] = await read(user_id)
        return found if found.online_days else None

    found = await eventually(counted)
    # Midnight may pass between what Tom does.
    assert found.online_days == found.streak <= 2
    assert found.country == "CN"
    assert found.last_active_at > before


@given(st.integers(-(10**9), 10**10).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_a_moment_is_within_its_day(moment):
    """A day of UTC+8 begins at 16:00 UTC, and lasts until the next one begins."""
    day = days.day_of(moment)
    assert days.start_of(day) <= moment < days.start_of(day + 1)
    assert (days.start_of(day).hour, days.start_of(day).minute) == (16, 0)
