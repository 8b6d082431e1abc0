"""Leaving for good."""

import asyncio
import functools
from datetime import UTC, datetime, timedelta

import pytest

from services.auth.logins.failures import Failures
from services.auth.sessions.sweep import sweep
from shared.contracts import (
    accounts,
    administration,
    codes,
    deletion,
    fraud,
    logins,
    notify,
    profile,
    registration,
    relations,
    sessions,
)
from tests.announcing import announce
from tests.services.auth.visitor import PASSWORD, PURPOSE, new_email

ERASED = (profile.UserErased, relations.UserErased, notify.UserErased)


async def leave(one) -> None:
    await one.ask(deletion.delete_account, deletion.DeleteAccount(user_id=one.user_id))


async def published(mongo, database: str, fact: str, user_id: int):
    query = {"fact": fact, "subject": str(user_id)}
    return await mongo(database)["outbox"].count_documents(query)


async def test_a_person_leaves(member, bus, gate, announced, mongo, visitor, eventually):
    """Sessions end at once, every service erases, it is announced once, the phone is free again."""
    ann = await member()
    second = await ann.log_in(dialect="leaf")

    await leave(ann)

    await gate.refuses_soon(ann.session.token)
    await gate.refuses_soon(second.token, dialect="leaf")
    for kind in (deletion.UserDeleting, *ERASED, deletion.UserDeleted):
        assert len(await announced(kind, ann.user_id)) == 1
        service = kind.fact.partition(".")[0]
        assert await published(mongo, f"userhub_{service}", kind.fact, ann.user_id) == 1
    ask = profile.ReadProfiles(user_ids=[ann.user_id])
    assert await bus.ask(profile.read_profiles, ask) == []
    with pytest.raises(accounts.NoSuchAccount):
        await ann.account()
    with pytest.raises(accounts.NoSuchAccount):
        await leave(ann)
    with pytest.raises(logins.WrongCredentials):
        await ann.log_in()
    again = visitor(address=ann.address)
    await again.register(await again.token(eventually))
    assert again.user_id > ann.user_id


async def test_their_networks_are_forgotten(member, redis, announced):
    """All from which they logged in, and none of others'."""
    ann, bob = await member(), await member()
    for one in (ann, bob):
        await one.log_in()

    async def networks(one):
        known = [key async for key in redis.scan_iter(f"known:*:{one.ip}", 10_000)]
        listed = [key async for key in redis.scan_iter("networks:*", 10_000)]
        among = [await redis.zrange(key, 0, -1) for key in listed]
        return known, [key for keys in among for key in keys if key in known]

    known, listed = await networks(ann)
    assert known
    assert listed == known

    await leave(ann)
    await announced(deletion.UserDeleted, ann.user_id)

    assert await networks(ann) == ([], [])
    assert (await networks(bob))[0]


async def test_nothing_is_left_of_them_in_auth(member, mongo, announced, eventually):
    """Of the account there remain the id and when; of the sessions nothing."""
    ann = await member(address=new_email())
    await ann.log_in(at_most=3)
    await leave(ann)
    await announced(deletion.UserDeleted, ann.user_id)
    db = mongo("userhub_auth")

    left = await db["accounts"].find_one({"_id": ann.user_id})
    assert left["state"] == accounts.State.DELETED
    assert not set(left) & {"phone", "email", "email_key", "username", "username_key", "password"}
    assert await db["sessions"].count_documents({"user_id": ann.user_id}) == 0
    assert await db["session_turns"].count_documents({"_id": ann.user_id}) == 0


@pytest.fixture
async def hurried(workshop, monkeypatch):
    """Log somebody in with whom it is over, in all services, before their session is written."""
    email, success = new_email().lower(), Failures.success
    token = await workshop.codes.make_token(email, PURPOSE)
    proof = codes.ByToken(token=token, purpose=PURPOSE)
    ask = registration.Register(proof=proof, dialect="leaf", password=PASSWORD)
    user_id = (await workshop.table[registration.register](ask)).user_id

    async def over_meanwhile(failures, who, ip):
        logins_here = await success(failures, who, ip)
        await workshop.closing.close(user_id)
        for kind in ERASED:
            done = kind(user_id=user_id)
            hear = functools.partial(workshop.listeners[kind], done)
            await workshop.mongo.transact(hear)
        return logins_here

    async def log_in(**terms):
        begin = sessions.Terms(**{"dialect": "leaf", "ip": "198.51.100.7", **terms})
        ask = logins.LogIn(login=email, password=PASSWORD, terms=begin)
        return await workshop.table[logins.log_in](ask)

    await log_in()
    monkeypatch.setattr(Failures, "success", over_meanwhile)
    return user_id, log_in


