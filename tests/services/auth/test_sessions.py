"""Logging in and out, devices, and what gateways are told."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from services.auth.logins.failures import ACCOUNT_FREE, NETWORK_FREE, PAIR_FREE
from services.auth.sessions.beginning import LOGINS_UNCOUNTED, SESSIONS_MOST
from shared import access
from shared.contracts import (
    accounts,
    administration,
    codes,
    logins,
    passwords,
    registration,
    sessions,
)
from shared.errors import Busy, Malformed
from shared.settings import KeyRing
from tests.services.auth.conftest import fresh_key
from tests.services.auth.visitor import PURPOSE, RESET, new_ip, new_phone, outcomes


async def fail(*visitors) -> None:
    """Try a wrong password for each."""
    _, refused = await outcomes(*(one.log_in("not the password") for one in visitors))
    assert {type(one) for one in refused} == {logins.WrongCredentials}


async def refused_until(visitor) -> int:
    """Seconds that a login with the right password has to wait."""
    with pytest.raises(passwords.TooManyFailures) as refused:
        await visitor.log_in()
    return refused.value.retry_after or 0


# ------------------------------------------------------------------------------------ logging in


async def test_a_login_is_a_session_of_its_own(member, gate):
    """Each login has its own token, that gateways admit in its dialect alone."""
    ann = await member()
    second = await ann.log_in(dialect="leaf", device="browser")

    assert second.token != ann.session.token
    assert gate.admits(second.token, "leaf")
    assert not gate.admits(second.token, "sealtalk")


async def test_a_login_from_a_new_network_is_announced(member, announced, mongo):
    """The network of the registration is known; any other is announced at its first login alone."""
    ann = await member()
    await ann.log_in()
    elsewhere = new_ip()
    first = await ann.log_in(ip=elsewhere, dialect="leaf")
    await ann.log_in(ip=elsewhere)

    [event] = await announced(logins.NewNetworkSeen, ann.user_id)
    assert (event.data["session_id"], event.data["dialect"]) == (first.session_id, "leaf")
    query = {"fact": logins.NewNetworkSeen.fact, "subject": str(ann.user_id)}
    assert await mongo("userhub_auth")["outbox"].count_documents(query) == 1


async def test_a_login_after_ten_wrong_passwords_is_announced(
    member, announced, mongo, redis, hidden
):
    """Also from a network of the owner's, which others may share; after nine it is not."""
    ann = await member()
    await fail(*[ann] * (PAIR_FREE - 1))
    await ann.log_in()
    query = {"fact": logins.NewNetworkSeen.fact, "subject": str(ann.user_id)}
    assert await mongo("userhub_auth")["outbox"].count_documents(query) == 0

    await fail(*[ann] * PAIR_FREE)
    key = f"failures:{hidden('login', f'account:{ann.user_id}')}:{ann.ip}"
    await redis.hset(key, "until", 0)
    guessed = await ann.log_in()

    [event] = await announced(logins.NewNetworkSeen, ann.user_id)
    assert event.data["session_id"] == guessed.session_id


async def test_a_registration_without_a_session_makes_a_network_known(
    visitor, announced, eventually, mongo
):
    """Whoever registers with a code and logs in after that is not told of a new network."""
    ann = visitor()
    code = await ann.code(eventually, PURPOSE)
    await ann.register("", proof=ann.by_code(code, PURPOSE), terms=None)
    await ann.log_in()
    elsewhere = await ann.log_in(ip=new_ip())

    [event] = await announced(logins.NewNetworkSeen, ann.user_id)
    assert event.data["session_id"] == elsewhere.session_id
    query = {"fact": logins.NewNetworkSeen.fact, "subject": str(ann.user_id)}
    assert await mongo("userhub_auth")["outbox"].count_documents(query) == 1


async def test_unknown_and_wrong_are_one_refusal(member, visitor):
    """Nothing in the answer tells an address without account from a wrong password."""
    ann = await member()
    said = []
    for one in (ann, visitor()):
        with pytest.raises(logins.WrongCredentials) as refused:
            await one.log_in("not the password")
        said.append((refused.value.message, refused.value.details))

    assert said[0] == said[1]


