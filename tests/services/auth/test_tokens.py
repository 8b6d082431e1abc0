"""Access tokens of a session, and new tokens for old ones."""

import time

import msgspec
import pytest

from gateway.errors import NotLoggedIn, SessionExpired
from shared import session_token
from shared.contracts import sessions, tokens
from tests.services.auth.visitor import outcomes

ACCESS = {"dialect": "leaf", "access_lifetime": 300}
RENEWABLE = {"dialect": "thinksns", "lifetime": 3600, "renewable_for": 7200}


@pytest.fixture(scope="session")
def ran_out(session_keys):
    """Make of a token the same one whose time is over."""

    def late(text):
        token = session_token.unsealed(session_keys, text)
        return session_token.issue(session_keys, msgspec.structs.replace(token, expires_at=1))

    return late


@pytest.fixture
def refresh(bus):
    """Ask for an access token."""

    async def ask(token, dialect="leaf", **fields):
        message = tokens.RefreshAccess(refresh=token, dialect=dialect, **fields)
        return await bus.ask(tokens.refresh_access, message)

    return ask


@pytest.fixture
def renew(bus):
    """Exchange a token."""

    async def ask(one, token, **terms):
        message = tokens.RenewSession(token=token, terms=one.terms(**(RENEWABLE | terms)))
        return await bus.ask(tokens.renew_session, message)

    return ask


def admitted(gate, token, dialect, use):
    try:
        return gate.sessions.caller(token, dialect, (use,)).session_id
    except NotLoggedIn:
        return None


async def test_each_token_is_good_for_its_use_only(member, gate, refresh):
    """The gateway tells access, refresh and session tokens apart, and all die with the session."""
    ann = await member()
    begun = await ann.log_in(**ACCESS)
    given = {"session": begun.token, "access": begun.access, "refresh": begun.refresh}
    for use, token in given.items():
        for wanted in given:
            assert bool(admitted(gate, token, "leaf", wanted)) is (use == wanted)
    fresh = await refresh(begun.refresh)
    assert 240 < fresh.expires_at.timestamp() - time.time() <= 300
    assert admitted(gate, fresh.token, "leaf", "access") == begun.session_id
    for token in (begun.token, begun.access, "", "rubbish"):
        with pytest.raises(tokens.SessionOver):
            await refresh(token)
    with pytest.raises(tokens.SessionOver):
        await refresh(begun.refresh, "yunhu")

    await ann.ask(
        sessions.log_out, sessions.LogOut(user_id=ann.user_id, session_id=begun.session_id)
    )

    with pytest.raises(tokens.SessionOver):
        await refresh(begun.refresh)

    async def refused():
        return not admitted(gate, fresh.token, "leaf", "access")

    await gate.eventually(refused)


async def test_an_access_token_that_ran_out_is_told_from_a_bad_one(member, gate, ran_out):
    """It was good once, and the gateway knows what for."""
    begun = await (await member()).log_in(**ACCESS)

    with pytest.raises(SessionExpired) as refused:
        gate.sessions.caller(ran_out(begun.access), "leaf", ("access",))

    assert refused.value.details["use"] == "access"


async def test_a_change_of_password_keeps_the_refresh_token_of_its_session(member, refresh):
    """The session that changed it goes on with all its tokens, the others end with theirs."""
    ann = await member()
    kept, other = [await ann.log_in(**ACCESS) for _ in range(2)]
    await ann.change_password(ann.password, "quite other words", kept)

    assert (await refresh(kept.refresh)).session_id == kept.session_id
    with pytest.raises(tokens.SessionOver):
        await refresh(other.refresh)


async def test_of_ten_renewals_at_once_one_wins(member, renew, gate):
    """The old token dies, the new one is good, on the same device."""
    ann = await member()
    begun = await ann.log_in(**RENEWABLE, device_id="phone-1", platform="ios")

    done, refused = await outcomes(*(renew(ann, begun.token) for _ in range(10)))

    assert len(done) == 1
    assert {type(one) for one in refused} == {tokens.SessionOver}
    await gate.refuses_soon(begun.token, dialect="thinksns")
    assert admitted(gate, done[0].token, "thinksns", "session")
    [device] = [one for one in await ann.devices() if one.dialect == "thinksns"]
    assert device.session_id == done[0].session_id
    assert (device.device_id, device.platform) == ("phone-1", "ios")


async def test_a_token_that_is_shown_again_ends_what_came_of_it(
    member, renew, gate, mongo, announced
):
    """Within a minute it is refused and that is all; later whoever renewed it has to log in."""
    ann, docs = await member(), mongo("userhub_auth")["sessions"]
    first, other = [await ann.log_in(**RENEWABLE) for _ in range(2)]
    second = await renew(ann, first.token)
    third = await renew(ann, second.token)
    with pytest.raises(tokens.SessionOver):
        await renew(ann, first.token)
    assert gate.admits(third.token, "thinksns")

    earlier = {"$set": {"ended_at": second.expires_at.replace(year=2020)}}
    await docs.update_one({"_id": first.session_id}, earlier)
    with pytest.raises(tokens.SessionOver):
        await renew(ann, first.token)

    await gate.refuses_soon(third.token, dialect="thinksns")
    with pytest.raises(tokens.SessionOver):
        await renew(ann, third.token)
    assert gate.admits(other.token, "thinksns")
    over = await announced(sessions.SessionEnded, ann.user_id, count=3)
    assert over[-1].data["reason"] == "token_shown_again"


async def test_a_token_is_renewed_after_its_end_while_the_session_may_be(
    member, renew, ran_out, mongo
):
    """Past the token's own end it works, past the session's it does not."""
    ann = await member()
    begun = await ann.log_in(**RENEWABLE)
    again = await renew(ann, ran_out(begun.token))

    past = {"$set": {"renewable_until": again.expires_at.replace(year=2020)}}
    await mongo("userhub_auth")["sessions"].update_one({"_id": again.session_id}, past)

    with pytest.raises(tokens.SessionOver):
        await renew(ann, again.token)


async def test_what_cannot_be_renewed(member, renew):
    """A session that was not renewable, of another dialect, or ended by a new password."""
    ann = await member()
    plain = await ann.log_in(dialect="thinksns")
    leaf = await ann.log_in(**(RENEWABLE | {"dialect": "leaf"}))
    over = await ann.log_in(**RENEWABLE)
    await ann.change_password(ann.password, "quite other words")

    for token in (plain.token, leaf.token, over.token, "", "v1.x.y.z"):
        with pytest.raises(tokens.SessionOver):
            await renew(ann, token)


async def test_a_device_has_one_session_in_a_dialect(member, gate):
    """Logging in again on the same device ends the earlier session there, not those elsewhere."""
    ann = await member()
    other = await ann.log_in(device_id="b")
    leaf = await ann.log_in(dialect="leaf", device_id="a")
    done, _ = await outcomes(*(ann.log_in(device_id="a") for _ in range(6)))
    assert len(done) == 6

    listed = {one.session_id for one in await ann.devices()}
    on_a = listed & {one.session_id for one in done}
    assert len(on_a) == 1
    assert {other.session_id, leaf.session_id, ann.session.session_id} < listed

    ask = sessions.EndDevice(user_id=ann.user_id, dialect="sealtalk", device_id="a")
    await ann.ask(sessions.end_device, ask)

    for one in done:
        await gate.refuses_soon(one.token)
    assert gate.admits(other.token)
    assert gate.admits(leaf.token, "leaf")
    with pytest.raises(sessions.NoSuchSession):
        await ann.ask(sessions.end_device, ask)