@pytest.mark.parametrize(
    "terms", [{"at_most": 5}, {"device_id": "tablet"}, {"at_most": 5, "ip": "203.0.113.9"}]
)
async def test_a_login_while_they_leave_comes_too_late(workshop, hurried, terms):
    """Neither a session nor its turn is left, and no mail says anything of a new device."""
    user_id, log_in = hurried

    with pytest.raises(accounts.AccountDisabled):
        await log_in(**terms)

    db = workshop.mongo
    assert (await db["accounts"].find_one({"_id": user_id}))["state"] == accounts.State.DELETED
    for name in ("sessions", "session_turns"):
        assert await db[name].count_documents({}) == 0
    told = [one["template"] async for one in db["notices"].find({"user_id": user_id})]
    assert sorted(told) == ["account_deleted", "new_device"]  # of the login before
    assert await db["outbox"].count_documents({"fact": logins.NewNetworkSeen.fact}) == 1


async def test_a_login_of_one_write_while_they_leave(workshop, hurried):
    """Its session is never good, and the sweep removes it; those of others stay."""
    user_id, log_in = hurried
    db, before = workshop.mongo, datetime.now(UTC)
    begun = await log_in()
    left = await db["sessions"].find_one({"_id": begun.session_id})
    assert (await db["accounts"].find_one({"_id": user_id}))["epoch"] > left["epoch"]
    await db["sessions"].insert_one(left | {"_id": "another", "user_id": user_id + 1})

    later = datetime.now(UTC) + timedelta(seconds=1)
    assert await sweep(workshop.accounts, workshop.sessions, later) == 0
    assert await sweep(workshop.accounts, workshop.sessions, before) == 1

    assert [one["_id"] async for one in db["sessions"].find()] == ["another"]


async def test_what_such_a_login_left_goes_when_auth_starts(
    member, suite, mongo, announced, eventually
):
    """A process that starts looks at all who have left since sessions of theirs can last."""
    ann, db = await member(), mongo("userhub_auth")
    kept = await db["sessions"].find_one({"user_id": ann.user_id})
    await leave(ann)
    await announced(deletion.UserDeleted, ann.user_id)
    await db["sessions"].insert_one(kept)
    pid = suite.pids["auth"]

    suite.kill("auth")
    await suite.wait_restarted("auth", pid)
    await suite.wait_ready(within=30)

    async def gone():
        return not await db["sessions"].find_one({"user_id": ann.user_id})

    await eventually(gone)
    plan = await db["accounts"].find({"deleted_at": {"$gte": datetime.now(UTC)}}).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 0


async def test_codes_of_who_leaves_name_nobody(member, operate):
    """What was decided about codes to their addresses stays, and is not found by them any more."""
    ann = await member()
    ask = fraud.ReadDecisions(to=ann.address)
    [sent] = await operate(fraud.read_decisions, ask)
    assert sent.to_masked

    await leave(ann)

    assert await operate(fraud.read_decisions, ask) == []
    found = await operate(fraud.read_decisions, fraud.ReadDecisions(since=sent.at))
    assert [one.to_masked for one in found if one.network == ann.ip] == [""]


async def test_of_requests_at_once_one_is_done(member, announced, mongo):
    """Asking five times at once announces it once."""
    ann = await member()

    results = await asyncio.gather(*(leave(ann) for _ in range(5)), return_exceptions=True)

    assert results.count(None) == 1
    assert [type(one) for one in results if one] == [accounts.NoSuchAccount] * 4
    await announced(deletion.UserDeleted, ann.user_id)
    assert await published(mongo, "userhub_auth", deletion.UserDeleting.fact, ann.user_id) == 1


async def test_a_repeated_event_changes_nothing(member, js, mongo, announced, eventually):
    """When a service says again that it has erased, the end is not announced again."""
    ann = await member()
    await leave(ann)
    await announced(deletion.UserDeleted, ann.user_id)

    repeated = await announce(js, profile.UserErased(user_id=ann.user_id))

    async def handled():
        return await mongo("userhub_auth")["handled"].find_one({"_id": f"auth:{repeated}"})

    await eventually(handled)
    assert await published(mongo, "userhub_auth", deletion.UserDeleted.fact, ann.user_id) == 1


async def test_a_disabled_person_is_erased_as_well(member, operate, announced):
    """Who is locked out can still be deleted."""
    ann = await member()
    await operate(
        administration.set_disabled, administration.SetDisabled(user_id=ann.user_id, disabled=True)
    )

    await leave(ann)

    assert await announced(deletion.UserDeleted, ann.user_id)


async def test_a_service_that_is_killed_erases_later(member, suite, bus, announced, mongo):
    """Profile dies right after the request: once it is back, everything is erased, once."""
    people = [await member() for _ in range(5)]
    pid = suite.pids["profile"]

    await asyncio.gather(*map(leave, people))
    suite.kill("profile")
    await suite.wait_restarted("profile", pid)

    for one in people:
        await announced(deletion.UserDeleted, one.user_id, seconds=90)
        for fact in (profile.UserErased.fact, deletion.UserDeleted.fact):
            database = f"userhub_{fact.partition('.')[0]}"
            assert await published(mongo, database, fact, one.user_id) == 1
    ask = profile.ReadProfiles(user_ids=[one.user_id for one in people])
    assert await bus.ask(profile.read_profiles, ask) == []