@pytest.mark.parametrize("known", [True, False])
async def test_the_same_work_is_done_for_unknown_and_wrong(workshop, monkeypatch, known):
    """The hasher is asked once, whether there is an account or not."""
    verify, verified = workshop.hasher.verify, []

    async def counted(password, known):
        verified.append(known is not None)
        return await verify(password, known)

    monkeypatch.setattr(workshop.hasher, "verify", counted)
    phone = new_phone()
    if known:
        token = await workshop.codes.make_token(phone, PURPOSE)
        ask = registration.Register(
            proof=codes.ByToken(token=token, purpose=PURPOSE),
            password="right words",
            dialect="leaf",
        )
        await workshop.table[registration.register](ask)
    login = logins.LogIn(
        login=phone,
        password="wrong words",
        terms=sessions.Terms(dialect="leaf", ip=new_ip()),
    )

    with pytest.raises(logins.WrongCredentials):
        await workshop.table[logins.log_in](login)

    assert verified == [known]


async def test_a_session_ends_by_itself(member):
    """It lasts as long as the dialect says."""
    ann = await member(terms={"lifetime": 3600})

    left = ann.session.expires_at - datetime.now(UTC)
    assert timedelta(seconds=3000) < left <= timedelta(seconds=3600)


async def test_logging_out(member, gate, announced):
    """Gateways refuse the session soon, others go on; twice changes nothing."""
    ann = await member()
    other = await ann.log_in()
    ask = sessions.LogOut(user_id=ann.user_id, session_id=ann.session.session_id)

    await ann.ask(sessions.log_out, ask)
    await gate.refuses_soon(ann.session.token)
    await ann.ask(sessions.log_out, ask)

    assert gate.admits(other.token)
    [event] = await announced(sessions.SessionEnded, ann.user_id)
    assert event.data["reason"] == "logged_out"
    assert [one.session_id for one in await ann.devices()] == [other.session_id]


async def test_a_hundred_sessions_where_a_dialect_names_no_number(member, gate, eventually):
    """A login from a new network ends the oldest beyond; one from a known network is one write."""
    ann = await member()
    begun = [ann.session, *[await ann.log_in(ip=new_ip()) for _ in range(SESSIONS_MOST - 1)]]
    assert all(gate.admits(one.token) for one in begun)

    begun.append(await ann.log_in(ip=new_ip()))

    await gate.refuses_soon(begun[0].token)
    assert all(gate.admits(one.token) for one in begun[1:])

    # The registration was the first from there.
    begun += [await ann.log_in() for _ in range(LOGINS_UNCOUNTED - 1)]
    assert all(gate.admits(one.token) for one in begun[1:])
    begun.append(await ann.log_in())

    async def all_ended():
        return not any(gate.admits(one.token) for one in begun[: LOGINS_UNCOUNTED + 1])

    await eventually(all_ended)
    assert all(gate.admits(one.token) for one in begun[LOGINS_UNCOUNTED + 1 :])


async def test_at_most_so_many_sessions(member, gate, announced):
    """A dialect that allows two pushes out the oldest of its own, and no other's."""
    ann = await member(terms={"dialect": "yunhu"})
    elsewhere = await ann.log_in(dialect="leaf")
    second = await ann.log_in(dialect="yunhu", at_most=2)
    assert gate.admits(ann.session.token, "yunhu")

    third = await ann.log_in(dialect="yunhu", at_most=2)

    await gate.refuses_soon(ann.session.token, dialect="yunhu")
    assert gate.admits(second.token, "yunhu")
    assert gate.admits(third.token, "yunhu")
    assert gate.admits(elsewhere.token, "leaf")
    [event] = await announced(sessions.SessionEnded, ann.user_id)
    assert event.data["reason"] == "pushed_out"
    assert event.data["session_id"] == ann.session.session_id


async def test_logins_at_once_keep_to_the_most(member, gate, eventually):
    """Of five logins at the same moment, where one session is allowed, one session is left."""
    ann = await member()

    begun = await asyncio.gather(*(ann.log_in(at_most=1) for _ in range(5)))

    async def one_left():
        return sum(gate.admits(one.token) for one in begun) == 1

    await eventually(one_left)
    [left] = await ann.devices()
    assert [one.session_id for one in begun if gate.admits(one.token)] == [left.session_id]
    assert not gate.admits(ann.session.token)


# ---------------------------------------------------------------------------------- rising delay


