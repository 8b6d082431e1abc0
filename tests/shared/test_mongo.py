"""Transactions, leases and migrations."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pymongo.errors import OperationFailure, WriteConcernError

from shared import mongo
from shared.encoding import to_builtins, to_json, to_msgpack
from shared.errors import AppError, Unavailable
from shared.leases import LIFETIME_MS, Lease
from shared.migrations import Migration, migrate
from shared.mongo import (
    ASCENDING,
    TRANSACTION_SECONDS,
    IndexModel,
    Mongo,
    patient,
    reachable,
)
from tests.shared.conftest import beside


class Refused(AppError):
    """No."""

    code = "testsvc.refused"


async def test_what_conflicts_is_tried_again(database, monkeypatch):
    """Twenty transactions on one document all commit, and none overwrites another."""
    monkeypatch.setattr(mongo, "TRANSACTION_SECONDS", 60)  # as long as a slow machine needs
    await database["things"].insert_one({"_id": 1, "count": 0})
    runs = 0

    async def work(session):
        nonlocal runs
        runs += 1
        found = await database["things"].find_one({"_id": 1}, session=session)
        changed = {"$set": {"count": found["count"] + 1}}
        await database["things"].update_one({"_id": 1}, changed, session=session)
        return found["count"]

    before = await asyncio.gather(*(database.transact(work) for _ in range(20)))

    assert sorted(before) == list(range(20))
    assert (await database["things"].find_one({"_id": 1}))["count"] == 20
    assert runs > 20


@pytest.mark.parametrize("error", [Refused(), ZeroDivisionError(), asyncio.CancelledError()])
async def test_an_error_leaves_nothing(database, error):
    """Whatever ends the work, nothing of it is committed, and the error comes out as it is."""
    runs = []

    async def work(session):
        runs.append(1)
        await database["things"].insert_one({"_id": 1}, session=session)
        raise error

    with pytest.raises(type(error)):
        await database.transact(work)

    assert len(runs) == 1
    assert await database["things"].count_documents({}) == 0


async def test_a_conflict_that_lasts_is_unavailable(database):
    """What conflicts again and again is tried for some seconds, and no longer."""
    runs = 0

    async def conflict(session):
        nonlocal runs
        runs += 1
        # As the server says it; a real one would end when it gives up on who holds the document.
        error = OperationFailure("write conflict", 112)
        error._add_error_label("TransientTransactionError")
        raise error

    started = time.monotonic()
    with pytest.raises(Unavailable):
        await database.transact(conflict)

    assert time.monotonic() - started >= TRANSACTION_SECONDS - 0.2
    assert runs > 10


async def test_large_numbers_can_be_written_down(database):
    """An integer beyond 32 bits, at any depth, goes on as any other."""
    kept = {"_id": 2**40, "inside": [{"n": 2**62}]}
    await database["things"].insert_one(kept)

    found = await database["things"].find_one({})

    assert found == kept
    assert msgspec.msgpack.decode(to_msgpack(found)) == kept
    assert msgspec.json.decode(to_json(found)) == kept
    assert to_builtins(found) == kept
    with pytest.raises(NotImplementedError):
        to_json({"no": object()})


async def test_a_database_that_is_away_is_unavailable():
    """Neither an operation nor a transaction hangs or shows the driver's error."""
    away = Mongo("mongodb://127.0.0.1:9/?directConnection=true", "away", "tests")

    async def work(session):
        await away["things"].insert_one({}, session=session)

    async with asyncio.timeout(25):  # the driver itself would try for thirty seconds
        asked = [away.ping(), away.transact(work)]
        refused = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in refused] == [Unavailable] * 2
    await away.close()


# ----------------------------------------------------------------------------------------- leases


async def test_patient_work_has_its_own_time(database):
    """Within the block its time counts, instead of what is meant for a request; after it not."""
    await database["things"].insert_one({"_id": 1})
    with pytest.raises(Unavailable), patient(0.000_001):
        async with reachable():
            await database["things"].find_one({"_id": 1})
    assert await database["things"].find_one({"_id": 1})


async def test_of_many_one_holds_a_lease(database):
    """Of twenty at once one gets it; the others do when it is let go."""
    leases = [Lease(database, "thing", f"holder{n}") for n in range(20)]

    taken = await asyncio.gather(*(lease.take() for lease in leases))
    assert taken.count(True) == 1
    holder = leases[taken.index(True)]
    assert await holder.take()
    assert not await leases[taken.index(False)].take()

    await leases[taken.index(False)].release()
    assert not await leases[taken.index(False)].take()
    await holder.release()
    assert await leases[taken.index(False)].take()


async def test_leases_of_other_names_are_free(database):
    """Holding one thing does not keep another from anybody."""
    assert await Lease(database, "one", "a").take()
    assert await Lease(database, "two", "b").take()


