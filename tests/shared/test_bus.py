"""The bus: questions, answers, refusals, bounds, stopping, outages."""

import asyncio
import secrets
import time
import uuid
from typing import Annotated, Any

import msgspec
import pytest
import structlog.testing
from msgspec import Meta
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError

from shared import bus as shared_bus
from shared import errors
from shared.asking import ERROR_CODE
from shared.bus import DEADLINE_HEADER, Bus, deadline
from shared.caller import Caller, acting
from shared.contract import Call, Message
from shared.errors import AppError, Kind
from shared.settings import Key, KeyRing

KEY = KeyRing({"k1": Key(bytes(range(32)))})
MISSHAPEN: list[Any] = [{}, [], None, {"word": 5}, {"word": None}]


class Echo(Message):
    """Say it again."""

    word: Annotated[str, Meta(max_length=5)]
    wait: float = 0.0


class Mine(Message):
    """Something of a person's own."""

    user_id: int


class EchoOfTomorrow(Message):
    """The same question by a newer version."""

    word: str
    louder: bool = True


class Echoed(Message):
    """What was said, and by whom."""

    word: str
    by: str


class TooLoud(AppError):
    """That is too loud."""

    code, kind = "testsvc.too_loud", Kind.CONFLICT


class TooQuiet(AppError):
    """That is too quiet."""

    code, kind = "testsvc.too_quiet", Kind.INVALID


def new_call(*refuses: type[AppError]) -> Call[Any, Any]:
    return Call(f"t{uuid.uuid4().hex[:10]}.echo", Echo, Echoed, refuses)


class Instance:
    """One process of a service; while it is held it answers nothing."""

    def __init__(self, bus: Bus, name: str) -> None:
        self.bus, self.name = bus, name
        self.heard: list[str] = []
        self.until: float | None = None
        self.refusal: AppError | None = None
        self.free = asyncio.Event()
        self.free.set()

    async def echo(self, ask: Echo) -> Echoed:
        self.heard.append(ask.word)
        self.until = deadline.get()
        await asyncio.sleep(ask.wait)
        await self.free.wait()
        if self.refusal:
            raise self.refusal
        return Echoed(word=ask.word, by=self.name)


@pytest.fixture
def instance(connect):
    """Start an instance that serves a call."""

    async def start(call, name="one", most=512) -> Instance:
        one = Instance(Bus(await connect(), KEY, most), name)
        await one.bus.serve(call.service, "1.0.0", {call: one.echo})
        return one

    return start


async def test_instances_share_the_work(bus, instance):
    """Each question goes to one of two instances, and both get some."""
    call = new_call()
    one, two = await instance(call, "one"), await instance(call, "two")

    answers = await asyncio.gather(*(bus.ask(call, Echo(word=str(n))) for n in range(100)))

    assert sorted(int(answer.word) for answer in answers) == list(range(100))
    assert {answer.by for answer in answers} == {"one", "two"}
    assert len(one.heard) + len(two.heard) == 100


async def test_questions_are_handled_side_by_side(bus, instance):
    """Fifty questions are in hand before the first of them is answered."""
    call = new_call()
    one = await instance(call)
    one.free.clear()

    asked = [asyncio.create_task(bus.ask(call, Echo(word="a"), timeout=60)) for _ in range(50)]
    while len(one.heard) < 50:
        await asyncio.sleep(0.005)
    one.free.set()

    assert len(await asyncio.gather(*asked)) == 50


async def test_what_administrators_ask_is_logged_with_its_end(instance):
    """Who asked for what, and how it ended, is logged once for all services; who may not, too."""
    call = Call(f"t{uuid.uuid4().hex[:10]}.echo", Echo, Echoed, (TooLoud,), least_role=2)
    one = await instance(call)
    with structlog.testing.capture_logs() as logged:
        await one.bus.ask(call, Echo(word="a"), caller=Caller(7, "s", role=2))
        one.refusal = TooLoud()
        with pytest.raises(TooLoud):
            await one.bus.ask(call, Echo(word="b"), caller=Caller(7, "s", role=3))
        with pytest.raises(errors.NotAllowed):
            await one.bus.ask(call, Echo(word="c"), caller=Caller(8, "s", role=1))
        with pytest.raises(errors.NotTheCaller):
            await one.bus.ask(call, Echo(word="d"))

    told = [
        (line["event"], line["actor"], line.get("outcome", line.get("why")), line.get("asked"))
        for line in logged
        if line.get("call") == call.subject
    ]
    assert told == [
        ("authz_admin", 7, "ok", Echo(word="a")),
        ("authz_admin", 7, "testsvc.too_loud", Echo(word="b")),
        ("authz_fail", 8, "not_allowed", None),
        ("authz_fail", None, "not_the_caller", None),
    ]


