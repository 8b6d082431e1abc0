"""Reads that share a query."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.profiles.batches import Batches
from shared import errors


class Database:
    """Answers each query when told to, and keeps what was asked."""

    def __init__(self) -> None:
        self.values: dict[int, str] = {}
        self.queries: list[list[int]] = []
        self.asked = asyncio.Event()
        self.answers = asyncio.Semaphore(0)

    async def fetch(self, ids: list[int]) -> dict[int, str]:
        seen = {key: self.values[key] for key in ids if key in self.values}
        self.queries.append(sorted(ids))
        self.asked.set()
        await self.answers.acquire()
        return seen


@pytest.fixture
async def database():
    return Database()


@pytest.fixture
def batches(database):
    return Batches(database.fetch, largest=4, at_once=1)


def start(batches: Batches[str], *ids: int) -> asyncio.Task[list[str]]:
    return asyncio.create_task(batches.read(ids))


async def test_reads_during_a_query_share_the_next(database, batches):
    """The first is sent at once, all that come meanwhile go together."""
    database.values = {1: "a", 2: "b", 3: "c"}
    first = start(batches, 1)
    await database.asked.wait()
    others = [start(batches, 2), start(batches, 3, 9, 2), start(batches, 1)]
    for _ in range(2):
        database.answers.release()

    assert await first == ["a"]
    assert await asyncio.gather(*others) == [["b"], ["c", "b"], ["a"]]
    assert database.queries == [[1], [1, 2, 3, 9]]


async def test_few_queries_are_under_way_at_once(database):
    """Reads that come one by one are sent each at once, until so many are under way."""
    batches = Batches(database.fetch, largest=4, at_once=2)
    database.values = {1: "a", 2: "b", 3: "c", 4: "d"}
    tasks = []
    for key in (1, 2):
        tasks.append(start(batches, key))
        await database.asked.wait()
        database.asked.clear()
    tasks += [start(batches, 3), start(batches, 4)]
    await asyncio.sleep(0)
    under_way = list(database.queries)
    for _ in range(3):
        database.answers.release()

    assert await asyncio.gather(*tasks) == [["a"], ["b"], ["c"], ["d"]]
    assert under_way == [[1], [2]]
    assert database.queries == [[1], [2], [3, 4]]


async def test_a_read_sees_what_was_written_before_it(database, batches):
    """A read never joins a query that has been sent, not even for the same id."""
    database.values = {1: "old"}
    first = start(batches, 1)
    await database.asked.wait()
    database.values = {1: "new"}
    second = start(batches, 1)
    for _ in range(2):
        database.answers.release()

    assert (await first, await second) == (["old"], ["new"])


async def test_queries_are_bounded(database, batches):
    """What does not fit goes into a further query, in the order of arrival."""
    first = start(batches, 1)
    await database.asked.wait()
    tasks = [start(batches, 1, 2, 3), start(batches, 4), start(batches, 5), start(batches, 6)]
    for _ in range(3):
        database.answers.release()
    await asyncio.gather(first, *tasks)

    assert database.queries == [[1], [1, 2, 3, 4], [5, 6]]


async def test_a_reader_that_leaves_disturbs_nobody(database, batches):
    """The others of its query are answered all the same."""
    database.values = {1: "a"}
    leaving, staying = start(batches, 1), start(batches, 1)
    await database.asked.wait()
    leaving.cancel()
    database.answers.release()

    assert await staying == ["a"]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_failure_reaches_every_reader_of_its_query():
    """And only these: the next read is a new query."""
    failures = [errors.Unavailable(part="mongo")]

    async def fetch(ids: list[int]) -> dict[int, str]:
        await asyncio.sleep(0)
        if failures:
            raise failures.pop()
        return dict.fromkeys(ids, "fine")

    batches = Batches(fetch, largest=4, at_once=1)
    results = await asyncio.gather(batches.read([1]), batches.read([2]), return_exceptions=True)

    assert [type(result) for result in results] == [errors.Unavailable] * 2
    assert await batches.read([1]) == ["fine"]


@given(st.lists(st.lists(st.integers(1, 12), max_size=4), max_size=12), st.integers(1, 3))
def test_everyone_gets_what_they_asked_for(asked, at_once):
    """Any reads at once are answered in their own order, each id once, never in larger queries."""
    sizes = []

    async def fetch(ids: list[int]) -> dict[int, int]:
        sizes.append(len(ids))
        await asyncio.sleep(0)
        return {key: key * 10 for key in ids if key % 3}

    async def ask_all() -> list[list[int]]:
        batches = Batches(fetch, largest=4, at_once=at_once)
        return await asyncio.gather(*map(batches.read, asked))

    answers = asyncio.run(ask_all())

    assert answers == [[key * 10 for key in dict.fromkeys(ids) if key % 3] for ids in asked]
    assert max(sizes, default=0) <= 4
