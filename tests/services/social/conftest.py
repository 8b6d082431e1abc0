"""What the tests of the social service share."""

import asyncio
import functools

import pytest

from shared.contracts import friendships, groups, profile
from shared.contracts import sync as contract
from tests.announcing import announce
from tests.conftest import _ids
from tests.services.social.client import Client


@pytest.fixture
def fresh_people(bus):
    """Make so many people who have profiles, and give their ids."""

    async def make(count):
        ids = [next(_ids) for _ in range(count)]
        asks = (profile.OpenProfile(user_id=one, nickname=f"person {one}") for one in ids)
        await asyncio.gather(*(bus.ask(profile.open_profile, ask) for ask in asks))
        return ids

    return make


@pytest.fixture
def ask_as(bus, acting):
    """Ask something, given by its fields, as the person who is asking it."""

    async def ask(call, **fields):
        message = call.ask(**fields)
        with acting(getattr(message, call.acts_for)):
            return await bus.ask(call, message)

    return ask


@pytest.fixture
def sync(ask_as):
    """Let a client sync with the version it was given, and give what it was told."""

    async def read(client):
        changes = await ask_as(contract.sync, owner_id=client.user_id, since=client.version)
        client.apply(changes)
        return changes

    return read


@pytest.fixture
def seen_from_0(sync):
    """Give what a device shows that has never synced before."""

    async def read(user_id):
        client = Client(user_id)
        await sync(client)
        return client.tables

    return read


@pytest.fixture
def facts_of(mongo):
    """Give the facts that the service announced of a person, in order."""

    async def read(user_id):
        outbox = mongo("userhub_social")["outbox"]
        rows = outbox.find({"subject": str(user_id)}).sort("sequence", 1)
        return [row["fact"] async for row in rows]

    return read


@pytest.fixture
def tell(js):
    """Announce an event as the service that it comes from would."""
    return functools.partial(announce, js)


@pytest.fixture
async def watched(mongo):
    """Let the server note what it is asked about these collections; gives how to read that."""
    db = mongo("userhub_social").db

    async def watch(*collections):
        names = [f"{db.name}.{name}" for name in collections]
        mine = {"ns": {"$in": names}, "appName": "userhub-social"}
        await db.command({"profile": 2, "filter": mine})

        async def read():
            return await db["system.profile"].find({"ns": {"$in": names}}).to_list(None)

        return read

    yield watch
    await db.command({"profile": 0, "filter": "unset"})
    await db.drop_collection("system.profile")


@pytest.fixture
def plan_of(mongo):
    """Give how the server would answer a query of the service: its stages, and their indexes."""

    async def explain(collection, query, order, hint=None):
        cursor = mongo("userhub_social")[collection].find(query).sort(order).limit(10)
        cursor = cursor.hint(hint) if hint else cursor
        winning = (await cursor.explain())["queryPlanner"]["winningPlan"]
        steps, found = [winning], []
        while steps:
            step = steps.pop()
            found += [step["stage"], step.get("indexName")]
            steps += [*step.get("inputStages", ()), *filter(None, [step.get("inputStage")])]
        return set(found)

    return explain


@pytest.fixture
def a_group(fresh_people, ask_as):
    """Make a group of so many people; give its id and them, the creator first."""

    async def make(count=3):
        people = await fresh_people(count)
        made = await ask_as(
            groups.create_group, owner_id=people[0], name="Hikers", member_ids=people
        )
        return made.group_id, people

    return make


@pytest.fixture
def counted(mongo):
    """Give how many people are in a group, having counted all that is kept about it again."""

    async def count(group_id):
        db = mongo("userhub_social")
        group = await db["groups"].find_one({"_id": group_id})
        rows = await db["memberships"].find({"group": group_id, "left": False}).to_list(None)
        assert group["member_count"] == len(rows)
        assert (group["dismissed_at"] is None) == bool(rows)
        leading = [row["user"] for row in rows if row["role"] == groups.GroupRole.CREATOR]
        assert leading == ([group["creator_id"]] if rows else [])
        for row in rows:
            own = {"u": row["user"], "of": "groups"}
            counter = await db["counters"].find_one({"_id": own})
            mine = {"user": row["user"], "left": False}
            assert counter["count"] == await db["memberships"].count_documents(mine)
        return len(rows)

    return count


@pytest.fixture
def invite(ask_as):
    """Ask somebody to be a friend, and give what came of it."""

    async def ask(one, two, message="hi"):
        answer = await ask_as(friendships.invite, owner_id=one, target_id=two, message=message)
        return answer.action

    return ask


@pytest.fixture
def answer(ask_as):
    """Do one of the things that need no more than two people."""

    async def ask(call, one, two):
        await ask_as(call, owner_id=one, target_id=two)

    return ask


@pytest.fixture
def befriend(invite, answer):
    """Make two people friends."""

    async def make(one, two):
        await invite(one, two)
        await answer(friendships.agree, two, one)

    return make


@pytest.fixture
def rows(ask_as):
    """Give a page of a person's friendships."""

    async def ask(one, after=0):
        return await ask_as(friendships.list_friendships, owner_id=one, after=after)

    return ask


@pytest.fixture
def statuses(rows):
    """Give how each of two stands to the other; nothing where there is no row."""

    async def read(one, two):
        found = []
        for owner, target in ((one, two), (two, one)):
            by_target = {row.target_id: row.status for row in await rows(owner)}
            found.append(by_target.get(target))
        return tuple(found)

    return read
