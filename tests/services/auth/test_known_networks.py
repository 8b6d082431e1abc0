"""Wrong codes of strangers do not close an address to its owner (lines 13 and 24)."""

import asyncio
import secrets
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.auth.codes import rules
from services.auth.codes.store import (
    FAILURES_HOUR,
    FAILURES_WEEK,
    STRANGERS_TRIES,
    TRIES,
    Outcome,
    RedisCodes,
)
from services.auth.logins.failures import Counted, Failures
from shared.contracts import codes, passwords
from shared.errors import Unavailable
from shared.redis import Redis
from shared.settings import Key
from tests.services.auth.visitor import RESET, another, new_ip, outcomes, pass_time

CODE, WRONG = "123456", "000000"
KNOWN = "known:of-these-tests"
OTHER = "known:no-such-network"


@pytest.fixture
async def instances(suite) -> AsyncIterator[list[RedisCodes]]:
    """The codes of two processes, each with a connection of its own."""
    wires = [Redis(suite.urls["redis"]) for _ in range(2)]
    key = Key(secrets.token_bytes(32))
    await wires[0].put(KNOWN, b"1", 600)
    yield [RedisCodes(wire, key) for wire in wires]
    for wire in wires:
        await wire.close()


async def failures(redis, one: RedisCodes, address: str) -> Counter[str]:
    """How many wrong tries of an address are counted, by window."""
    name = one.hidden("address", RESET, address)
    windows = ("hour", "week", "known:hour", "known:week")
    return Counter({it: await redis.zcard(f"code-failures:{name}:{it}") for it in windows})


# ------------------------------------------------------------------------------ against a model


@dataclass
class Model:
    """What is right of one address: who may still try, and how often."""

    has_owner: bool
    tries: Counter[bool] = field(default_factory=Counter)
    failures: Counter[bool] = field(default_factory=Counter)
    sent: bool = False

    def send(self) -> None:
        self.sent, self.tries = True, Counter()

    def show(self, *, known: bool, right: bool, take: bool) -> Outcome:
        strangers = STRANGERS_TRIES if self.has_owner else TRIES
        is_open = (
            self.sent
            and self.failures[known] < FAILURES_HOUR
            and self.tries.total() < TRIES
            and (known or self.tries[False] < strangers)
        )
        if not is_open:
            return Outcome.WRONG
        if not right:
            self.tries[known] += 1
            self.failures[known] += 1
            return Outcome.WRONG
        if take:
            self.sent, self.failures[known] = False, 0
        return Outcome.RIGHT


NEW_CODE = None
STEPS = [
    NEW_CODE,
    *((known, CODE, take) for known in (False, True) for take in (False, True)),
    *((known, WRONG, True) for known in (False, True) for _ in range(5)),
]
"""What may happen: more is wrong than right, so that limits are reached."""


@settings(max_examples=120)
@given(has_owner=st.booleans(), steps=st.lists(st.sampled_from(STEPS), min_size=8, max_size=40))
async def test_tries_are_counted_as_the_model_does(instances, redis, has_owner, steps):
    """Each answer and each count is the model's, whichever process is asked.

    No code bears more than five wrong tries, three of them by strangers; a right code forgets the
    failures of its own side alone.
    """
    model, address = Model(has_owner), f"{uuid.uuid4().hex}@example.com"
    model.send()
    await instances[0].issue(address, RESET, CODE, 300)
    for n, step in enumerate(steps):
        one = instances[n % 2]
        if step is NEW_CODE:
            model.send()
            await one.issue(address, RESET, CODE, 300)
            continue
        known, code, take = step
        known = known and has_owner
        key = (KNOWN if known else OTHER) if has_owner else None
        shown = await one.check(address, RESET, code, take=take, known=key)
        assert shown.outcome == model.show(known=known, right=code == CODE, take=take)

    strangers, owners = model.failures[False], model.failures[True]
    expected = {"hour": strangers, "week": strangers, "known:hour": owners, "known:week": owners}
    assert await failures(redis, instances[0], address) == expected


