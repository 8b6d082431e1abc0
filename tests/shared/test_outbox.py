"""The outbox: what was committed is published, once, in order, whatever is killed when."""

import asyncio
import random
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from nats.js import JetStreamContext

from shared import mongo
from shared.errors import AppError
from shared.outbox import Outbox
from tests.shared.conftest import beside, published


class Changed(AppError):
    """It is another one now."""

    code = "testsvc.changed"


class CountingStream(JetStreamContext):
    """JetStream, noting what is published through it."""

    def __init__(self, client) -> None:
        super().__init__(client, timeout=5)
        self.sent: list[str] = []

    async def publish(self, subject, payload=b"", *args, **kwargs):
        self.sent.append(subject)
        return await super().publish(subject, payload, *args, **kwargs)


async def record(database, outbox, event, fail=None) -> None:
    """Commit a change with its event, or not."""

    async def work(session):
        document = {"user": event.user_id, "number": event.number}
        await database["things"].insert_one(document, session=session)
        await outbox.record(session, event)
        if fail:
            raise fail

    await outbox.transact(work)


async def all_published(database):
    return not await database["outbox"].find_one({"waiting": True})


def numbers_by_person(found) -> dict[str, list[int]]:
    by_person = defaultdict(list)
    seen = set()
    for event in found:
        if event.id not in seen:
            by_person[event.subject].append(event.data["number"])
        seen.add(event.id)
    return by_person


async def test_committed_means_published(database, js, happened, eventually):
    """What is committed is in the stream as a CloudEvent; what is aborted never is."""
    outbox = Outbox(database, js, "testsvc")
    async with beside(outbox.run()):
        for number in range(6):
            event, error = happened(user_id=7, number=number), Changed() if number % 2 else None
            if error:
                with pytest.raises(Changed):
                    await record(database, outbox, event, error)
            else:
                await record(database, outbox, event)
        await eventually(lambda: all_published(database))

    found = await published(js, happened)
    assert [one.data["number"] for one in found] == [0, 2, 4]
    assert [one.sequence for one in found] == ["1", "2", "3"]
    assert {(one.type, one.subject, one.source) for one in found} == {
        (happened.fact, "7", "/userhub/testsvc")
    }
    assert await database["things"].count_documents({}) == 3


async def test_what_nobody_nudged_for_is_published(database, js, happened, eventually):
    """If the process died before it could say so, the relay finds the event by itself."""
    other = Outbox(database, js, "testsvc")
    outbox = Outbox(database, js, "testsvc")
    async with beside(outbox.run()):
        await asyncio.sleep(0.1)
        await database.transact(lambda session: other.record(session, happened(user_id=7)))
        await eventually(lambda: all_published(database))

    assert len(await published(js, happened)) == 1


async def test_order_holds_over_three_relays(database, connect, js, happened, eventually):
    """Of three relays at once one publishes each event; those of a person stay in order."""
    streams = [CountingStream(await connect()) for _ in range(3)]
    relays = [Outbox(database, stream, "testsvc") for stream in streams]
    async with beside(relays[0].run()), beside(relays[1].run()), beside(relays[2].run()):

        async def live(user_id):
            for number in range(12):
                await record(
                    database, random.choice(relays), happened(user_id=user_id, number=number)
                )

        await asyncio.gather(*(live(user_id) for user_id in range(1, 13)))
        await eventually(lambda: all_published(database), seconds=60)

    by_person = numbers_by_person(await published(js, happened))
    assert by_person == {str(user_id): list(range(12)) for user_id in range(1, 13)}
    sent = [subject for stream in streams for subject in stream.sent if happened.fact in subject]
    assert len(sent) == 12 * 12


async def test_changes_of_one_person_at_once_are_counted_in_order(
    database, js, happened, eventually, monkeypatch
):
    """Thirty commits at the same moment get thirty numbers without a gap."""
    monkeypatch.setattr(mongo, "TRANSACTION_SECONDS", 60)  # as long as a slow machine needs
    outbox = Outbox(database, js, "testsvc")
    await asyncio.gather(
        *(record(database, outbox, happened(user_id=7, number=n)) for n in range(30))
    )
    async with beside(outbox.run()):
        await eventually(lambda: all_published(database))

    found = await published(js, happened)
    assert [int(one.sequence) for one in found] == list(range(1, 31))


