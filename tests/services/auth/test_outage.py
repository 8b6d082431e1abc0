"""What gateways know survives the loss of NATS's data and a death of auth."""

import asyncio

import pytest
from nats.js.errors import BucketNotFoundError, KeyNotFoundError

from gateway.errors import NotLoggedIn
from gateway.sessions import Sessions
from shared import access
from shared.contracts import accounts, administration, sessions
from shared.errors import DeadlinePassed, Unavailable
from tests.services.auth.visitor import outcomes


async def test_the_buckets_are_filled_again(
    member, suite, js, bus, gate, eventually, session_keys, operate
):
    """When NATS lost both buckets, auth fills them at its start: what was refused stays refused."""
    ann, bob, eve = await member(), await member(), await member()
    kept = await ann.log_in()
    ended = sessions.LogOut(user_id=ann.user_id, session_id=ann.session.session_id)
    await ann.ask(sessions.log_out, ended)
    await bob.change_password(bob.password, "quite other words", await bob.log_in())
    await operate(
        administration.set_disabled, administration.SetDisabled(user_id=eve.user_id, disabled=True)
    )
    await operate(
        administration.set_role,
        administration.SetRole(user_id=bob.user_id, role=accounts.Role.AUDITOR),
    )
    pid = suite.pids["auth"]

    await js.delete_key_value(access.SESSIONS_BUCKET)
    await js.delete_key_value(access.ACCOUNTS_BUCKET)
    suite.kill("auth")
    await suite.wait_restarted("auth", pid)

    fresh = Sessions(js, session_keys)
    watching = asyncio.create_task(fresh.run(bus))

    async def current():
        return fresh.current

    await eventually(current, seconds=30)
    for token in (ann.session.token, bob.session.token, eve.session.token):
        with pytest.raises(NotLoggedIn):
            fresh.caller(token, "sealtalk")
    assert fresh.caller(kept.token, "sealtalk").user_id == ann.user_id
    bobs = await bob.log_in("quite other words")
    assert fresh.caller(bobs.token, "sealtalk").role == accounts.Role.AUDITOR
    assert not gate.admits(ann.session.token)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await suite.wait_ready()


async def test_a_logout_that_auth_did_not_survive_holds(member, suite, js, gate, eventually, mongo):
    """Auth is killed around a logout: once it is answered the session is over, and told to all."""
    people = [await member() for _ in range(6)]
    pid = suite.pids["auth"]

    async def log_out(one):
        ask = sessions.LogOut(user_id=one.user_id, session_id=one.session.session_id)
        await one.ask(sessions.log_out, ask)

    async def kill():
        await asyncio.sleep(0.004)
        suite.kill("auth")

    await outcomes(*map(log_out, people), kill())
    await suite.wait_restarted("auth", pid)
    for one in people:

        async def logged_out(one=one):
            try:
                await log_out(one)
            except (Unavailable, DeadlinePassed):
                return False
            return True

        await eventually(logged_out, seconds=60)

    store = await js.key_value(access.SESSIONS_BUCKET)
    for one in people:

        async def told(session_id=one.session.session_id):
            try:
                return await store.get(session_id)
            except (KeyNotFoundError, BucketNotFoundError):
                return None

        await eventually(told)
        await gate.refuses_soon(one.session.token)
    await suite.wait_ready()
