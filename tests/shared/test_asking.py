"""A read in the hands of a process that was killed or hangs is asked again; a write is not."""

import asyncio
import contextlib
import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared import asking, errors
from shared.bus import Bus, deadline
from shared.contract import Call, Message
from shared.settings import Key, KeyRing
from shared.telemetry import metrics
from shared.telemetry.logs import request_id

KEY = KeyRing({"k1": Key(bytes(range(32)))})
SWALLOW = """
import asyncio, sys, nats

async def main(url, subject, queue):
    client = await nats.connect(url)
    subscription = await client.subscribe(subject, queue)
    await client.flush()
    print("there", flush=True)
    await subscription.next_msg(None)
    print("asked", flush=True)
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""
"""An instance that takes a question and never answers."""


class Word(Message):
    """Say something."""

    word: str


def new_call(read_only: bool = True) -> Call[Any, Any]:
    name = f"t{uuid.uuid4().hex[:10]}"
    return Call(f"{name}.say", Word, Word, read_only=read_only)


def repeats_of(call: Call[Any, Any]) -> float:
    """How many questions of a call were asked again, as the metrics say."""
    [family] = metrics.CALLS_REPEATED.collect()
    return sum(
        one.value
        for one in family.samples
        if one.labels["subject"] == call.subject and one.name.endswith("_total")
    )


class Instance:
    """One process of a service; what becomes of a question is decided by its number, from 1."""

    def __init__(self, bus: Bus, fate: Callable[[int], Awaitable[None]]) -> None:
        self.bus, self.fate = bus, fate
        self.heard = 0
        self.told: list[tuple[str, float | None]] = []

    async def say(self, ask: Word) -> Word:
        self.heard += 1
        number = self.heard
        self.told.append((request_id.get(), deadline.get()))
        await self.fate(number)
        return Word(word=f"{ask.word}{number}")


async def never(_: int) -> None:
    await asyncio.Event().wait()


async def at_once(_: int) -> None:
    return


@pytest.fixture
def instance(connect):
    """Start an instance that serves a call."""

    async def start(call, fate=at_once, most=512) -> Instance:
        one = Instance(Bus(await connect(), KEY, most), fate)
        await one.bus.serve(call.service, "1.0.0", {call: one.say})
        return one

    return start


@pytest.fixture
def unhurried(monkeypatch):
    """Give a time that is enough on any machine, in which a read is asked again as soon as ever."""
    monkeypatch.setattr(asking, "SHARE", 0)
    return 60.0


@contextlib.asynccontextmanager
async def swallowing(suite, call):
    """Run a process that takes one question of a call and keeps it."""
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-c", SWALLOW),
        *(suite.urls["nats"], call.subject, call.service),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        assert await process.stdout.readline() == b"there\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("read_only", [True, False])
async def test_the_one_who_was_asked_is_killed(suite, bus, instance, unhurried, read_only):
    """A read is answered by another instance in its time; a write fails and is asked no more."""
    call = new_call(read_only)
    async with swallowing(suite, call) as process:
        asked = asyncio.create_task(
            bus.ask(call, Word(word="a"), timeout=unhurried if read_only else 3.0)
        )
        assert await process.stdout.readline() == b"asked\n"
        process.kill()
        await process.wait()
    other = await instance(call)

    if read_only:
        assert (await asked).word == "a1"
    else:
        with pytest.raises(errors.DeadlinePassed):
            await asked
    assert (other.heard, repeats_of(call)) == ((1, 1) if read_only else (0, 0))


async def test_the_only_one_is_killed_and_comes_back(suite, bus, instance, unhurried):
    """A read that finds nobody when it is asked again is answered once somebody is there."""
    call = new_call()
    async with swallowing(suite, call) as process:
        asked = asyncio.create_task(bus.ask(call, Word(word="a"), timeout=unhurried))
        assert await process.stdout.readline() == b"asked\n"
        process.kill()
        await process.wait()
    while not repeats_of(call):
        await asyncio.sleep(0.01)
    await instance(call)

    assert (await asked).word == "a1"


async def test_a_read_is_asked_three_times_at_most(bus, instance):
    """Where all hang it is asked again twice, as the same request until the same moment."""
    call = new_call()
    one = await instance(call, never)

    with pytest.raises(errors.DeadlinePassed):
        await bus.ask(call, Word(word="a"), timeout=8)

    assert (one.heard, repeats_of(call)) == (3, 1)
    assert len(set(one.told)) == 1
    assert not bus._asker._waiting


async def test_one_that_is_given_more_time_waits_longer(bus, instance):
    """A read that may take a minute is not asked again after one and a half seconds."""
    call = new_call()
    one = await instance(call, lambda _: asyncio.sleep(1.5))

    assert (await bus.ask(call, Word(word="a"), timeout=60)).word == "a1"
    assert one.heard == 1


async def test_the_first_answer_counts(bus, instance):
    """It may be that of the first after all, and what comes later is heard by nobody."""
    call = new_call()
    slow, over = asyncio.Event(), asyncio.Event()

    async def fate(number: int) -> None:
        if number == 1:
            await slow.wait()
        if number == 2:
            slow.set()
            await over.wait()

    one = await instance(call, fate)
    assert (await bus.ask(call, Word(word="a"))).word == "a1"
    over.set()
    answers = await asyncio.gather(*(bus.ask(call, Word(word="b"), timeout=60) for _ in range(50)))

    assert sorted(int(one.word[1:]) for one in answers) == list(range(3, 53))
    assert one.heard == 52
    assert not bus._asker._waiting


async def test_an_answer_that_comes_late_is_heard_by_nobody(bus, instance):
    """The repeat was answered; the first answer, when it comes, is not taken for another's."""
    call = new_call()
    late = asyncio.Event()

    async def fate(number: int) -> None:
        if number == 1:
            await late.wait()

    await instance(call, fate)
    assert (await bus.ask(call, Word(word="a"))).word == "a2"
    late.set()
    answers = await asyncio.gather(*(bus.ask(call, Word(word="b"), timeout=60) for _ in range(50)))

    assert sorted(int(one.word[1:]) for one in answers) == list(range(3, 53))
    assert not bus._asker._waiting


