"""The ledger of points: over the bus, and through two instances at once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.people import People
from services.profile.points import rules
from services.profile.points.handlers import PointHandlers
from services.profile.points.ledger import Ledger
from services.profile.profiles.store import ProfileStore
from shared import errors
from shared.caller import Caller, checked_caller
from shared.contracts import deletion, points
from shared.contracts.accounts import Role
from shared.outbox import Outbox


@pytest.fixture
def page(administer):
    async def read(user_id, **fields):
        ask = points.ListEntries(user_id=user_id, **fields)
        return await administer(points.inspect_entries, ask)

    return read


async def test_a_change_is_entered_with_what_was_before_and_after(
    person, grant, balance, page, audit, announced
):
    """Each change of a balance is an entry that follows from the one before, and is announced."""
    first = await grant(person, 1050, reason="welcome", remark="for Ann")
    await grant(person, -50)

    assert (first.number, first.before, first.change, first.after) == (1, 0, 1050, 1050)
    assert (first.cause, first.reason, first.remark) == (points.Cause.GRANT, "welcome", "for Ann")
    assert first.actor_id == 1
    assert await balance(person) == 1000
    read = await page(person)
    assert [(one.before, one.change, one.after) for one in read.entries] == [
        (1050, -50, 1000),
        (0, 1050, 1050),
    ]
    assert read.entries[1] == first
    found = await audit(person)
    assert (found.sound, found.points, found.recomputed, found.entries) == (True, 1000, 1000, 2)
    told = await announced(points.PointsChanged, person, 2)
    assert [event.data["after"] for event in told] == [1050, 1000]


async def test_a_key_changes_once(person, grant, balance):
    """The same change asked for again is answered as it was; another one by its key is refused."""
    first = await grant(person, 500, key="k")
    assert await grant(person, 500, key="k") == first
    for amount in (400, -500):
        with pytest.raises(points.KeyUsed):
            await grant(person, amount, key="k")
    assert await balance(person) == 500


async def test_what_is_booked_from_outside_has_its_cause(person, grant, entries):
    """A shop's purchase is one; what our features pay for, only they book; keys are per cause."""
    await grant(person, 500, key="k")
    await grant(person, -200, key="k", cause=points.Cause.PURCHASE)
    booked = [(one.cause, one.change) for one in await entries(person)]
    assert booked == [(points.Cause.PURCHASE, -200), (points.Cause.GRANT, 500)]
    for cause in set(points.Cause) - set(points.BOOKED):
        with pytest.raises(errors.Malformed):
            await grant(person, 500, cause=cause)


async def test_there_is_never_less_than_nothing_nor_more_than_all(person, grant, balance):
    """More than there is cannot be taken, nor can anybody have more than the largest balance."""
    with pytest.raises(points.NotEnoughPoints):
        await grant(person, -1)
    await grant(person, 100)
    with pytest.raises(points.NotEnoughPoints):
        await grant(person, -101)
    await grant(person, -100)
    assert await balance(person) == 0


async def test_the_largest_balance_is_a_limit(person, grant, mongo, balance):
    """What would go beyond it is refused and changes nothing."""
    await grant(person, 1)
    kept = mongo("userhub_profile")["points"]
    await kept.update_one({"_id": person}, {"$set": {"points": points.LARGEST_BALANCE - 5}})
    with pytest.raises(points.TooManyPoints):
        await grant(person, 6)
    await grant(person, 5)
    assert await balance(person) == points.LARGEST_BALANCE


async def test_who_may_change_and_whose(person, user_id, administer, bus, acting, grant):
    """Administrators change, auditors look, owners see their own; nobody has points unborn."""
    ask = points.Change(user_id=person, points=1, reason="x", key="k")
    for call in (points.grant, points.take):
        with pytest.raises(errors.NotAllowed):
            await administer(call, ask, Role.AUDITOR)
    with pytest.raises(errors.NotAllowed):
        await administer(points.check, points.OwnerOf(user_id=person), Role.USER)
    with acting(person), pytest.raises(errors.NotTheCaller):
        await bus.ask(points.list_entries, points.ListEntries(user_id=person + 1))
    with pytest.raises(points.NoSuchOwner):
        await grant(user_id + 1, 100)
    with pytest.raises(errors.UnusableText):
        await grant(person, 100, reason="two\nlines")


async def test_pages_reach_every_entry_once(person, grant, page):
    """By skip and by number, of all entries or of one direction: the same rows, newest first."""
    for amount in (5, -1, 6, -2, 7, -3, 8):
        await grant(person, amount * 100)

    whole = await page(person, limit=100)
    numbers = [one.number for one in whole.entries]
    assert (numbers, whole.total) == ([7, 6, 5, 4, 3, 2, 1], 7)
    for income, expected in ((None, numbers), (True, [7, 5, 3, 1]), (False, [6, 4, 2])):
        skipped, followed, before = [], [], None
        for skip in range(0, 10, 2):
            part = await page(person, limit=2, skip=skip, income=income)
            assert part.total == len(expected)
            skipped += [one.number for one in part.entries]
            part = await page(person, limit=2, before=before, income=income)
            followed += [one.number for one in part.entries]
            before = followed[-1]
        assert (skipped, followed) == (expected, expected)


