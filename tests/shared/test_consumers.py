"""Durable consumers: each message handled once, in spite of failures and restarts."""

import asyncio
import contextlib
import dataclasses
import time
import uuid
from collections import Counter

import pytest
import structlog.testing
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from ops import ports
from shared import consumers, events
from shared.consumers import Consumer, Later
from shared.contracts import deletion
from shared.errors import Unavailable
from shared.mongo import Mongo
from tests.announcing import envelope_of
from tests.shared.conftest import beside

QUICK = (0.05, 0.1, 0.15)


async def publish(js, *found) -> None:
    for one in found:
        await js.publish(f"events.{one.type}", events.encode(one))


@pytest.fixture
def name():
    """A durable consumer that nothing else has."""
    return f"testsvc-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def consumer(database, happened, name):
    """A consumer that keeps what it handles in the database."""

    def make(js, listener=None, pauses=QUICK) -> Consumer:
        async def keep(event, session):
            document = {"user": event.user_id, "number": event.number}
            await database["things"].insert_one(document, session=session)

        made = consumers.event_consumer(
            js, database, name, {happened: listener or keep}, lambda: None
        )
        return dataclasses.replace(made, pauses=pauses)

    return make


@pytest.fixture
def kept(database, eventually):
    """Wait until so many things are kept, and give their numbers in order."""

    async def numbers(count):
        async def enough():
            return await database["things"].count_documents({}) >= count

        await eventually(enough, 60)
        return [one["number"] async for one in database["things"].find().sort("_id", 1)]

    return numbers


async def dead_of(js, name):
    return [one for one in await consumers.dead_letters(js, 10_000) if one["consumer"] == name]


async def test_each_event_is_handled_once_and_in_order(js, consumer, happened, kept):
    """Two instances share a hundred events; each is handled once, those of a person in order."""
    found = [envelope_of(happened(user_id=7, number=n), sequence=str(n)) for n in range(100)]
    await publish(js, *found)
    async with beside(consumer(js).run()):
        assert await kept(100) == list(range(100))
        async with beside(consumer(js).run()):
            await publish(js, envelope_of(happened(user_id=8, number=100)))
            assert len(await kept(101)) == 101


async def test_a_repeated_event_does_nothing(js, consumer, happened, kept, database):
    """The same event once more, with the same id, changes nothing."""
    one, last = (envelope_of(happened(user_id=7, number=n)) for n in range(2))
    await publish(js, one, one, one, last)
    async with beside(consumer(js).run()):
        assert await kept(2) == [0, 1]

    assert await database["handled"].count_documents({}) == 2


async def test_two_instances_with_the_same_event_at_once(js, consumer, happened, database):
    """If an event is given to two instances at the same moment, one of them handles it."""
    one = consumer(js)
    envelope = envelope_of(happened(user_id=7))

    class Message:
        data = events.encode(envelope)

    await asyncio.gather(*(one.handle(Message()) for _ in range(8)))

    assert await database["things"].count_documents({}) == 1


async def test_a_crash_leaves_nothing_half_done(js, consumer, happened, kept, database):
    """What a listener wrote before it failed is not there; the next try does it whole."""
    tries: Counter[int] = Counter()

    async def stumble(event, session):
        tries[event.number] += 1
        document = {"user": event.user_id, "number": event.number}
        await database["things"].insert_one(document, session=session)
        if tries[event.number] < 3:
            raise ZeroDivisionError

    await publish(js, *(envelope_of(happened(user_id=n, number=n)) for n in range(1, 6)))
    async with beside(consumer(js, stumble).run()):
        assert sorted(await kept(5)) == [1, 2, 3, 4, 5]

    assert set(tries.values()) == {3}


async def test_the_pauses_are_kept(js, consumer, happened, name):
    """After each failure the message comes again, not before its pause is over."""
    times = []

    async def fail(event, session):
        times.append(time.monotonic())
        raise ZeroDivisionError

    pauses = (0.1, 0.3, 0.5)
    await publish(js, envelope_of(happened(user_id=7)))
    async with beside(consumer(js, fail, pauses).run()):
        async with asyncio.timeout(60):
            while len(times) < 4:
                await asyncio.sleep(0.02)

    for pause, before, after in zip(pauses, times, times[1:], strict=False):
        assert after - before >= pause * 0.95


async def test_dead_letters_and_their_replay(js, consumer, happened, kept, name, eventually):
    """After the last try the message is set aside; replayed, it is handled once and gone."""
    tries = []
    broken = [True]

    async def fail(event, session):
        tries.append(event.number)
        if broken[0]:
            raise ZeroDivisionError("secret words")

    await publish(js, envelope_of(happened(user_id=7, number=1)))
    async with beside(consumer(js, fail).run()):
        [dead] = await eventually(lambda: dead_of(js, name))
        assert len(tries) == len(QUICK) + 1
        assert (dead["subject"], dead["error"]) == (f"events.{happened.fact}", "ZeroDivisionError")
        broken[0] = False
        await publish(js, envelope_of(happened(user_id=7, number=2)))

        await consumers.replay(js, dead["sequence"])

        async def handled():
            return tries.count(1) == len(QUICK) + 2 and 2 in tries

        await eventually(handled)
    assert await dead_of(js, name) == []


