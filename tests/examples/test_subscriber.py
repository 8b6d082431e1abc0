"""The examples of a subscriber: begun late, killed at any time, they miss nothing."""

import asyncio
import json
import re
import shutil
import sqlite3
import sys
import uuid
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from ops.admin.connection import OPERATOR
from ops.subscribers import SERVICES
from shared import events
from shared.consumers import REPLAY_FOR
from shared.contracts import accounts, deletion, registration
from shared.contracts import snapshot as snapshots
from tests.fortress import ROOT

EXAMPLES = ROOT / "examples/subscriber"
NODE = EXAMPLES / "node"


def people_in_database(path: Path) -> dict[int, str]:
    with sqlite3.connect(path) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'people'").fetchone():
            return {}  # the file is there a moment earlier than the table
        return dict(db.execute("SELECT user_id, username FROM people"))


def people_in_log(path: Path) -> dict[int, str]:
    people: dict[int, str] = {}
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    for entry in (json.loads(line) for line in lines if line.endswith("\n")):
        if "username" in entry:
            people[entry["user_id"]] = entry["username"]
        else:
            people.pop(entry.get("user_id"), None)
    return people


@dataclass
class Example:
    """How a subscriber is started, and what it knows."""

    command: Sequence[str]
    known: Callable[[Path], dict[int, str]]


EXAMPLE = {
    "python": Example([sys.executable, str(EXAMPLES / "python/subscriber.py")], people_in_database),
    "node": Example(["node", str(NODE / "subscriber.mjs")], people_in_log),
}