async def test_a_person_without_points_has_none(person, bus, page):
    """Many balances are one question: in order, each once, zeros for those without any."""
    ids = [person + 1, person, person + 1]
    found = await bus.ask(points.read_balances, points.ReadBalances(user_ids=ids))
    assert found == [points.Balance(user_id=person + 1), points.Balance(user_id=person)]
    assert await page(person) == points.EntryPage(entries=[], total=0)


@pytest.fixture
def instances(js, mongo):
    """Two instances of the feature, as two processes have them."""

    def one():
        db = mongo("userhub_profile")
        outbox, profiles = Outbox(db, js, "profile"), ProfileStore(db)
        return PointHandlers(db, outbox, Ledger(db, outbox, People(db, profiles)), profiles)

    before = checked_caller.set(Caller(1, "0" * 32, int(Role.ADMIN)))
    yield one(), one()
    checked_caller.reset(before)


async def test_points_cannot_be_spent_twice(person, grant, audit, instances):
    """Of concurrent changes through two instances exactly those succeed that the balance pays."""
    await grant(person, 1000)

    async def take(number):
        ask = points.Change(user_id=person, points=300, reason="x", key=f"take-{number}")
        try:
            return (await instances[number % 2].take(ask)).number
        except points.NotEnoughPoints:
            return "refused"

    done = await asyncio.gather(*map(take, range(8)))

    assert Counter(done)["refused"] == 5
    found = await audit(person)
    assert (found.points, found.entries, found.sound) == (100, 4, True)


async def test_a_key_used_twice_at_once_changes_once(person, audit, instances):
    """Two instances that make one change at the same time make one entry, also the very first."""
    ask = points.Change(user_id=person, points=300, reason="x", key="same")

    done = await asyncio.gather(*(one.grant(ask) for one in instances * 4))

    assert {entry.number for entry in done} == {1}
    found = await audit(person)
    assert (found.points, found.entries, found.sound) == (300, 1, True)


async def test_a_ledger_that_was_tampered_with_is_found_out(person, grant, audit, mongo):
    """Adding up names the first entry that does not follow, and shows a balance that is wrong."""
    for _ in range(3):
        await grant(person, 100)
    db = mongo("userhub_profile")
    await db["points"].update_one({"_id": person}, {"$inc": {"points": 7}})
    found = await audit(person)
    assert (found.sound, found.points, found.recomputed) == (False, 307, 300)

    await db["points_entries"].update_one({"user_id": person, "number": 2}, {"$inc": {"change": 7}})
    found = await audit(person)
    assert (found.sound, found.points, found.recomputed, found.broken_at) == (False, 307, 307, 2)


async def test_a_ledger_leaves_with_its_owner(person, grant, tell, balance, mongo):
    """After a deletion there is neither balance nor entry, and there can be none again."""
    await grant(person, 100)
    await tell(deletion.UserDeleting(user_id=person))

    db = mongo("userhub_profile")
    assert await balance(person) == 0
    for name in ("points_entries", "points_days"):
        assert not await db[name].find_one({"user_id": person})
    with pytest.raises(points.NoSuchOwner):
        await grant(person, 100)


async def test_every_page_is_read_from_an_index(person, grant, mongo):
    """No page, however deep, looks at more entries than it shows."""
    for _ in range(6):
        await grant(person, 100)
    entries = mongo("userhub_profile")["points_entries"]
    for query, order in (
        ({"user_id": person, "number": {"$lte": 3}}, "number"),
        ({"user_id": person, "income": True, "turn": {"$lte": 3}}, "turn"),
    ):
        plan = await entries.find(query).sort(order, -1).limit(2).explain()
        assert plan["executionStats"]["totalDocsExamined"] == 2


NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
changes = st.lists(st.integers(-500, 500).filter(bool), max_size=30)


@given(changes)
def test_a_ledger_of_allowed_changes_adds_up(amounts):
    """Whatever is given and taken within the bounds, the sum of the entries is the balance."""
    entries: list[points.Entry] = []
    kept = income = 0
    for amount in amounts:
        least, most = rules.bounds(amount)
        if not least <= kept <= most:
            continue
        number, before, kept = len(entries) + 1, kept, kept + amount
        income += max(0, amount)
        entries.append(
            points.Entry(
                user_id=1,
                number=number,
                at=NOON,
                cause=points.Cause.GRANT,
                before=before,
                change=amount,
                after=kept,
                reason="x",
            )
        )
    adding = rules.Adding()
    adding.take(entries)
    balance = points.Balance(user_id=1, points=kept, income=income, entries=len(entries))

    assert adding.audit(balance).sound
    assert kept >= 0
