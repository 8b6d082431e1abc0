"""Processes that are killed, doubled and stopped while people sign up: no promise is broken."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from nats.js import JetStreamContext

from ops.plan import Addresses, userhub_programs
from ops.suite import Suite
from shared import events
from shared.consumers import ACK_WAIT
from shared.contracts import registration
from tests.conftest import wait_for
from tests.people import People, Person

PEOPLE, AT_ONCE, READS_AT_ONCE = 40, 8, 30
KILLED_AFTER = 10
"""Registrations that are acknowledged before a process is killed."""

REFUSED = 500
"""What a client is told when something is not there now; it may try again."""


@dataclass
class Stream:
    """People who sign up side by side, some of them all the time."""

    people: list[Person]
    sent: set[str] = field(default_factory=set)
    """Phones to which a code was said to be sent."""
    registered: list[Person] = field(default_factory=list)
    """People who were told that they have an account."""
    failed: list[Person] = field(default_factory=list)
    """People who were told anything else, or nothing."""
    reasons: list[str] = field(default_factory=list)

    async def run(self, at_count: int, do: Callable[[], Awaitable[None] | None]) -> None:
        """Sign everybody up; do something once so many are."""
        waiting = list(reversed(self.people))
        done = False

        async def work() -> None:
            nonlocal done
            while waiting:
                await self._sign_up(waiting.pop())
                if len(self.registered) >= at_count and not done:
                    done = True
                    if (doing := do()) is not None:
                        await doing

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        assert done, "the stream was over before anything happened"

    async def _sign_up(self, person: Person) -> None:
        try:
            reply = await self._steps(person)
        except httpx.TransportError as error:
            self.failed.append(person)
            self.reasons.append(repr(error))
            return
        if reply.status_code == 200 and reply.json()["code"] == 200:
            person.id = reply.json()["result"]["id"]
            self.registered.append(person)
        else:
            assert reply.status_code == REFUSED, reply.text
            self.failed.append(person)
            self.reasons.append(f"{reply.request.url.path}: {reply.text}")

    async def _steps(self, person: Person) -> httpx.Response:
        sent = await insisting(person.send_code)
        if sent.status_code != 200:
            return sent
        assert sent.json() == {"code": 200}
        self.sent.add(person.e164)
        code = await self._code(person)
        verified = await insisting(lambda: person.verify(code))
        if verified.status_code != 200:
            return verified
        return await insisting(
            lambda: person.register(verified.json()["result"]["verification_token"])
        )

    async def _code(self, person: Person) -> str:
        """Wait for the code that was promised, as long as it is good for."""
        async with asyncio.timeout(120):
            while True:
                try:
                    reply = await person.http.get("/dev/inbox", params={"to": person.e164})
                except httpx.TransportError:
                    continue
                if reply.status_code == 200 and (found := reply.json()["messages"]):
                    return str(found[0]["code"])
                await asyncio.sleep(0.05)


async def insisting(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask again as long as nobody listens: what was never sent changes nothing."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await ask()
            except httpx.ConnectError:
                await asyncio.sleep(0.05)


async def registrations(js: JetStreamContext, since: int) -> dict[str, list[events.CloudEvent]]:
    """Events of registrations from this place in the stream on, by person."""
    found: dict[str, list[events.CloudEvent]] = {}
    last = (await js.stream_info("EVENTS")).state.last_seq
    for place in range(since + 1, last + 1):
        envelope = events.decode((await js.get_msg("EVENTS", place)).data or b"")
        if envelope.type == registration.UserRegistered.fact:
            found.setdefault(envelope.subject, []).append(envelope)
    return found


class Books:
    """What the suite keeps and announces, compared with what people were told."""

    def __init__(self, js: JetStreamContext, mongo: Any) -> None:
        self._js, self._since = js, 0
        self._accounts = mongo("userhub_auth")["accounts"]
        self._outbox = mongo("userhub_auth")["outbox"]
        self._profiles = mongo("userhub_profile")["profiles"]

    async def begin(self) -> None:
        """Leave out what is announced of those who were here before."""
        await wait_for(self.nothing_waits, 60)
        self._since = (await self._js.stream_info("EVENTS")).state.last_seq

    async def nothing_waits(self) -> bool:
        return await self._outbox.find_one({"waiting": True}) is None

    async def check(self, stream: Stream) -> None:
        """Everybody has an account wholly or not at all, as they were told."""
        for person in stream.registered:
            await self._has_account(person)
        wholly = [one for one in stream.failed if (await one.log_in()).json()["code"] == 200]
        for person in wholly:
            person.id = (await person.log_in()).json()["result"]["id"]
            await self._has_account(person)
        phones = {person.e164: person for person in stream.people}
        accounts = await self._accounts.find({"phone": {"$in": list(phones)}}).to_list(None)
        assert {one["phone"] for one in accounts} == {
            one.e164 for one in (*stream.registered, *wholly)
        }
        await self._check_events({str(one["_id"]) for one in accounts})

    async def _has_account(self, person: Person) -> None:
        reply = await person.log_in()
        assert (reply.status_code, reply.json()["code"]) == (200, 200), reply.text
        assert reply.json()["result"]["id"] == person.id

        async def profile() -> dict[str, Any] | None:
            shown: dict[str, Any] = (await person.get(f"/user/{person.id}")).json()
            return shown.get("result")

        # Where profile could not be asked at once, the event brings it.
        assert await wait_for(profile, seconds=2 * ACK_WAIT) == {
            "id": person.id,
            "nickname": person.nickname,
            "portraitUri": "",
        }

    async def _check_events(self, ids: set[str]) -> None:
        told = await registrations(self._js, self._since)
        assert set(told) == ids
        for subject, envelopes in told.items():
            assert len({one.id for one in envelopes}) == 1, subject
            assert {one.sequence for one in envelopes} == {"1"}
        everything: dict[str, list[int]] = {subject: [] for subject in ids}
        last = (await self._js.stream_info("EVENTS")).state.last_seq
        seen = set()
        for place in range(self._since + 1, last + 1):
            envelope = events.decode((await self._js.get_msg("EVENTS", place)).data or b"")
            mine = envelope.source == "/userhub/auth" and envelope.subject in everything
            if mine and envelope.id not in seen:
                seen.add(envelope.id)
                everything[envelope.subject].append(int(envelope.sequence))
        for subject, numbers in everything.items():
            assert numbers == list(range(1, len(numbers) + 1)), subject


@pytest.fixture
async def books(js: JetStreamContext, mongo: Any) -> Books:
    """The books from here on."""
    one = Books(js, mongo)
    await one.begin()
    return one


@pytest.mark.parametrize("name", ["auth", "profile", "social", "notify", "gateway"])
async def test_killed_while_people_sign_up(
    name: str, suite: Suite, people: People, books: Books, eventually: Any
) -> None:
    """After a kill in the middle of forty registrations, whoever was told so has an account."""
    stream = Stream([people.stranger(nickname=f"N{n}") for n in range(PEOPLE)])
    pid = suite.pids[name]

    await stream.run(KILLED_AFTER, lambda: suite.kill(name))
    await suite.wait_restarted(name, pid)
    await suite.wait_ready()
    await eventually(books.nothing_waits, seconds=60)

    assert len(stream.registered) >= KILLED_AFTER
    await books.check(stream)
    for phone in stream.sent:
        reply = await stream.people[0].http.get("/dev/inbox", params={"to": phone})
        assert len(reply.json()["messages"]) == 1, phone


@asynccontextmanager
async def second(suite: Suite, name: str, log: Path) -> AsyncIterator[Process]:
    """Run another process of a service beside the suite's own."""
    port = httpx.URL(suite.urls["gateway"]).port
    addresses = Addresses({"gateway": port or 0}, suite.urls)
    [program] = [one for one in userhub_programs(suite.config, addresses) if one.name == name]
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", "--", *program.command),
            env=dict(program.environment),
            cwd=program.folder,
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 60)