async def test_both_sides_of_the_bound(bus, instance):
    """As many as the bound are served; one more is told at once that we are busy."""
    call = new_call()
    one = await instance(call, most=5)
    one.free.clear()
    under_way = [asyncio.create_task(bus.ask(call, Echo(word="a"), timeout=60)) for _ in range(5)]
    while len(one.heard) < 5:
        await asyncio.sleep(0.005)

    with pytest.raises(errors.Busy):
        await bus.ask(call, Echo(word="b"))
    one.free.set()
    assert len(await asyncio.gather(*under_way)) == 5
    assert (await bus.ask(call, Echo(word="c"))).word == "c"
    assert "b" not in one.heard


async def test_a_late_question_is_not_handled(bus, instance):
    """Whoever asked has gone: after the deadline nothing is done."""
    call = new_call()
    one = await instance(call)
    body = msgspec.msgpack.encode(Echo(word="late"))

    headers = {DEADLINE_HEADER: f"{time.time() - 0.01:.3f}"}
    reply = await bus.client.request(call.subject, body, headers=headers, timeout=5)

    assert reply.headers[ERROR_CODE] == errors.DeadlinePassed.code
    assert one.heard == []


async def test_no_answer_in_time(bus, instance):
    """The one who asks waits as long as it said, and no longer."""
    call = new_call()
    one = await instance(call)
    one.free.clear()
    given_up: list[float] = []

    async def ask(timeout: float) -> None:
        started = time.monotonic()
        with pytest.raises(errors.DeadlinePassed):
            await bus.ask(call, Echo(word="a"), timeout=timeout)
        assert time.monotonic() - started > timeout * 0.9
        given_up.append(timeout)

    await asyncio.gather(*(ask(timeout) for timeout in (0.9, 0.2, 0.5)))

    assert given_up == [0.2, 0.5, 0.9]
    one.free.set()


async def test_a_deadline_is_passed_on(bus, instance, connect):
    """What is asked while serving a question ends with that question's deadline."""
    inner, outer = new_call(), new_call()
    one = await instance(inner)
    relay = Bus(await connect(), KEY)
    told: list[float | None] = []

    async def ask_on(_: Echo) -> Echoed:
        told.append(deadline.get())
        return await relay.ask(inner, Echo(word="a"), timeout=500)

    await relay.serve(outer.service, "1.0.0", {outer: ask_on})
    await bus.ask(outer, Echo(word="a"), timeout=40)

    assert told == [one.until]


async def test_what_is_served_is_heard_at_once(bus, connect):
    """Whoever asks after `serve` has come back finds somebody."""
    client = await connect()
    for _ in range(300):
        server, call = Bus(client, KEY), new_call()
        one = Instance(server, "one")
        await server.serve(call.service, "1.0.0", {call: one.echo})
        body = msgspec.msgpack.encode(Echo(word="a"))
        assert (await bus.client.request(call.subject, body, timeout=5)).data
        await server.stop_serving()