async def test_both_sides_of_the_failures_of_a_network_on_an_account(
    member, visitor, redis, hidden
):
    """Ten failures are free; then the wait doubles from 30 seconds, for this network alone."""
    ann = await member()
    attacker = visitor(address=ann.address)
    await fail(*[attacker] * (PAIR_FREE - 1))
    await fail(attacker)
    assert 15 < await refused_until(attacker) <= 30

    key = f"failures:{hidden('login', f'account:{ann.user_id}')}:{attacker.ip}"
    for wait in (60, 120, 240):
        await redis.hset(key, "until", 0)
        await fail(attacker)
        assert wait / 2 < await refused_until(attacker) <= wait
    assert (await ann.log_in()).user_id == ann.user_id
    assert 86_000 < await redis.ttl(key) <= 86_400


async def test_logins_failures_and_locks_are_logged(member, visitor, operate, suite):
    """Each with who, how, where and through which dialect; a lock once, however often it is met."""
    ann = await member()
    attacker = visitor(address=ann.address)
    await fail(*[attacker] * PAIR_FREE)
    for _ in range(2):
        await refused_until(attacker)
    await operate(
        administration.set_disabled,
        administration.SetDisabled(user_id=ann.user_id, disabled=True),
    )
    with pytest.raises(accounts.AccountDisabled):
        await ann.log_in()

    log = (suite.config.data_dir / "logs" / "auth.log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]

    def told(ip: str) -> list[tuple[str, ...]]:
        names = ("event", "user_id", "dialect", "how", "why")
        found = (one for one in lines if ip in (one.get("ip"), one.get("network")))
        return [tuple(one.get(name) for name in names) for one in found]

    account = f"account:{ann.user_id}"
    failed = ("authn_login_fail", ann.user_id, "sealtalk", "password")
    assert told(attacker.ip)[:-1] == [(*failed, "wrong")] * PAIR_FREE
    assert told(attacker.ip)[-1][0] == "authn_login_lock"
    assert [one["who"] for one in lines if one.get("network") == attacker.ip] == [account]
    assert told(ann.ip) == [(*failed, "disabled")]


async def test_the_wait_ends_at_an_hour(member, visitor, redis, hidden):
    """However many failures, nobody waits longer than an hour."""
    ann = await member()
    attacker = visitor(address=ann.address)
    key = f"failures:{hidden('login', f'account:{ann.user_id}')}:{attacker.ip}"
    await redis.hset(key, "count", 1_000_000)
    await fail(attacker)

    assert 3000 < await refused_until(attacker) <= 3600


async def test_a_success_forgets_the_failures(member, visitor, redis, hidden):
    """After nine failures and a success, another nine are free."""
    ann = await member()
    for _ in range(2):
        await fail(*[ann] * (PAIR_FREE - 1))
        await ann.log_in()


async def test_failures_at_once_gain_nothing(member, visitor):
    """Of forty tries side by side ten are looked at."""
    ann = await member()
    attacker = visitor(address=ann.address)

    _, refused = await outcomes(*(attacker.log_in("not the password") for _ in range(40)))

    kinds = [type(one) for one in refused]
    assert kinds.count(logins.WrongCredentials) == PAIR_FREE
    assert kinds.count(passwords.TooManyFailures) == 30


async def test_the_owner_gets_in_while_others_hammer(member, visitor):
    """After fifty failures from many networks new ones wait, but the owner's known one does not."""
    ann = await member()
    await ann.log_in()
    attackers = [visitor(address=ann.address) for _ in range(ACCOUNT_FREE // 5)]
    for _ in range(5):
        await fail(*attackers)

    newcomer = visitor(address=ann.address)
    assert 15 < await refused_until(newcomer) <= 30
    assert (await ann.log_in()).user_id == ann.user_id


@pytest.mark.parametrize(("before", "good"), [(NETWORK_FREE - 2, True), (NETWORK_FREE - 1, False)])
async def test_both_sides_of_the_failures_of_a_network(member, visitor, redis, before, good):
    """One network may fail 300 times in a day over all accounts; the last free one closes it."""
    ann = await member()
    ip = new_ip()
    await redis.hset(f"failures:network:{ip}", "count", before)
    await fail(visitor(ip=ip))

    here = visitor(address=ann.address, ip=ip)
    if good:
        assert (await here.log_in()).user_id == ann.user_id
    else:
        assert 15 < await refused_until(here) <= 30


async def test_a_code_takes_nothing_off_the_failures_with_passwords(member, redis, eventually):
    """Who logs in by code, again and again, has no more passwords of others to try for that."""
    ann = await member()
    await redis.hset(f"failures:network:{ann.ip}", "count", 7)

    await ann.enter(await ann.code(eventually, "yunhu"), "yunhu")

    assert int(await redis.hget(f"failures:network:{ann.ip}", "count")) == 7


async def test_unknown_addresses_wait_as_well(visitor):
    """The delay does not tell whether there is an account."""
    nobody = visitor()
    await fail(*[nobody] * PAIR_FREE)

    assert 15 < await refused_until(nobody) <= 30


# -------------------------------------------------------------------------------------- rehashing


async def hashed_before(workshop) -> tuple[str, logins.LogIn]:
    """An account with the hash of today, by its phone, and what logs in to it."""
    phone = new_phone()
    token = await workshop.codes.make_token(phone, PURPOSE)
    ask = registration.Register(
        proof=codes.ByToken(token=token, purpose=PURPOSE), password="right words", dialect="leaf"
    )
    await workshop.table[registration.register](ask)
    terms = sessions.Terms(dialect="leaf", ip=new_ip())
    return phone, logins.LogIn(login=phone, password="right words", terms=terms)


@pytest.mark.parametrize(
    "better",
    [
        lambda _: {"hash_memory_kib": 8192},
        lambda old: {"peppers": KeyRing({"p2": fresh_key(), **old.peppers.keys})},
    ],
    ids=["parameters", "pepper"],
)
async def test_a_login_renews_an_outdated_hash(workshop, better):
    """When parameters rise or the pepper changes, logins at once succeed and renew the hash."""
    phone, login = await hashed_before(workshop)
    before = (await workshop.accounts.find(phone=phone)).password
    process = workshop.again(**better(workshop.config))
    log_in = process.table[logins.log_in]

    begun = await asyncio.gather(*(log_in(login) for _ in range(5)))

    after = (await workshop.accounts.find(phone=phone)).password
    assert len({one.session_id for one in begun}) == 5
    assert before != after
    assert not process.hasher.outdated(after)
    assert workshop.hasher.outdated(before) is False
    assert await log_in(login)
    assert (await workshop.accounts.find(phone=phone)).password == after


async def test_a_login_does_not_fail_for_want_of_a_better_hash(workshop, monkeypatch):
    """Where hashing has no room for the new hash, who showed the right password is in."""

    async def full(_: str) -> None:
        raise Busy()

    phone, login = await hashed_before(workshop)
    before = (await workshop.accounts.find(phone=phone)).password
    process = workshop.again(hash_memory_kib=8192)
    monkeypatch.setattr(process.hasher, "hash", full)

    assert await process.table[logins.log_in](login)

    assert (await workshop.accounts.find(phone=phone)).password == before


# ---------------------------------------------------------------------------------------- devices


async def test_a_person_sees_and_ends_sessions(member, visitor, gate, announced):
    """The list has all of one's sessions, newest first; any of them can be ended, by its owner."""
    ann, bob = await member(), await member()
    lost = await ann.log_in(dialect="leaf", device="lost phone")
    listed = await ann.devices()
    assert [one.session_id for one in listed] == [lost.session_id, ann.session.session_id]
    assert (listed[0].device, listed[0].dialect, listed[0].ip) == ("lost phone", "leaf", ann.ip)

    theirs = sessions.LogOut(user_id=bob.user_id, session_id=lost.session_id)
    with pytest.raises(sessions.NoSuchSession):
        await bob.ask(sessions.end_session, theirs)
    ask = sessions.LogOut(user_id=ann.user_id, session_id=lost.session_id)
    await ann.ask(sessions.end_session, ask)
    with pytest.raises(sessions.NoSuchSession):
        await ann.ask(sessions.end_session, ask)

    await gate.refuses_soon(lost.token, dialect="leaf")
    assert [one.session_id for one in await ann.devices()] == [ann.session.session_id]
    [event] = await announced(sessions.SessionEnded, ann.user_id)
    assert event.data["reason"] == "ended_by_owner"


async def test_when_a_session_was_used(member, bus):
    """The last use is the latest that was reported; unknown sessions change nothing."""
    ann = await member()
    base = ann.session.expires_at
    times = [base + timedelta(seconds=offset) for offset in (10, 30, 20)]
    uses: list[sessions.SessionUse] = []
    for at in times:
        uses = [
            sessions.SessionUse(session_id=ann.session.session_id, at=at),
            sessions.SessionUse(session_id="f" * 32, at=at),
        ]
        await bus.ask(sessions.record_use, sessions.RecordUse(uses=uses))
    await bus.ask(sessions.record_use, sessions.RecordUse(uses=[]))

    [device] = await ann.devices()
    assert abs(device.last_used_at - times[1]) < timedelta(milliseconds=1)
    with pytest.raises(Malformed):
        await bus.ask(sessions.record_use, sessions.RecordUse(uses=[uses[0]] * 1001))


# -------------------------------------------------------------------------------------- passwords


async def test_a_changed_password_ends_the_other_sessions(member, gate, announced):
    """The session in which it was changed goes on, others end; so for the words."""
    ann = await member()
    other = await ann.log_in()
    kept = await ann.log_in()

    await ann.change_password(ann.password, "quite other words", kept)

    await gate.refuses_soon(other.token)
    await gate.refuses_soon(ann.session.token)
    assert gate.admits(kept.token)
    assert [one.session_id for one in await ann.devices()] == [kept.session_id]
    with pytest.raises(logins.WrongCredentials):
        await ann.log_in()
    later = await ann.log_in("quite other words")
    assert gate.admits(later.token)
    [event] = await announced(passwords.PasswordChanged, ann.user_id)
    assert (event.data["how"], event.data["kept_session_id"]) == ("changed", kept.session_id)


async def test_a_change_needs_the_present_password(member, gate):
    """A wrong present password is refused, counted, and changes nothing."""
    ann = await member()
    for _ in range(PAIR_FREE):
        with pytest.raises(passwords.WrongPassword):
            await ann.change_password("not the password", "quite other words")
    with pytest.raises(passwords.TooManyFailures):
        await ann.change_password(ann.password, "quite other words")

    assert gate.admits(ann.session.token)
    assert (await ann.log_in()).user_id == ann.user_id


@pytest.mark.parametrize("kind", ["account", "user"])
async def test_no_name_stands_for_somebody_elses_failures(member, visitor, kind):
    """Whoever tries names made of an id keeps nobody from logging in, or from a new password."""
    ann = await member()
    guessers = [visitor(address=f"{kind}:{ann.user_id}") for _ in range(ACCOUNT_FREE // PAIR_FREE)]
    for one in guessers:
        await fail(*[one] * PAIR_FREE)

    assert (await ann.log_in(ip=new_ip())).user_id == ann.user_id
    await ann.change_password(ann.password, "quite other words")


async def test_a_weak_new_password_is_refused(visitor, eventually):
    """Neither change nor reset takes one, and the reset's token is kept."""
    ann = visitor()
    await ann.register(await ann.token(eventually), nickname="Ann of the sea")
    account = await ann.ask(accounts.read_account, accounts.ByUser(user_id=ann.user_id))
    token = await ann.token(eventually, RESET)
    for weak in ("abc12", "password123", ann.address, account.username):
        with pytest.raises(passwords.WeakPassword):
            await ann.change_password(ann.password, weak)
        ask = passwords.ResetPassword(proof=codes.ByToken(token=token, purpose=RESET), new=weak)
        with pytest.raises(passwords.WeakPassword):
            await ann.bus.ask(passwords.reset_password, ask)
    ask = passwords.ResetPassword(
        proof=codes.ByToken(token=token, purpose=RESET), new="quite other words"
    )
    await ann.bus.ask(passwords.reset_password, ask)
    assert await ann.log_in("quite other words")


async def test_both_sides_of_the_password_that_an_administrator_chooses(
    member, operate, eventually
):
    """Who has a role chooses fifteen characters at least, by change and by reset."""
    ann = await member()
    auditor = administration.SetRole(user_id=ann.user_id, role=accounts.Role.AUDITOR)
    await operate(administration.set_role, auditor)
    token = await ann.token(eventually, RESET)

    def reset(new: str) -> passwords.ResetPassword:
        return passwords.ResetPassword(proof=codes.ByToken(token=token, purpose=RESET), new=new)

    with pytest.raises(passwords.WeakPassword):
        await ann.change_password(ann.password, "x" * 14)
    with pytest.raises(passwords.WeakPassword):
        await ann.bus.ask(passwords.reset_password, reset("x" * 14))
    await ann.change_password(ann.password, "x" * 15)
    await ann.bus.ask(passwords.reset_password, reset("y" * 15))
    assert await ann.log_in("y" * 15)


async def test_of_changes_at_once_one_wins(member):
    """Two changes from one password: one is done, the other finds the present one wrong."""
    ann = await member()

    done, refused = await outcomes(
        ann.change_password(ann.password, "first other words"),
        ann.change_password(ann.password, "second other words"),
    )

    assert len(done) == 1
    assert [type(one) for one in refused] == [passwords.WrongPassword]
    logged_in, _ = await outcomes(ann.log_in("first other words"), ann.log_in("second other words"))
    assert len(logged_in) == 1


async def test_a_reset_password_ends_all_sessions(member, gate, eventually, announced):
    """Nobody is logged in by it, every session ends, and the token is used up."""
    ann = await member()
    other = await ann.log_in()
    token = await ann.token(eventually, RESET)
    ask = passwords.ResetPassword(
        proof=codes.ByToken(token=token, purpose=RESET), new="quite other words"
    )

    assert await ann.bus.ask(passwords.reset_password, ask) is None

    for one in (ann.session, other):
        await gate.refuses_soon(one.token)
    assert await ann.devices() == []
    with pytest.raises(codes.UnknownVerification):
        await ann.bus.ask(passwords.reset_password, ask)
    with pytest.raises(logins.WrongCredentials):
        await ann.log_in()
    assert gate.admits((await ann.log_in("quite other words")).token)
    [event] = await announced(passwords.PasswordChanged, ann.user_id)
    assert (event.data["how"], event.data.get("kept_session_id")) == ("reset", None)


async def test_a_reset_for_nobody_is_told_to_the_owner_of_the_address(visitor, eventually):
    """Who proved an address is told once that it has no account, and it still has none."""
    one = visitor()
    token = await one.token(eventually, RESET)
    ask = passwords.ResetPassword(
        proof=codes.ByToken(token=token, purpose=RESET), new="quite other words"
    )

    with pytest.raises(accounts.NoSuchAccount):
        await one.bus.ask(passwords.reset_password, ask)
    with pytest.raises(codes.UnknownVerification):
        await one.bus.ask(passwords.reset_password, ask)
    with pytest.raises(logins.WrongCredentials):
        await one.log_in("quite other words")


@pytest.mark.parametrize("how", ["changed", "reset"])
async def test_no_login_with_the_old_password_lives_on(member, gate, eventually, how):
    """Logins that race the change are refused, or their sessions are over once it is done."""
    ann = await member()
    password = ann.password
    for turn in range(4):
        new = f"words of turn {turn}"
        token = await ann.token(eventually, RESET) if how == "reset" else ""

        async def change(old=password, new=new, token=token):
            if how == "reset":
                ask = passwords.ResetPassword(
                    proof=codes.ByToken(token=token, purpose=RESET), new=new
                )
                await ann.bus.ask(passwords.reset_password, ask)
            else:
                await ann.change_password(old, new)

        results = await asyncio.gather(
            *(ann.log_in(password) for _ in range(2)),
            change(),
            *(ann.log_in(password) for _ in range(2)),
            return_exceptions=True,
        )
        begun = [one for one in results if isinstance(one, sessions.Session)]
        refused = [one for one in results if isinstance(one, BaseException)]
        assert {type(one) for one in refused} <= {logins.WrongCredentials}
        for one in begun:
            await gate.refuses_soon(one.token)
        listed = {one.session_id for one in await ann.devices()}
        assert not listed & {one.session_id for one in begun}
        password = new


async def test_ended_sessions_are_told_with_their_expiry(member, js):
    """The bucket of ended sessions says when each would have ended, so that gateways forget it."""
    ann = await member()
    ask = sessions.LogOut(user_id=ann.user_id, session_id=ann.session.session_id)
    await ann.ask(sessions.log_out, ask)

    entry = await (await js.key_value(access.SESSIONS_BUCKET)).get(ann.session.session_id)
    assert int(entry.value.partition(b":")[2]) == int(ann.session.expires_at.timestamp())