async def requests_of(bus: Any, service: str) -> dict[str, int]:
    """How many requests each of two instances of a service has served, if there are two."""
    inbox = bus.client.new_inbox()
    subscription = await bus.client.subscribe(inbox)
    await bus.client.publish(f"$SRV.STATS.{service}", b"", reply=inbox)
    found: dict[str, int] = {}
    try:
        with contextlib.suppress(TimeoutError):
            while len(found) < 2:
                stats = msgspec.json.decode((await subscription.next_msg(timeout=1)).data)
                found[stats["id"]] = sum(one["num_requests"] for one in stats["endpoints"])
        return found
    finally:
        await subscription.unsubscribe()


@pytest.fixture
async def both(
    suite: Suite, bus: Any, tmp_path: Path, eventually: Any
) -> AsyncIterator[dict[str, Process]]:
    """Second processes of auth and profile, ready to serve."""

    async def two_each() -> bool:
        counts = [len(await requests_of(bus, name)) for name in ("auth", "profile")]
        return counts == [2, 2]

    async with (
        second(suite, "auth", tmp_path / "auth.log") as auth_process,
        second(suite, "profile", tmp_path / "profile.log") as profile_process,
    ):
        await eventually(two_each, seconds=60)
        yield {"auth": auth_process, "profile": profile_process}