async def test_a_repeat_that_finds_all_busy_changes_nothing(bus, instance, unhurried):
    """Who has the question goes on with it; nobody is asked a third time."""
    call = new_call()
    one = await instance(call, lambda _: asyncio.sleep(3.5), most=1)

    assert (await bus.ask(call, Word(word="a"), timeout=unhurried)).word == "a1"
    assert (one.heard, repeats_of(call)) == (1, 1)


async def test_busy_is_an_answer(bus, instance):
    """A read that is refused as there is too much to do is not asked again."""
    call = new_call()
    one = await instance(call, never, most=0)

    with pytest.raises(errors.Busy):
        await bus.ask(call, Word(word="a"))
    assert (one.heard, repeats_of(call)) == (0, 0)


async def test_no_more_than_so_many_are_repeated_at_once(bus, instance, monkeypatch):
    """A service that is slow for everybody is asked little more often for it."""
    monkeypatch.setattr(asking, "PATIENCE", 2)  # once more within five seconds, not twice
    call, many = new_call(), asking.REPEATED_AT_ONCE + 30
    one = await instance(call, never)

    asked = (bus.ask(call, Word(word="a"), timeout=5) for _ in range(many))
    results = await asyncio.gather(*asked, return_exceptions=True)

    assert {type(result) for result in results} == {errors.DeadlinePassed}
    assert one.heard == many + asking.REPEATED_AT_ONCE
    assert not bus._asker._repeated


async def test_who_stops_waiting_leaves_nothing(bus, instance):
    """A question that is given up is forgotten."""
    call = new_call()
    one = await instance(call, never)
    asked = asyncio.create_task(bus.ask(call, Word(word="a")))
    while not one.heard:
        await asyncio.sleep(0.005)

    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not bus._asker._waiting