async def test_tries_at_once_of_both_sides_are_no_more_than_a_code_bears(instances, redis):
    """Forty wrong tries at the same moment, in two processes: five count, three of strangers."""
    address = f"{uuid.uuid4().hex}@example.com"
    counted: Counter[str] = Counter()
    for _ in range(6):
        await instances[0].issue(address, RESET, CODE, 300)
        before = await failures(redis, instances[0], address)
        await asyncio.gather(
            *(
                instances[n % 2].check(address, RESET, WRONG, known=(KNOWN, OTHER)[n // 2 % 2])
                for n in range(40)
            )
        )
        counted = await failures(redis, instances[0], address)
        new = counted - before
        assert new["hour"] <= STRANGERS_TRIES
        assert new["hour"] + new["known:hour"] <= TRIES

    assert counted["hour"] <= FAILURES_HOUR
    assert counted["known:hour"] <= FAILURES_HOUR
    assert counted.total() // 2 >= FAILURES_HOUR  # of one side at least


@pytest.mark.parametrize("window", ["hour", "week"])
@pytest.mark.parametrize("side", ["", "known:"])
async def test_both_sides_of_the_failures_of_a_side(instances, redis, window, side):
    """Ten failures in an hour, a hundred in a week close an address to the side they came from.

    What is about codes of four digits is closed by thirty, or five of an administrator's.
    """
    one = instances[0]
    week = [(CODE, False, FAILURES_WEEK), ("1234", False, rules.SHORT_WEEK)]
    week.append(("1234", True, rules.SHORT_WEEK_OF_ADMINISTRATORS))
    for code, guarded, most in week if window == "week" else [(CODE, False, FAILURES_HOUR)]:
        address = f"{uuid.uuid4().hex}@example.com"
        await one.issue(address, RESET, code, 300)
        seconds, _ = await redis.time()
        name = f"code-failures:{one.hidden('address', RESET, address)}:{side}{window}"
        mine, others = (KNOWN, OTHER) if side else (OTHER, KNOWN)

        async def look(known, address=address, code=code, guarded=guarded):
            shown = await one.check(address, RESET, code, take=False, known=known, guarded=guarded)
            return shown.outcome

        await redis.zadd(name, {f"{n}": seconds * 1000 for n in range(most - 1)})
        assert await look(mine) == Outcome.RIGHT
        await redis.zadd(name, {"last": seconds * 1000})
        assert await look(mine) == Outcome.WRONG
        assert await look(others) == Outcome.RIGHT
        await pass_time(redis, name, 3600 if window == "hour" else 7 * 86400)
        assert await look(mine) == Outcome.RIGHT


async def test_a_code_that_was_sent_before_strangers_were_counted(instances, redis):
    """A code of an older process has no count of strangers, and bears what all codes bear."""
    one, address = instances[0], f"{uuid.uuid4().hex}@example.com"
    await one.issue(address, RESET, CODE, 300)
    name = f"code:{one.hidden('address', RESET, address)}"
    await redis.hset(name, "tries", TRIES - 1)

    assert await redis.hkeys(name) == [b"digest", b"tries", b"expires_at"]
    await one.check(address, RESET, WRONG, known=OTHER)
    assert (await one.check(address, RESET, CODE, known=KNOWN)).outcome == Outcome.WRONG


async def test_without_redis_no_code_is_right():
    """Where nothing can be counted, nobody is known and no code is looked at."""
    away = Redis("redis://127.0.0.1:1")
    with pytest.raises(Unavailable):
        await RedisCodes(away, Key(bytes(32))).check("a@example.com", RESET, CODE, known=KNOWN)
    await away.close()


# ---------------------------------------------------------------------------------- as a service


async def guess(one, code: str, times: int, ip: str, purpose: str = RESET) -> None:
    """Show wrong codes."""
    for _ in range(times):
        with pytest.raises(codes.WrongCode):
            await one.check(another(code), purpose, ip=ip)


async def test_strangers_cannot_burn_the_code_of_an_owner(member, eventually):
    """After any number of guesses by strangers the owner may mistype a code once, and no more."""
    for mistyped, good in ((1, True), (2, False)):
        one = await member()
        code = await one.code(eventually, RESET)
        await guess(one, code, 2 * TRIES, new_ip())
        with pytest.raises(codes.WrongCode):
            await one.check(code, RESET, ip=new_ip())
        await guess(one, code, mistyped, one.ip)
        if good:
            assert await one.check(code, RESET)
        else:
            with pytest.raises(codes.WrongCode):
                await one.check(code, RESET)


async def test_an_owner_who_is_alone_has_all_five_tries(member, eventually):
    """Four wrong tries from a known network leave a code good, in another network two do."""
    one = await member()
    for ip, most in ((one.ip, TRIES), (new_ip(), STRANGERS_TRIES)):
        for wrong, good in ((most - 1, True), (most, False)):
            code = await one.code(eventually, RESET)
            await guess(one, code, wrong, ip)
            if good:
                assert await one.check(code, RESET, ip=ip)
            else:
                with pytest.raises(codes.WrongCode):
                    await one.check(code, RESET, ip=ip)


async def test_an_address_that_strangers_closed_opens_to_its_owner(
    member, eventually, redis, hidden
):
    """With all tries of an hour used up by strangers, an owner logs in and resets by codes.

    Where the owner was not before nobody does, whatever the way there.
    """
    one = await member()
    seconds, _ = await redis.time()
    for purpose in ("yunhu", RESET):
        name = f"code-failures:{hidden('address', purpose, one.address)}:hour"
        await redis.zadd(name, {f"{n}": seconds * 1000 for n in range(FAILURES_HOUR)})

    code = await one.code(eventually, "yunhu")
    with pytest.raises(codes.WrongCode):
        await one.enter(code, "yunhu", terms=one.terms(ip=new_ip()))
    assert (await one.enter(code, "yunhu")).session
    code = await one.code(eventually, RESET)
    proof, away = one.by_code(code, RESET), new_ip()
    for ip, good in ((away, False), (one.ip, True)):
        here = codes.ByCode(address=proof.address, code=code, purpose=RESET, ip=ip)
        reset = passwords.ResetPassword(proof=here, new="quite other words", ip=ip)
        if good:
            await one.bus.ask(passwords.reset_password, reset)
        else:
            with pytest.raises(codes.WrongCode):
                await one.bus.ask(passwords.reset_password, reset)
    assert await one.log_in("quite other words")


async def test_a_network_is_known_to_one_owner_alone(member, visitor, eventually):
    """Where somebody else logged in one is a stranger, also to an address that nobody has."""
    ann, bob, nobody = await member(), await member(), visitor()
    for one, most in ((ann, STRANGERS_TRIES), (nobody, TRIES)):
        code = await one.code(eventually, RESET)
        await guess(one, code, most, bob.ip)
        with pytest.raises(codes.WrongCode):
            await one.check(code, RESET, ip=bob.ip)


async def test_all_networks_of_an_owner_share_one_count(member, eventually, redis, hidden):
    """However many networks are known, together they have one count of wrong tries."""
    one = await member()
    ips = [one.ip, new_ip(), new_ip()]
    for ip in ips[1:]:
        await one.log_in(ip=ip)
    name = f"code-failures:{hidden('address', RESET, one.address)}:known:hour"
    seconds, _ = await redis.time()
    await redis.zadd(name, {f"{n}": seconds * 1000 for n in range(FAILURES_HOUR - 2)})

    code = await one.code(eventually, RESET)
    _, refused = await outcomes(
        *(one.check(another(code), RESET, ip=ip) for ip in ips for _ in range(2))
    )

    assert {type(error) for error in refused} == {codes.WrongCode}
    assert await redis.zcard(name) == FAILURES_HOUR
    for ip in ips:
        with pytest.raises(codes.WrongCode):
            await one.check(code, RESET, ip=ip)
    assert await one.check(code, RESET, ip=new_ip())


@pytest.mark.parametrize("how", ["reset", "change"])
async def test_a_new_password_makes_strangers_of_all_other_networks(member, eventually, how):
    """A thief who logged in is no owner for codes once the password is another one."""
    one, thief = await member(), new_ip()
    await one.log_in(ip=thief)
    if how == "reset":
        code = await one.code(eventually, RESET)
        new = passwords.ResetPassword(
            proof=one.by_code(code, RESET), new="quite other words", ip=one.ip
        )
        await one.bus.ask(passwords.reset_password, new)
    else:
        await one.change_password(one.password, "quite other words")

    code = await one.code(eventually, RESET)
    await guess(one, code, STRANGERS_TRIES, thief)
    with pytest.raises(codes.WrongCode):
        await one.check(code, RESET, ip=thief)
    assert await one.check(code, RESET)


async def test_who_logs_in_while_the_password_changes_gains_no_network(member, suite, hidden):
    """What is remembered for the account as it was counts no more for the account as it is."""
    one, thief, wire = await member(), new_ip(), Redis(suite.urls["redis"])
    failures = Failures(wire, hidden, 1)
    before = Counted(f"account:{one.user_id}")
    after = Counted(before.name, epoch=1)
    assert await failures.knows(before, one.ip)

    await one.change_password(one.password, "quite other words")
    assert await failures.proved(before, thief) == 1

    assert not await failures.knows(after, thief)
    assert await failures.knows(after, one.ip)
    await wire.close()