async def test_a_replay_is_for_the_consumer_that_gave_up(
    js, consumer, happened, name, database, eventually
):
    """Another consumer of the same subject does not see the message again."""
    seen: list[int] = []

    async def fail(event, session):
        if not seen:
            raise ZeroDivisionError

    async def note(event, session):
        seen.append(event.number)

    other = dataclasses.replace(
        consumers.event_consumer(js, database, f"{name}-2", {happened: note}, lambda: None),
        pauses=QUICK,
    )
    await publish(js, envelope_of(happened(user_id=7, number=1)))
    async with beside(consumer(js, fail, pauses=(0.05,)).run()):
        [dead] = await eventually(lambda: dead_of(js, name))
    async with beside(other.run()):

        async def noted():
            return seen

        await eventually(noted)
        async with beside(consumer(js, fail).run()):
            await consumers.replay(js, dead["sequence"])

            async def handled():
                return await database["handled"].count_documents({}) == 2

            await eventually(handled)

            async def passed_over():
                info = await js.consumer_info("EVENTS", f"{name}-2")
                return info.num_pending == info.num_ack_pending == 0

            await eventually(passed_over)
    assert seen == [1]


async def test_later_is_no_failure(js, happened, name, eventually):
    """A handler may put a message off as often as it likes; that buries nothing."""
    times = []

    async def put_off(msg):
        times.append(time.monotonic())
        if len(times) <= len(QUICK) + 3:
            raise Later(0.05)

    one = Consumer(js, "EVENTS", name, [f"events.{happened.fact}"], put_off, pauses=QUICK)
    await publish(js, envelope_of(happened(user_id=7)))
    async with beside(one.run()):

        async def done():
            if len(times) < len(QUICK) + 4:
                return False
            info = await js.consumer_info("EVENTS", name)
            return info.num_ack_pending == 0

        await eventually(done)
    assert len(times) == len(QUICK) + 4
    assert await dead_of(js, name) == []


@pytest.fixture
async def gate(suite):
    """The suite's MongoDB behind a door that can be shut, and opened again at the same place."""
    there = suite.urls["mongo"].partition("://")[2].partition("/")[0].rpartition(":")
    open_to: set[asyncio.StreamWriter] = set()

    async def pump(reader, writer):
        with contextlib.suppress(OSError):
            while some := await reader.read(65536):
                writer.write(some)
        writer.close()

    async def let_through(reader, writer):
        far_reader, far_writer = await asyncio.open_connection(there[0], int(there[2]))
        open_to.update((writer, far_writer))
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    class Gate:
        # Not any free one: while it is shut, a client that comes back could get that as its own.
        port = ports.pick_free()

        async def open(self):
            self._server = await asyncio.start_server(let_through, "127.0.0.1", self.port)

        async def shut(self):
            self._server.close()
            for one in open_to:
                one.close()
            open_to.clear()

    gate = Gate()
    await gate.open()
    yield gate
    await gate.shut()


async def test_nothing_is_given_up_while_the_database_is_away(
    js, gate, database, happened, name, eventually
):
    """However often an event is tried meanwhile: it is handled when the database is there again."""
    reached = Mongo(
        f"mongodb://127.0.0.1:{gate.port}/?directConnection=true", database.db.name, "tests"
    )

    async def keep(event, session):
        await reached["things"].insert_one({"number": event.number}, session=session)

    one = dataclasses.replace(
        consumers.event_consumer(js, reached, name, {happened: keep}, lambda: None),
        pauses=(0.05,),
    )
    await reached.ping()
    await gate.shut()
    with structlog.testing.capture_logs() as logs:
        async with beside(one.run()):
            await publish(js, envelope_of(happened(user_id=7, number=1)))

            async def often():
                return len([one for one in logs if one.get("consumer") == name]) > 2

            await eventually(often, 60)
            await gate.open()

            async def kept():
                return await database["things"].count_documents({})

            assert await eventually(kept, 60) == 1
    assert await dead_of(js, name) == []
    await reached.close()


async def test_what_needs_another_part_waits_until_it_is_there(
    js, consumer, happened, kept, name, database
):
    """A bucket or a service that cannot be reached is no fault of the event: nothing is buried."""
    tries = []

    async def keep(event, session):
        tries.append(event.number)
        if len(tries) <= 3 * len(QUICK):
            raise Unavailable(part="objects")
        document = {"user": event.user_id, "number": event.number}
        await database["things"].insert_one(document, session=session)

    await publish(
        js, *(envelope_of(happened(user_id=7, number=n), sequence=str(n)) for n in range(2))
    )
    async with beside(consumer(js, keep).run()):
        assert await kept(2) == [0, 1]
    assert await dead_of(js, name) == []