async def test_a_lease_is_kept_and_a_dead_holder_loses_it(database):
    """While it is renewed nobody else gets it; when the last renewal is over one does."""
    holder, other = Lease(database, "thing", "a"), Lease(database, "thing", "b")
    assert await holder.take()
    async with holder.kept():
        until = time.monotonic() + LIFETIME_MS / 1000 + 0.7
        while time.monotonic() < until:
            assert not await other.take()
            await asyncio.sleep(0.1)
    kept = await database["leases"].find_one({"_id": "thing"})
    await asyncio.wait_for(other.wait(), 60)

    taken = await database["leases"].find_one({"_id": "thing"})
    assert (kept["holder"], taken["holder"]) == ("a", "b")
    assert taken["until"] - kept["until"] >= timedelta(milliseconds=LIFETIME_MS)
    assert not await holder.take()


# ------------------------------------------------------------------------------------- migrations


def step(name, ran, pause=0.0):
    async def run(mongo, progress):
        await asyncio.sleep(pause)
        ran.append(name)

    return Migration(name, run)


async def test_steps_run_in_order_and_once(database):
    """Each step runs once, in order; a later version runs what is new."""
    ran: list[str] = []
    steps = [step(f"000{n}_x", ran) for n in range(1, 4)]

    assert await migrate(database, steps[:2]) == ["0001_x", "0002_x"]
    assert await migrate(database, steps) == ["0003_x"]
    assert await migrate(database, steps) == []
    assert ran == ["0001_x", "0002_x", "0003_x"]


async def test_steps_out_of_order_are_refused(database):
    """A list that is not in order, or names a step twice, is a fault of ours."""
    for names in (["0002_x", "0001_x"], ["0001_x", "0001_x"]):
        with pytest.raises(ValueError, match="order"):
            await migrate(database, [step(name, []) for name in names])


async def test_a_step_may_take_longer_than_a_request(database, suite, monkeypatch):
    """Else no service would start any more that has one update of a collection that is large."""
    await database["things"].insert_many([{"slow": True} for _ in range(10)])

    async def run(mongo, _):
        slow = {"$where": "sleep(300) || true"}
        await mongo["things"].update_many(slow, {"$set": {"slow": False}})

    monkeypatch.setattr(mongo, "OPERATION_MS", 2000)
    hasty = Mongo(suite.urls["mongo"], database.db.name, "tests")
    await migrate(hasty, [Migration("0001_x", run)])
    await hasty.close()
    assert not await database["things"].count_documents({"slow": True})


async def test_of_runners_at_once_one_runs_each_step(database):
    """Three processes start together: each step runs once, and all go on when all is done."""
    ran: list[str] = []
    steps = [step(f"000{n}_x", ran, 0.05) for n in range(1, 4)]

    await asyncio.gather(*(migrate(database, steps) for _ in range(3)))

    assert ran == ["0001_x", "0002_x", "0003_x"]


async def test_a_step_goes_on_where_it_stopped(database):
    """After a crash the next runner begins with what was noted, and does not repeat it."""
    done: list[Any] = []

    async def run(mongo, progress):
        for number in range(progress.noted.get("next", 0), 6):
            if number == 3 and len(done) == 3:
                done.append("crash")
                raise ConnectionError
            done.append(number)
            await progress.note(next=number + 1)

    steps = [Migration("0001_long", run), step("0002_x", done)]
    with pytest.raises(ConnectionError):
        await migrate(database, steps)

    assert await migrate(database, steps) == ["0001_long", "0002_x"]
    assert done == [0, 1, 2, "crash", 3, 4, 5, "0002_x"]


async def test_who_died_while_migrating_is_followed(database):
    """The lock of a dead process does not stay: another goes on within seconds."""
    ran: list[str] = []
    started = asyncio.Event()

    async def hang(mongo, progress):
        started.set()
        await asyncio.Event().wait()

    dead = Lease(database, "migrations", "dead")
    assert await dead.take()
    async with beside(migrate(database, [step("0001_x", ran)])) as waiting:
        await asyncio.sleep(0.3)
        assert ran == []
        await asyncio.wait_for(waiting, 60)
    assert ran == ["0001_x"]


@pytest.mark.parametrize("code", [64, 290])
async def test_a_commit_that_came_too_late_is_no_fault_of_ours(code):
    """Not committed by a majority in time, or at all: that is "not now", to be asked again."""
    with pytest.raises(Unavailable):
        async with reachable():
            raise WriteConcernError("too late", code)


async def test_an_index_may_take_longer_than_a_request(database, suite, monkeypatch):
    """Else no service would start any more that has a new index on a collection that is large."""
    for start in range(0, 150_000, 50_000):
        some = range(start, start + 50_000)
        await database["many"].insert_many([{"_id": one, "text": str(one)} for one in some])
    monkeypatch.setattr(mongo, "OPERATION_MS", 50)
    hasty = Mongo(suite.urls["mongo"], database.db.name, "tests")
    await hasty.ensure_indexes({"many": [IndexModel([("text", ASCENDING)])]})
    assert "text_1" in await database["many"].index_information()
    await hasty.close()