async def test_a_relay_killed_again_and_again(database, js, happened, eventually):
    """Whenever it dies: every event at least once, in order, once after de-duplication."""
    writing = Outbox(database, js, "testsvc")

    async def live(user_id):
        for number in range(25):
            await record(database, writing, happened(user_id=user_id, number=number))

    living = asyncio.gather(*(live(user_id) for user_id in range(1, 7)))
    async with asyncio.timeout(120):
        while not living.done() or not await all_published(database):
            relaying = Outbox(database, js, "testsvc")
            async with beside(relaying.run()) as relay:
                relaying.nudge()
                await asyncio.sleep(random.uniform(0.005, 0.2))
                assert not relay.done()
    await living

    found = await published(js, happened)
    assert numbers_by_person(found) == {str(n): list(range(25)) for n in range(1, 7)}
    assert len(found) == len({one.id for one in found})


async def test_a_relay_that_died_with_the_lease_is_followed(database, js, happened, eventually):
    """A dead process does not keep the others waiting for ever."""
    dead = Outbox(database, js, "testsvc")
    assert await dead._lease.take()
    outbox = Outbox(database, js, "testsvc")
    async with beside(outbox.run()):
        await record(database, outbox, happened(user_id=7))
        await eventually(lambda: all_published(database))

    assert len(await published(js, happened)) == 1


async def test_nothing_is_lost_while_nats_is_away(
    database, nats_server, own_js, happened, eventually
):
    """What is committed while NATS is dead is published in order once it is back."""
    outbox = Outbox(database, own_js, "testsvc")
    async with beside(outbox.run()) as relay:
        for number in range(3):
            await record(database, outbox, happened(user_id=7, number=number))
        await eventually(lambda: all_published(database))
        await nats_server.kill()
        for number in range(3, 9):
            await record(database, outbox, happened(user_id=7, number=number))
        await asyncio.sleep(0.5)
        assert not await all_published(database)
        await nats_server.start()
        await eventually(lambda: all_published(database), seconds=60)
        assert not relay.done()

    assert numbers_by_person(await published(own_js, happened)) == {"7": list(range(9))}


async def test_a_lost_stream_is_rebuilt(database, nats_server, own_js, happened, eventually):
    """What was published can be published again, in order, from the database."""
    outbox = Outbox(database, own_js, "testsvc")
    async with beside(outbox.run()):
        for number in range(5):
            await record(database, outbox, happened(user_id=7, number=number))
        await eventually(lambda: all_published(database))
        before = await published(own_js, happened)
        config = (await own_js.stream_info("EVENTS")).config
        await own_js.delete_stream("EVENTS")
        await own_js.add_stream(config)

        count = await outbox.republish(datetime.now(UTC) - timedelta(minutes=1))
        await eventually(lambda: all_published(database))

    assert count == 5
    assert await published(own_js, happened) == before


async def test_two_services_do_not_share_a_lease(database, js, happened, suite, eventually):
    """A service's relay is held up by no other service's."""
    from shared.mongo import Mongo

    other = Mongo(suite.urls["mongo"], f"spine_{uuid.uuid4().hex[:12]}", "tests")
    lease = Outbox(other, js, "othersvc")._lease
    assert await lease.take()
    outbox = Outbox(database, js, "testsvc")
    async with lease.kept(), beside(outbox.run()):
        await record(database, outbox, happened(user_id=7))
        await eventually(lambda: all_published(database))
    await other.client.drop_database(other.db.name)
    await other.close()


async def test_a_relay_ends_when_it_is_told_to(database, js, happened, monkeypatch):
    """Also in the moment the database answers, which the driver's way of waiting loses."""
    outbox = Outbox(database, js, "testsvc")
    asked: asyncio.Queue[asyncio.Future[bool]] = asyncio.Queue()

    async def take() -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        asked.put_nowait(answer)
        return await asyncio.wait_for(answer, 60)

    monkeypatch.setattr(outbox._lease, "take", take)
    relay = asyncio.create_task(outbox.run())
    outbox.nudge()
    answer = await asked.get()
    answer.set_result(False)
    relay.cancel()

    ended, _ = await asyncio.wait([relay], timeout=30)
    assert ended
    assert relay.cancelled()