async def test_those_behind_a_failure_wait_for_it(js, consumer, happened, kept, database, name):
    """While one event of a person fails, the next ones of this person are not handled before it."""
    tries: Counter[int] = Counter()

    async def stumble(event, session):
        tries[event.number] += 1
        if event.number == 0 and tries[0] <= len(QUICK):
            raise ZeroDivisionError
        document = {"user": event.user_id, "number": event.number}
        await database["things"].insert_one(document, session=session)

    await publish(
        js, *(envelope_of(happened(user_id=7, number=n), sequence=str(n)) for n in range(400))
    )
    async with beside(consumer(js, stumble, pauses=(0.5, 1.0, 1.5)).run()):
        assert await kept(400) == list(range(400))
    assert await dead_of(js, name) == []


async def test_others_do_not_wait_for_a_failure(js, consumer, happened, kept, database):
    """A person whose event fails holds up nobody else, however much is behind it."""

    async def stumble(event, session):
        if event.user_id == 7:
            raise ZeroDivisionError
        document = {"user": event.user_id, "number": event.number}
        await database["things"].insert_one(document, session=session)

    await publish(js, *(envelope_of(happened(user_id=7, number=n)) for n in range(400)))
    await publish(js, *(envelope_of(happened(user_id=8, number=n)) for n in range(3)))
    async with beside(consumer(js, stumble, pauses=(300.0,)).run()):
        assert await kept(3) == [0, 1, 2]


async def test_a_consumer_outlives_restarts_of_the_server(
    nats_server, own_js, consumer, happened, kept
):
    """After kill -9 of NATS, twice, it goes on, and every event is handled once."""
    async with beside(consumer(own_js).run()) as running:
        await publish(
            own_js, *(envelope_of(happened(user_id=7, number=n), sequence=str(n)) for n in range(5))
        )
        await kept(5)
        for turn in (1, 2):
            await nats_server.restart()
            for number in range(turn * 5, turn * 5 + 5):
                one, taken = envelope_of(happened(user_id=7, number=number)), False
                while not taken:
                    with contextlib.suppress(NatsError, TimeoutError, OSError):
                        await publish(own_js, one)
                        taken = True
            await kept(5 + turn * 5)
        assert sorted(await kept(15)) == list(range(15))
        assert not running.done()


async def test_a_lost_stream_is_said_and_outlived(
    nats_server, own_js, consumer, happened, kept, eventually
):
    """While there is no stream the log says so; once somebody makes it again, all goes on."""
    with structlog.testing.capture_logs() as logs:
        async with beside(consumer(own_js).run()):
            await publish(own_js, envelope_of(happened(user_id=7, number=0)))
            await kept(1)
            await own_js.delete_stream("EVENTS")

            async def said():
                return [one for one in logs if "stream not found" in one.get("error", "")]

            await eventually(said)
            await events.ensure_stream(own_js, events.EVENTS)
            await publish(own_js, envelope_of(happened(user_id=7, number=1)))
            assert await kept(2) == [0, 1]


async def test_a_consumer_that_was_removed_is_made_again(js, consumer, happened, kept, name):
    """If somebody deletes the consumer on the server, it comes back within seconds."""
    async with beside(consumer(js).run()):
        await publish(js, envelope_of(happened(user_id=7, number=0)))
        await kept(1)
        await js.delete_consumer("EVENTS", name)
        await publish(js, envelope_of(happened(user_id=7, number=1)))
        assert await kept(2) == [0, 1]


@pytest.mark.parametrize(
    "body",
    [
        b"rubbish",
        b'{"id":"\xff"}',
        events.encode(envelope_of(deletion.UserDeleting(user_id=7)))[:-2] + b',"x":' + b"[" * 10**5,
    ],
    ids=["no JSON", "no UTF-8", "deep"],
)
async def test_what_is_no_event_is_set_aside(js, consumer, happened, kept, name, eventually, body):
    """Rubbish on the subject is buried after its tries, and holds up nothing."""
    await js.publish(f"events.{happened.fact}", body)
    await publish(js, envelope_of(happened(user_id=7, number=1)))
    async with beside(consumer(js).run()) as running:
        assert await kept(1) == [1]
        assert not running.done()
        [dead] = await eventually(lambda: dead_of(js, name))
        assert dead["error"] == "DecodeError"


async def test_a_consumer_without_a_connection_ends_when_it_is_told(
    js, connect, consumer, name, eventually
):
    """A process that left NATS before its consumers ended does not wait for them for ever."""
    client = await connect()
    running = asyncio.create_task(consumer(client.jetstream()).run())

    async def pulling():
        with contextlib.suppress(NotFoundError):
            return (await js.consumer_info("EVENTS", name)).num_waiting

    await eventually(pulling)
    await client.close()
    running.cancel()
    await asyncio.wait([running], timeout=60)
    assert running.cancelled()
