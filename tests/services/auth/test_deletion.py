"""Leaving for good."""

import asyncio
import uuid
from datetime import UTC, datetime

import pytest

from shared import events
from shared.contracts import (
    accounts,
    administration,
    deletion,
    fraud,
    logins,
    notify,
    profile,
    relations,
)
from tests.services.auth.visitor import new_email

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

    async def second_refused():
        return not gate.admits(second.token, "leaf")

    await eventually(second_refused, seconds=1)
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
    repeated = events.CloudEvent(
        id=uuid.uuid4().hex,
        source="/userhub/profile",
        type=profile.UserErased.fact,
        subject=str(ann.user_id),
        time=datetime.now(UTC),
        sequence="9",
        data={"user_id": ann.user_id},
    )

    await js.publish(f"events.{repeated.type}", events.encode(repeated))

    async def handled():
        return await mongo("userhub_auth")["handled"].find_one({"_id": f"auth:{repeated.id}"})

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