async def test_two_processes_share_the_work(
    both: dict[str, Process], people: People, bus: Any, books: Books, eventually: Any
) -> None:
    """With two processes of a service each serves a part, and killing one loses nothing told."""
    before = {name: await requests_of(bus, name) for name in both}
    stream = Stream([people.stranger(nickname=f"N{n}") for n in range(PEOPLE)])
    served: dict[str, list[int]] = {}

    async def shared() -> bool:
        for name in both:
            now = await requests_of(bus, name)
            served[name] = [now[one] - before[name][one] for one in now]
        return all(len(counts) == 2 and min(counts) > 0 for counts in served.values())

    async def kill() -> None:
        await eventually(shared)  # NATS chooses at random who is asked
        for process in both.values():
            process.send_signal(signal.SIGKILL)

    await stream.run(KILLED_AFTER, kill)
    await eventually(books.nothing_waits, seconds=60)

    assert len(stream.registered) >= PEOPLE - 2 * AT_ONCE
    await books.check(stream)


async def test_a_stopped_process_finishes_its_work(
    both: dict[str, Process], people: People, books: Books, eventually: Any
) -> None:
    """SIGTERM of a process under load costs nobody a request."""
    stream = Stream([people.stranger(nickname=f"N{n}") for n in range(PEOPLE)])
    reader = await people.one()
    replies: list[httpx.Response] = []
    over = asyncio.Event()

    async def read_on() -> None:
        while not over.is_set():
            replies.append(await reader.get(f"/user/{reader.id}"))

    def stop() -> None:
        for process in both.values():
            process.terminate()

    reading = [asyncio.create_task(read_on()) for _ in range(AT_ONCE)]
    await stream.run(KILLED_AFTER, stop)
    ended = [await asyncio.wait_for(process.wait(), 60) for process in both.values()]
    over.set()
    await asyncio.gather(*reading)
    await eventually(books.nothing_waits, seconds=60)

    assert ended == [os.EX_OK, os.EX_OK]
    assert stream.reasons == []
    assert {reply.status_code for reply in replies} == {200}
    stream.people.append(reader)
    stream.registered.append(reader)
    await books.check(stream)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("auth", "/user/find/86/{one.phone}"),
        ("profile", "/user/{one.id}"),
        ("social", "/user/blacklist"),
    ],
)
async def test_killed_with_reads_in_its_hands(
    name: str, path: str, suite: Suite, people: People, bus: Any, tmp_path: Path, eventually: Any
) -> None:
    """Reads that a process has when it is killed are answered by another one."""
    reader = await people.one()
    pid = suite.pids[name]

    async def two() -> bool:
        return len(await requests_of(bus, name)) == 2

    async with second(suite, name, tmp_path / "second.log"):
        await eventually(two, seconds=60)
        heard = await bus.client.subscribe(f"{name}.>")
        await bus.client.flush()
        suite.kill(name, signal.SIGSTOP)  # what comes to it now it has, and never answers
        try:
            get = [reader.get(path.format(one=reader)) for _ in range(READS_AT_ONCE)]
            reading = asyncio.gather(*get)
            await heard.next_msg(timeout=10)
        finally:
            await heard.unsubscribe()  # NATS takes it for somebody who might answer
            suite.kill(name)
        replies = await reading

    assert {reply.status_code for reply in replies} == {200}
    await suite.wait_restarted(name, pid)
    await suite.wait_ready()