@asynccontextmanager
async def running(command: Sequence[str], url: str) -> AsyncIterator[Process]:
    """Run a subscriber until the block ends, and then kill it."""
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", "--", *command),
        env={"NATS_URL": url, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture(params=["python", "node"])
def example(request):
    if request.param == "node" and not (shutil.which("node") and (NODE / "node_modules").exists()):
        pytest.skip("Node and its packages are not here (ops/bootstrap.sh dev installs them)")
    return EXAMPLE[request.param]


@pytest.fixture
async def place(userhub):
    """The name of a place that the test makes."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    yield name
    await userhub("subscribers", "remove", name)


async def test_a_late_subscriber_misses_nothing(
    example, place, userhub, suite, js, bus, acting, announced, people, tmp_path, eventually
):
    """From a snapshot and the events behind it, it knows everybody, also after it was killed."""

    async def one_more(nickname):
        person = await people.one(nickname=nickname)
        found = await bus.ask(accounts.find_by_address, accounts.ByAddress(address=person.e164))
        return found.user_id

    async def knows(*user_ids):
        return set(user_ids) <= example.known(kept).keys() if kept.exists() else False

    async def is_current():
        known = example.known(kept)
        return bob in known and tom not in known and known.get(ann) == f"Annabel{ann}"

    async def is_through():
        listed = (await userhub("subscribers", "list")).out.splitlines()
        return any(line.split() == [place, "0"] for line in listed)

    tom = await one_more("Tom")
    added = await userhub("subscribers", "add", place, "--snapshot")
    assert added.code == 0, added.err
    snapshot, kept = tmp_path / "people.ndjson", tmp_path / "kept"
    snapshot.write_text(added.out)
    for line in map(json.loads, added.out.splitlines()):
        assert line.keys() == {*snapshots.PersonThere.__struct_fields__}
    command = [*example.command, place, str(kept), str(snapshot)]
    ann = await one_more("Ann")
    async with running(command, suite.urls["nats"]):
        await eventually(lambda: knows(tom, ann))
    bob = await one_more("Bob")
    with acting(tom):
        await bus.ask(deletion.delete_account, accounts.ByUser(user_id=tom))
    with acting(ann):
        for name in ("Anna", "Annabel"):
            unique = f"{name}{ann}"
            ask = accounts.ChangeUsername(user_id=ann, username=unique)
            await bus.ask(accounts.change_username, ask)
    for event in await announced(accounts.UsernameChanged, ann, count=2):
        # The same event again, as after a crash of who publishes.
        await js.publish(f"events.{event.type}", events.encode(event))
    async with running(command, suite.urls["nats"]):
        await eventually(is_current)
        await eventually(is_through)
        assert await is_current()


async def test_what_comes_behind_a_later_event_is_not_lost(
    example, place, userhub, suite, js, bus, acting, people, announced, tmp_path, eventually
):
    """What a process had in its hands when it died comes late, where nothing was seen before."""

    async def someone(nickname):
        person = await people.one(nickname=nickname)
        found = await bus.ask(accounts.find_by_address, accounts.ByAddress(address=person.e164))
        return found.user_id

    async def called(user_id, name):
        return kept.exists() and example.known(kept).get(user_id) == name

    old = await someone("Old")
    await announced(registration.UserRegistered, old)
    snapshot, kept = tmp_path / "people.ndjson", tmp_path / "kept"
    snapshot.write_text((await userhub("subscribers", "add", place, "--snapshot")).out)
    names = {old: f"Renamed{old}"}
    with acting(old):
        ask = accounts.ChangeUsername(user_id=old, username=names[old])
        await bus.ask(accounts.change_username, ask)
    new = await someone("New")
    [registered] = await announced(registration.UserRegistered, new)
    names[new] = registered.data["username"]
    await announced(accounts.UsernameChanged, old)
    died = await js.pull_subscribe_bind(durable=place, stream="EVENTS")
    under_way = set(names)
    while under_way:
        [message] = await died.fetch(1, timeout=30)
        event = events.decode(message.data)
        if event.source == "/userhub/auth":
            under_way.discard(int(event.subject))
        await message.nak(delay=8)
    await died.unsubscribe()
    for user_id in names:
        await userhub("admin", "accounts", "disable", str(user_id))

    async with running([*example.command, place, str(kept), str(snapshot)], suite.urls["nats"]):
        for user_id, name in names.items():
            await eventually(partial(called, user_id, name))


async def test_a_replay_for_one_of_our_services_changes_nothing(
    example, place, userhub, suite, js, bus, acting, people, announced, tmp_path, eventually
):
    """A dead letter that is given back tells of what was; who left before is not there again."""

    async def someone():
        found = await bus.ask(
            accounts.find_by_address, accounts.ByAddress(address=(await people.one()).e164)
        )
        return found.user_id

    left = await someone()
    with acting(left):
        await bus.ask(deletion.delete_account, accounts.ByUser(user_id=left))
    [registered] = await announced(registration.UserRegistered, left)
    await announced(deletion.UserDeleting, left)
    snapshot, kept = tmp_path / "people.ndjson", tmp_path / "kept"
    snapshot.write_text((await userhub("subscribers", "add", place, "--snapshot")).out)
    await js.publish(
        f"events.{registered.type}", events.encode(registered), headers={REPLAY_FOR: "profile"}
    )
    new = await someone()

    async def knows_new():
        return kept.exists() and new in example.known(kept)

    async with running([*example.command, place, str(kept), str(snapshot)], suite.urls["nats"]):
        await eventually(knows_new)
    assert left not in example.known(kept)


async def test_a_place_that_is_gone_ends_its_subscriber(
    example, place, userhub, suite, js, tmp_path, eventually
):
    """Nobody is left to wait for ever at a place that was removed, or lost with NATS's data."""
    snapshot, kept = tmp_path / "people.ndjson", tmp_path / "kept"
    snapshot.write_text((await userhub("subscribers", "add", place, "--snapshot")).out)

    async def listens():
        return (await js.consumer_info("EVENTS", place)).num_waiting

    command = [*example.command, place, str(kept), str(snapshot)]
    async with running(command, suite.urls["nats"]) as process:
        await eventually(listens)
        await userhub("subscribers", "remove", place)
        async with asyncio.timeout(60):
            assert await process.wait() == 1


async def test_a_person_in_a_snapshot_is_as_of_their_last_event(bus, acting, people):
    """A line has the number of the last of auth's events about this person."""
    found = await bus.ask(
        accounts.find_by_address, accounts.ByAddress(address=(await people.one()).e164)
    )
    with acting(found.user_id):
        new = accounts.ChangeUsername(user_id=found.user_id, username=f"Two{found.user_id}")
        await bus.ask(accounts.change_username, new)

    ask = snapshots.ReadSnapshot(after=found.user_id - 1, limit=1)
    [line] = await bus.ask(snapshots.read_snapshot, ask, caller=OPERATOR)

    assert (line.username, line.sequence) == (f"Two{found.user_id}", 2)


async def test_a_place_has_a_name_of_its_own(userhub):
    """A place of our own services is neither made nor removed by this command."""
    for action in ("add", "remove"):
        said = await userhub("subscribers", action, "auth")
        assert (said.code, said.out) == (1, "")
    assert (await userhub("subscribers", "remove", "nobody")).code == 1
    assert (await userhub("subscribers", "add", "a.b")).code == 1


def test_no_subscriber_takes_what_is_for_our_services():
    """Every place that a service of ours makes is closed to subscribers, and no name for them."""
    text = (ROOT / "deploy/nats.conf").read_text()
    ours = set(re.findall(r"CONSUMER\.DURABLE\.CREATE\.EVENTS\.([a-z-]+)", text))
    denied = text.partition("user: subscriber")[2].partition("deny: [")[2].partition("]")[0]

    assert ours == set(SERVICES)
    for name in ours:
        assert f'"$JS.API.CONSUMER.MSG.NEXT.EVENTS.{name}", "$JS.ACK.EVENTS.{name}.>"' in denied