async def test_a_caller_is_carried_on(connect):
    """What the gateway signed counts at the next service; what a service signs itself does not."""
    keys = {name: Key(secrets.token_bytes(32)) for name in ("first1", "second1")}
    gateway = Bus(await connect(), KeyRing(keys))
    first = Bus(await connect(), KeyRing({"first1": keys["first1"]}))
    second = Bus(await connect(), KeyRing({"second1": keys["second1"]}))
    outer, inner = (
        Call(f"t{uuid.uuid4().hex[:10]}.mine", Mine, Mine, acts_for="user_id") for _ in range(2)
    )
    of_its_own: list[Caller] = []

    async def ask_on(ask: Mine) -> Mine:
        caller = of_its_own.pop() if of_its_own else None
        return await first.ask(inner, ask, caller=caller)

    async def answer(_: Mine) -> Mine:
        return Mine(user_id=acting().user_id)

    await first.serve(outer.service, "1.0.0", {outer: ask_on})
    await second.serve(inner.service, "1.0.0", {inner: answer})

    assert await gateway.ask(outer, Mine(user_id=7), caller=Caller(7, "s")) == Mine(user_id=7)
    for one in (Caller(7, "s"), Caller(7, "s", role=3)):
        of_its_own.append(one)
        with pytest.raises(errors.NotTheCaller):
            await gateway.ask(outer, Mine(user_id=7), caller=Caller(7, "s"))
    with pytest.raises(errors.NotTheCaller):
        await first.ask(inner, Mine(user_id=7))
    assert await gateway.ask(outer, Mine(user_id=7), caller=Caller(7, "s")) == Mine(user_id=7)


async def test_nobody_there(bus):
    """A service that is not there is unavailable once there is no time left to ask it again."""
    with pytest.raises((errors.Unavailable, errors.DeadlinePassed)):
        await bus.ask(new_call(), Echo(word="a"), timeout=0.3)


async def test_a_service_that_comes_in_time_is_not_missed(bus, instance):
    """A question that is asked while its service restarts is answered."""
    call = new_call()
    asked = asyncio.create_task(bus.ask(call, Echo(word="a"), timeout=60))
    await asyncio.sleep(0.3)
    await instance(call)

    assert (await asked).word == "a"


@pytest.fixture
def refusing(connect):
    """Start a service that raises."""

    async def start(call, error) -> None:
        async def refuse(_: Echo) -> Echoed:
            raise error

        await Bus(await connect(), KEY).serve(call.service, "1.0.0", {call: refuse})

    return start


async def test_a_refusal_comes_back_as_it_was_raised(bus, refusing):
    """The class, its words and its details cross the wire; also the kinds common to all calls."""
    details: dict[str, Any] = {"retry_after": 7, "part": "x", "rate": 1.5, "on": True, "none": None}
    for error in (TooLoud("Ssh!", **details), errors.LimitReached("Wait.", **details)):
        call = new_call(TooLoud)
        await refusing(call, error)
        with pytest.raises(type(error)) as raised:
            await bus.ask(call, Echo(word="a"))
        assert type(raised.value) is type(error)
        assert raised.value.message == error.message
        assert raised.value.details == details
        assert raised.value.retry_after == 7


@pytest.mark.parametrize("error", [TooQuiet(), ZeroDivisionError("secret words")])
async def test_what_is_not_declared_is_internal(bus, refusing, error):
    """A refusal that the contract does not name, or a fault, tells nothing of itself."""
    call = new_call(TooLoud)
    await refusing(call, error)

    with pytest.raises(errors.Internal) as raised:
        await bus.ask(call, Echo(word="a"))
    assert "secret words" not in str(raised.value)


async def test_unknown_fields_are_dropped(bus, instance):
    """A newer version may send more than this one knows."""
    call = new_call()
    await instance(call)
    newer = Call(call.subject, EchoOfTomorrow, Echoed)

    assert (await bus.ask(newer, EchoOfTomorrow(word="a"))).word == "a"


@pytest.mark.parametrize(
    "body",
    [b"", b"\xc1", b"rubbish", msgspec.msgpack.encode({"word": "too long"}), b"\x91" * 100_000]
    + [b"\x81\xa4word\xa1\xff"]  # no UTF-8
    + [msgspec.msgpack.encode(each) for each in MISSHAPEN],
)
async def test_what_is_not_the_contracts_shape_is_malformed(bus, instance, body):
    """It is refused as such, whatever it is, and the handler never sees it."""
    call = new_call()
    one = await instance(call)

    reply = await bus.client.request(call.subject, body, timeout=5)

    assert reply.headers[ERROR_CODE] == errors.Malformed.code
    assert one.heard == []


