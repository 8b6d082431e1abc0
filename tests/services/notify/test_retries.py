"""What is tried again, how often, and what is given up: with providers that fail on purpose."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.notify.sending.breakers import Guarded
from services.notify.sending.channels import (
    Crowded,
    Message,
    NoTemplate,
    Only,
    Receipt,
    Refused,
    Stopped,
    TryLater,
)
from services.notify.sending.handlers import Sending
from services.notify.sending.rules import Hopeless
from services.notify.sending.store import MongoDeliveries
from services.notify.sending.worker import Worker
from services.notify.templates.catalogue import Catalogue
from services.notify.web import Unclear
from shared import consumers
from shared.consumers import BATCH
from shared.contracts.notify import Channel, Outcome, Send, Status
from shared.errors import Unavailable
from shared.mongo import Mongo
from shared.settings import Key
from tests.services.notify.conftest import dead_letters_of, new_send

KEY = Key(bytes(range(32)))
AT_ONCE = (0.01, 0.01)
"""Pauses of a worker that tries three times in all."""


@dataclass
class Provider:
    """A provider that does what it is told, attempt by attempt, and then takes everything."""

    plan: list[Exception | None] = field(default_factory=list)
    repeatable: bool = False
    name: str = "planned"
    taken: list[Message] = field(default_factory=list)
    hang: bool = False

    async def send(self, message: Message) -> Receipt:
        if self.plan and (failure := self.plan.pop(0)):
            raise failure
        self.taken.append(message)
        if self.hang:
            await asyncio.Event().wait()
        return Receipt(f"receipt-{len(self.taken)}")


class Bench:
    """A worker on a subject of its own, with one provider for SMS."""

    def __init__(
        self, js: JetStreamContext, mongo: Mongo, provider: Provider, send_seconds: float
    ) -> None:
        self.js, self.provider = js, provider
        self.durable = f"notify-test-{secrets.token_hex(4)}"
        self.subject = f"work.notify.test_{secrets.token_hex(4)}"
        self.deliveries = MongoDeliveries(mongo, KEY)
        self.docs = mongo["deliveries"]
        self.sending = Sending(
            self.deliveries, Catalogue(), {Channel.SMS: Only(provider)}, send_seconds=send_seconds
        )

    async def publish(self, send: Send) -> None:
        await self.js.publish(self.subject, msgspec.msgpack.encode(send))

    async def fetch(self) -> Msg:
        """Take the next message off the stream without a worker."""
        subscription = await self.js.pull_subscribe(
            self.subject, durable=self.durable, stream="NOTIFY"
        )
        [msg] = await subscription.fetch(1, timeout=5)
        return msg

    @asynccontextmanager
    async def worker(self, pauses: Sequence[float] = AT_ONCE) -> AsyncIterator[None]:
        worker = Worker(
            js=self.js,
            stream="NOTIFY",
            durable=self.durable,
            subjects=[self.subject],
            handle=self.sending.handle,
            give_up=self.sending.give_up,
            pauses=pauses,
        )
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait({running})
            await self.clean()

    async def clean(self) -> None:
        await self.js.delete_consumer("NOTIFY", self.durable)
        await self.js.purge_stream("NOTIFY", subject=self.subject)


@pytest.fixture
def bench(js, mongo):
    """Make a worker with a provider that fails as planned."""

    def make(*plan, send_seconds=5.0, **provider) -> Bench:
        planned = Provider(list(plan), **provider)
        return Bench(js, mongo("userhub_notify_retries"), planned, send_seconds)

    return make


@pytest.fixture
def ended(eventually):
    """Wait until a message on a bench has this status, and give its record."""

    async def wait(bench, send, status=Status.SENT):
        query = {"_id": send.id, "status": status}
        await eventually(lambda: bench.docs.find_one(query))
        [delivery] = await bench.deliveries.to_address(send.to)
        return delivery

    return wait


async def test_it_is_tried_until_it_is_sent(bench, ended):
    """A provider that cannot take it now is asked again, and every attempt is on record."""
    one = bench(TryLater("is busy"), TryLater("is busy"))
    send = new_send()

    async with one.worker():
        await one.publish(send)
        delivery = await ended(one, send)

    assert [attempt.outcome for attempt in delivery.history] == ["later", "later", "sent"]
    assert [attempt.error for attempt in delivery.history] == ["is busy", "is busy", None]
    assert (delivery.attempts, delivery.error, delivery.provider) == (3, None, "planned")
    assert delivery.history[-1].receipt == "receipt-1"
    assert [message.id for message in one.provider.taken] == [send.id]


async def test_it_is_given_up_after_the_last_try_and_replayed(bench, ended, js, eventually):
    """After its last try a message fails and is a dead letter; its replay sends it once."""
    one = bench(*[TryLater("is busy")] * 3)
    send = new_send()

    async with one.worker():
        await one.publish(send)
        failed = await ended(one, send, Status.FAILED)
        [place] = await eventually(lambda: dead_letters_of(js, send.id))
        assert (failed.attempts, failed.error) == (3, "is busy")
        assert one.provider.taken == []

        await consumers.replay(js, place)
        sent = await ended(one, send)
        await one.publish(send)
        await one.publish(last := new_send())
        await ended(one, last)

    assert (sent.attempts, sent.error) == (4, None)
    assert [message.id for message in one.provider.taken] == [send.id, last.id]
    assert await dead_letters_of(js, send.id) == []


async def test_a_refusal_is_final(bench, ended, js, eventually):
    """What a provider refuses is not tried again; its reason is kept without address and code."""
    send = new_send()
    code = send.parameters["code"]
    one = bench(Refused(f"{send.to} is blocked, text was {code}"))

    async with one.worker():
        await one.publish(send)
        await eventually(lambda: dead_letters_of(js, send.id))
        delivery = await ended(one, send, Status.FAILED)

    assert delivery.attempts == 1
    assert delivery.history[0].outcome is Outcome.REFUSED
    assert delivery.error == "*** is blocked, text was …"


async def test_a_failure_of_ours_is_told_by_its_kind(bench, ended):
    """An unexpected error is tried again, and only its kind is written down."""
    send = new_send()
    one = bench(KeyError(send.to))

    async with one.worker():
        await one.publish(send)
        delivery = await ended(one, send)

    assert [attempt.outcome for attempt in delivery.history] == ["unknown", "sent"]
    assert delivery.history[0].error == "KeyError"


async def test_a_provider_that_does_not_answer(bench, ended, js, eventually):
    """A provider that never answers is asked twice, as it may have sent it, and then given up."""
    one = bench(send_seconds=0.1, hang=True)
    send = new_send()

    async with one.worker(pauses=(0.01,) * 9):
        await one.publish(send)
        await eventually(lambda: dead_letters_of(js, send.id))
        delivery = await ended(one, send, Status.FAILED)

    assert [attempt.outcome for attempt in delivery.history] == ["unknown", "unknown"]
    assert delivery.error == "may have been sent already: by planned 2 times"
    assert len(one.provider.taken) == 2


@pytest.mark.parametrize("repeatable", [True, False])
async def test_a_crash_after_the_provider_took_it(bench, repeatable):
    """A crash before the record leaves "unknown" there; it may be sent twice, and no more often."""
    one = bench(hang=True, repeatable=repeatable)
    send = new_send()
    await one.publish(send)
    msg = await one.fetch()

    for crashes in (1, 2):
        await _crash(one, msg, crashes)
        [delivery] = await one.deliveries.to_address(send.to)
        assert delivery.status is Status.SENDING
        assert [attempt.outcome for attempt in delivery.history] == ["unknown"] * crashes
        with pytest.raises(consumers.Later):
            await one.sending.handle(msg)
        await one.docs.update_one({"_id": send.id}, {"$set": {"claimed_until": datetime.now(UTC)}})

    one.provider.hang = False
    if repeatable:
        await one.sending.handle(msg)
        assert len(one.provider.taken) == 3
    else:
        with pytest.raises(Hopeless, match="may have been sent already: by planned 2 times"):
            await one.sending.handle(msg)
        assert len(one.provider.taken) == 2
    await one.clean()


async def _crash(bench: Bench, msg: Msg, count: int) -> None:
    """Handle a message and die once the provider has it for this many times."""
    handling = asyncio.create_task(bench.sending.handle(msg))
    async with asyncio.timeout(30):
        while len(bench.provider.taken) < count:
            await asyncio.sleep(0.005)
    handling.cancel()
    await asyncio.wait({handling})


async def test_two_at_once_hand_it_over_once(bench):
    """Of many that handle one message at the same moment, one hands it over."""
    one = bench()
    send = new_send()
    await one.publish(send)
    msg = await one.fetch()

    results = await asyncio.gather(
        *(one.sending.handle(msg) for _ in range(10)), return_exceptions=True
    )

    assert len(one.provider.taken) == 1
    assert all(result is None or isinstance(result, consumers.Later) for result in results)
    await one.clean()


class Chain:
    """A channel with several providers, in order."""

    def __init__(self, *providers: Provider) -> None:
        self._providers = providers

    async def providers(self, message: Message) -> Sequence[Provider]:
        return self._providers


@pytest.fixture
def chain(bench):
    """Make a worker whose channel has these providers."""

    def make(*providers, send_seconds=5.0) -> Bench:
        one: Bench = bench()
        channels = {Channel.SMS: Chain(*providers)}
        one.sending = Sending(one.deliveries, Catalogue(), channels, send_seconds=send_seconds)
        return one

    return make


async def test_the_next_provider_is_asked_at_once(chain, ended):
    """Where one cannot send, or is not heard of in its share of the time, the next one does."""
    busy = Provider([TryLater("is busy")], name="busy")
    silent, last = Provider(name="silent", hang=True), Provider(name="last")
    one, send = chain(busy, silent, last, send_seconds=2.0), new_send()

    async with one.worker(pauses=(30.0,)):
        await one.publish(send)
        delivery = await ended(one, send)

    said = [(attempt.provider, attempt.outcome) for attempt in delivery.history]
    assert said == [("busy", "later"), ("silent", "unknown"), ("last", "sent")]
    assert (delivery.attempts, delivery.provider, delivery.error) == (3, "last", None)


async def test_each_provider_may_have_sent_it_twice_at_most(chain, ended, js, eventually):
    """Who cannot tell a repeat sees a message of unknown fate twice, whatever the others did."""
    one_hangs, other_hangs = Provider(name="one", hang=True), Provider(name="other", hang=True)
    one, send = chain(one_hangs, other_hangs, send_seconds=0.1), new_send()

    async with one.worker(pauses=(0.01,) * 9):
        await one.publish(send)
        await eventually(lambda: dead_letters_of(js, send.id))
        delivery = await ended(one, send, Status.FAILED)

    assert delivery.error == "may have been sent already: by one 2 times, other 2 times"
    assert (len(one_hangs.taken), len(other_hangs.taken)) == (2, 2)


@dataclass
class Flaky(Provider):
    """A provider with 30 % errors and 10 % time-outs, always the same ones."""

    chance: random.Random = field(default_factory=lambda: random.Random(7))

    async def send(self, message: Message) -> Receipt:
        luck = self.chance.random()
        if luck < 0.15:
            raise TryLater("answered 503")
        if luck < 0.3:
            raise Unclear("answered 500")
        if luck < 0.4:
            await asyncio.Event().wait()
        return await super().send(message)


async def test_all_arrive_in_spite_of_a_bad_provider(chain, eventually):
    """Where the first fails in 30 % of cases and is silent in 10 %, the second makes up for it."""
    one = chain(*map(Guarded, (Flaky(name="bad"), Provider(name="good"))), send_seconds=4.0)
    sends = [new_send() for _ in range(300)]
    sent = {"_id": {"$in": [send.id for send in sends]}, "status": Status.SENT}

    async with one.worker(pauses=(0.1,) * 7):
        await asyncio.gather(*map(one.publish, sends))

        async def all_sent():
            return await one.docs.count_documents(sent) == len(sends)

        await eventually(all_sent)


async def test_a_refusal_ends_the_chain(chain, ended):
    """What can be sent by nobody is not offered to the next provider."""
    last = Provider(name="last")
    one, send = chain(Provider([Refused("no such number")]), last), new_send()

    async with one.worker():
        await one.publish(send)
        await ended(one, send, Status.FAILED)

    assert last.taken == []


async def test_what_is_stopped_is_no_dead_letter(chain, ended, js):
    """A message that is not to be sent is on record with the reason, and that is all."""
    one, send = chain(Provider([Stopped("its device is gone")])), new_send()

    async with one.worker():
        await one.publish(send)
        delivery = await ended(one, send, Status.STOPPED)
        await one.publish(send)
        await one.publish(last := new_send())
        await ended(one, last)

    assert (delivery.attempts, delivery.error) == (1, "its device is gone")
    assert delivery.history[0].outcome is Outcome.REFUSED
    assert await dead_letters_of(js, send.id) == []


async def test_a_message_that_nobody_has_a_template_for(chain, ended, js):
    """Where every provider sends by templates of its own, one that is missing is no dead letter."""
    has_none = [Provider([NoTemplate("has no template x")], name=name) for name in ("a", "b")]
    one, send = chain(*has_none), new_send()

    async with one.worker():
        await one.publish(send)
        delivery = await ended(one, send, Status.STOPPED)

    assert delivery.error == "no provider for this address has a template for it"
    assert [attempt.outcome for attempt in delivery.history] == ["later", "later"]
    assert await dead_letters_of(js, send.id) == []


async def test_without_a_database_nothing_is_given_up(bench, js):
    """While the records cannot be reached a message waits, however often that takes."""
    one = bench()
    nowhere = Mongo("mongodb://127.0.0.1:1", "x", "tests")
    one.sending = Sending(
        MongoDeliveries(nowhere, KEY), Catalogue(), {Channel.SMS: Only(one.provider)}
    )
    send = new_send()
    await one.publish(send)
    async with one.worker(pauses=(0.01,)):
        async with asyncio.timeout(60):
            while await _deliveries_made(one) < 3:
                await asyncio.sleep(0.05)
        assert await dead_letters_of(js, send.id) == []
        assert send.id.encode() in (await js.get_last_msg("NOTIFY", one.subject)).data
    await nowhere.close()


async def test_a_provider_that_hangs_keeps_no_other_waiting(bench, ended):
    """While an e-mail waits for its server, SMS that come later are sent."""
    one = bench(send_seconds=60.0)
    mail = Provider(name="mail", hang=True)
    channels = {Channel.SMS: Only(one.provider), Channel.EMAIL: Only(mail)}
    one.sending = Sending(one.deliveries, Catalogue(), channels, send_seconds=60.0)
    async with one.worker():
        hanging = new_send(channel=Channel.EMAIL, to=f"{secrets.token_hex(8)}@example.com")
        await one.publish(hanging)
        await ended(one, hanging, Status.SENDING)
        for _ in range(3):
            send = new_send()
            await one.publish(send)
            await ended(one, send)
        [still] = await one.deliveries.to_address(hanging.to)
    assert still.status is Status.SENDING


async def test_no_more_are_sent_at_once_than_there_is_room_for(bench, eventually):
    """Messages beyond that wait in the stream, for other instances as well."""
    one = bench(send_seconds=60.0)
    one.provider.hang = True
    async with one.worker():
        for _ in range(BATCH + 10):
            await one.publish(new_send())

        async def full():
            return len(one.provider.taken) >= BATCH

        await eventually(full)
        info = await one.js.consumer_info("NOTIFY", one.durable)
        assert (info.num_ack_pending, info.num_pending) == (BATCH, 10)
    assert len(one.provider.taken) == BATCH


async def test_waiting_for_ones_turn_is_no_try(bench, ended, js):
    """However often there was no way free, the provider is asked as often as ever."""
    one = bench(*[Crowded("full")] * 5, TryLater("greylisted"))
    send = new_send()
    await one.publish(send)
    async with one.worker(pauses=(0.01,)):
        await ended(one, send)
    assert await dead_letters_of(js, send.id) == []


async def test_a_message_is_sent_once_the_database_is_back(bench, ended, js, monkeypatch):
    """However often it was tried meanwhile, its tries at providers are all before it."""
    one = bench()
    opened, left = one.deliveries.open, iter(range(4))

    async def away(*arguments):
        if next(left, None) is not None:
            raise Unavailable(part="mongo")
        return await opened(*arguments)

    monkeypatch.setattr(one.deliveries, "open", away)
    send = new_send()
    await one.publish(send)
    async with one.worker(pauses=(0.01,)):
        await ended(one, send)
    assert await dead_letters_of(js, send.id) == []


async def _deliveries_made(bench: Bench) -> int:
    """How often the server has given the bench's one message to its worker."""
    try:
        info = await bench.js.consumer_info("NOTIFY", bench.durable)
    except NotFoundError:
        return 0
    return info.delivered.consumer_seq if info.delivered else 0