async def test_a_deadline_that_cannot_be_read_is_none(bus, instance):
    """A strange header is no fault of ours."""
    call = new_call()
    await instance(call)
    body = msgspec.msgpack.encode(Echo(word="a"))

    for text in ("soon", "nan", ""):
        headers = {DEADLINE_HEADER: text}
        reply = await bus.client.request(call.subject, body, headers=headers, timeout=5)
        assert call.read_answer(reply.data).word == "a"


async def test_stopping_loses_no_question(bus, instance):
    """Instances stop one after the other under load, and every question is answered."""
    call = new_call()
    running = [await instance(call, "one"), await instance(call, "two")]
    answers: list[Echoed] = []
    over = asyncio.Event()

    async def ask_on() -> None:
        while not over.is_set():
            answers.append(await bus.ask(call, Echo(word="a", wait=0.02)))

    asking = [asyncio.create_task(ask_on()) for _ in range(20)]
    for turn in range(4):
        # So many that each of those who are there got some: NATS chooses at random.
        enough = len(answers) + 100
        while len(answers) < enough:
            await asyncio.sleep(0.01)
        running.append(await instance(call, f"new{turn}"))
        leaving = running.pop(0)
        await leaving.bus.stop_serving()
        heard = len(leaving.heard)
        await leaving.bus.close()
        assert len(leaving.heard) == heard
    over.set()
    await asyncio.gather(*asking)

    assert {"one", "two", "new0", "new1"} <= {answer.by for answer in answers}


async def test_what_is_under_way_at_a_stop_is_answered(bus, instance):
    """A stop waits for the answers that are still being made."""
    call = new_call()
    one = await instance(call)
    one.free.clear()
    asked = [asyncio.create_task(bus.ask(call, Echo(word="a"), timeout=60)) for _ in range(30)]
    while len(one.heard) < 30:
        await asyncio.sleep(0.005)

    stopping = asyncio.create_task(one.bus.stop_serving())
    await asyncio.sleep(0.1)
    assert not stopping.done()
    one.free.set()
    await stopping
    await one.bus.close()

    assert len(await asyncio.gather(*asked)) == 30


async def test_a_killed_server_comes_back(nats_server):
    """After kill -9 of NATS both sides find each other again by themselves."""
    call = new_call()
    clients = [await shared_bus.connect(nats_server.url, name) for name in ("asks", "serves")]
    asks, serves = (Bus(client, KEY) for client in clients)
    one = Instance(serves, "one")
    await serves.serve(call.service, "1.0.0", {call: one.echo})
    assert (await asks.ask(call, Echo(word="a"))).word == "a"

    for _ in range(2):
        await nats_server.kill()
        with pytest.raises((errors.Unavailable, errors.DeadlinePassed)):
            await asks.ask(call, Echo(word="b"), timeout=0.3)
        await nats_server.start()
        async with asyncio.timeout(60):
            while True:
                try:
                    assert (await asks.ask(call, Echo(word="c"), timeout=1)).word == "c"
                    break
                except (errors.Unavailable, errors.DeadlinePassed):
                    continue
    for client in clients:
        await client.close()


async def test_connecting_waits_for_the_server(nats_server):
    """A process that starts before NATS is there joins once it is."""
    await nats_server.kill()
    joining = asyncio.create_task(shared_bus.connect(nats_server.url, "early"))
    await asyncio.sleep(0.5)
    assert not joining.done()
    await nats_server.start()

    client = await asyncio.wait_for(joining, 60)
    assert client.is_connected
    await client.close()


async def test_who_hangs_is_asked_nothing_before_long(nats_server, eventually):
    """An instance that is connected and stirs no more is soon taken out of its queue group."""
    reader, writer = await asyncio.open_connection("127.0.0.1", nats_server.port)
    await reader.readline()  # what the server is; its pings are never answered
    writer.write(b'CONNECT {"verbose":false}\r\nSUB hangs.ask hangs 1\r\nPING\r\n')
    assert await reader.readline() == b"PONG\r\n"
    client = await shared_bus.connect(nats_server.url, "tests")

    async def nobody_is_there():
        try:
            await client.request("hangs.ask", b"", timeout=0.5)
        except NoRespondersError:
            return True
        except NatsTimeoutError:
            return False

    assert not await nobody_is_there()
    await eventually(nobody_is_there, 90)
    await client.close()
    writer.close()
