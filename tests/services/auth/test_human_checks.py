"""Sliders and passes: solved once, spent once, asked for after failures."""

import asyncio

import msgspec
import pytest

from services.auth.human_checks.handlers import IP_MINUTE, WRONG_IP_HOUR
from services.auth.human_checks.store import OF_OTHERS_IP_HOUR, RedisHumanChecks
from shared import addresses
from shared.contracts import accounts, codes, human_checks, logins, passwords
from shared.errors import LimitReached
from tests.services.auth.visitor import PASSWORD, Visitor, new_email, outcomes, pass_time

LEAF, AFTER = "leaf", 3
NEW = "quite other words"


@pytest.fixture
def mailbox(visitor):
    """Make somebody with an e-mail address and no account."""
    return lambda: visitor(address=new_email())


@pytest.fixture
async def reader(member):
    """Somebody with an account of an e-mail address."""
    return await member(address=new_email())


async def puzzle(one: Visitor) -> int:
    """Have a puzzle drawn and give its answer."""
    ask = human_checks.MakePuzzle(address=one.address, ip=one.ip)
    await one.bus.ask(human_checks.make_puzzle, ask)
    of = human_checks.OfAddress(address=one.address)
    return int((await one.bus.ask(human_checks.puzzle_answer, of)).answer)


async def begin_reset(one: Visitor) -> None:
    ask = human_checks.BeginReset(address=one.address, purpose=LEAF, ip=one.ip)
    await one.bus.ask(human_checks.begin_reset, ask)


async def fails(one: Visitor, password: str = "not this one", **fields) -> type[Exception]:
    with pytest.raises((logins.WrongCredentials, human_checks.HumanCheckNeeded)) as refused:
        await one.log_in(password, human_after=AFTER, **fields)
    return refused.type


@pytest.mark.parametrize(("off", "right"), [(-3, False), (-2, True), (2, True), (3, False)])
async def test_both_sides_of_the_tolerance(mailbox, off, right):
    """Two pixels off is right, three is not."""
    ann = mailbox()
    x = await puzzle(ann)
    if right:
        await ann.slide(x + off)
        await ann.send(LEAF, needs_pass=True)
    else:
        with pytest.raises(human_checks.WrongPosition):
            await ann.slide(x + off)
        with pytest.raises(human_checks.HumanCheckNeeded):
            await ann.send(LEAF, needs_pass=True)


async def test_there_is_one_try_and_without_a_puzzle_there_is_none(mailbox):
    """Nothing is right where no puzzle waits, and nothing is after the first try."""
    ann = mailbox()
    for x in (-2, 0, 2):
        with pytest.raises(human_checks.WrongPosition):
            await ann.slide(x)
    x = await puzzle(ann)
    with pytest.raises(human_checks.WrongPosition):
        await ann.slide(x + 100)
    with pytest.raises(human_checks.WrongPosition):
        await ann.slide(x)


async def test_of_many_answers_at_once_one_counts(mailbox):
    """Who tries every position at once has one try."""
    ann = mailbox()
    await puzzle(ann)

    done, refused = await outcomes(*(ann.slide(x) for x in range(20, 240, 12)))

    assert len(done) <= 1
    assert {type(one) for one in refused} == {human_checks.WrongPosition}


async def test_a_pass_is_spent_once_whatever_the_spelling(mailbox):
    """Of ten that spend it at once one does, and a fresh puzzle does not take it away."""
    ann = mailbox()
    await ann.pass_human_check()
    await puzzle(ann)
    shouted = Visitor(ann.bus, address=ann.address.upper(), ip=ann.ip)

    done, refused = await outcomes(*(shouted.send(LEAF, needs_pass=True) for _ in range(10)))

    assert len(done) == 1
    assert {type(one) for one in refused} == {human_checks.HumanCheckNeeded}


async def test_a_code_that_is_refused_keeps_the_pass(mailbox, eventually):
    """Past the limit of codes to an address the pass is not spent."""
    ann = mailbox()
    await ann.send(LEAF, cooldown=60)
    await ann.pass_human_check()
    with pytest.raises(LimitReached):
        await ann.send(LEAF, cooldown=60, needs_pass=True)
    await ann.send("leaf.other", cooldown=60, needs_pass=True)


async def test_a_pass_that_is_given_back_replaces_no_newer_one(workshop):
    """The one that was earned meanwhile stays as it is; without one the old is back."""
    address, here, elsewhere = new_email(), "198.51.100.7", "203.0.113.7"
    checks = RedisHumanChecks(workshop.redis, workshop.codes.hidden, 1, keep_answers=False)

    async def earn(ip: str) -> None:
        await checks.keep(address, ip, 100)
        assert await checks.solve(address, ip, 100)

    await earn(elsewhere)
    old = await checks.spend(address, elsewhere)
    assert old
    old = msgspec.structs.replace(old, left_ms=old.left_ms // 2)
    await earn(here)

    await checks.give_back(old)

    newer = await checks.spend(address, here)
    assert newer
    assert newer.network == addresses.network(here).encode()
    assert newer.left_ms > old.left_ms
    await checks.give_back(old)
    again = await checks.spend(address, here)
    assert again
    assert again.network == old.network
    assert again.left_ms <= old.left_ms


async def test_a_puzzle_is_replaced_by_nobody_elsewhere(mailbox, visitor):
    """Whoever has puzzles drawn for somebody else's address does not take theirs away."""
    ann = mailbox()
    x = await puzzle(ann)
    for _ in range(2):
        await puzzle(visitor(address=ann.address))

    await ann.slide(x)

    await ann.send(LEAF, needs_pass=True)


async def test_both_sides_of_the_passes_of_others(reader, visitor):
    """One network takes five passes an hour from who earned them elsewhere, whatever it asks."""
    thief = visitor(address=reader.address)
    takes = [
        lambda: fails(thief),
        lambda: outcomes(begin_reset(thief)),
        lambda: outcomes(thief.enter("x", LEAF, human_after=AFTER)),
        lambda: outcomes(thief.send(LEAF, needs_pass=True)),
        lambda: fails(thief),
    ]
    for take in takes:
        await reader.pass_human_check()
        await take()
        with pytest.raises(human_checks.HumanCheckNeeded):
            await begin_reset(reader)

    for take in takes:
        await reader.pass_human_check()
        await take()
        await begin_reset(reader)
    for _ in range(AFTER):
        await fails(thief)
    assert await fails(reader, PASSWORD) is human_checks.HumanCheckNeeded
    await reader.pass_human_check()
    await fails(thief)
    assert (await reader.log_in(human_after=AFTER)).user_id == reader.user_id


async def test_a_pass_given_back_is_still_its_earners(reader, visitor):
    """Where a stranger could have no code sent, the pass stays the owner's, whatever they ask."""
    stranger = visitor(address=reader.address)
    await reader.pass_human_check()
    await stranger.send(LEAF, cooldown=60)
    for _ in range(OF_OTHERS_IP_HOUR):
        with pytest.raises(LimitReached):
            await stranger.send(LEAF, cooldown=60, needs_pass=True)
    with pytest.raises(human_checks.HumanCheckNeeded):
        await stranger.send(LEAF, cooldown=60, needs_pass=True)

    for _ in range(OF_OTHERS_IP_HOUR + 1):
        with pytest.raises(LimitReached):
            await reader.send(LEAF, cooldown=60, needs_pass=True)


async def test_three_failures_then_a_human_check(reader, visitor):
    """After three the right password is refused as well, by every spelling and from everywhere."""
    for login in (reader.address, reader.address.upper(), reader.address):
        assert await fails(reader, login=login) is logins.WrongCredentials
    for one in (reader, visitor(address=reader.address.lower())):
        assert await fails(one, PASSWORD) is human_checks.HumanCheckNeeded

    await reader.pass_human_check()

    for _ in range(3):
        assert await fails(reader) is logins.WrongCredentials
    assert await fails(reader) is human_checks.HumanCheckNeeded
    await reader.pass_human_check()
    assert (await reader.log_in(human_after=AFTER)).user_id == reader.user_id


async def test_a_success_begins_anew_and_an_unknown_address_is_counted_alike(reader, mailbox):
    """Failures are consecutive; whether there is an account makes no difference."""
    for _ in range(2):
        for _ in range(2):
            await fails(reader)
        await reader.log_in(human_after=AFTER)

    nobody = mailbox()
    told = [await fails(nobody) for _ in range(4)]
    assert told == [logins.WrongCredentials] * 3 + [human_checks.HumanCheckNeeded]


async def test_codes_and_passwords_count_together(reader, eventually):
    """Two wrong passwords and one wrong code are three failures; then no code is even looked at."""
    code = await reader.code(eventually, LEAF)
    for _ in range(2):
        await fails(reader)
    with pytest.raises(codes.WrongCode):
        await reader.enter("x", LEAF, human_after=AFTER)
    with pytest.raises(human_checks.HumanCheckNeeded):
        await reader.enter(code, LEAF, human_after=AFTER)

    await reader.pass_human_check()
    entered = await reader.enter(code, LEAF, human_after=AFTER)
    assert entered.session.user_id == reader.user_id


async def test_ten_guesses_at_once_are_not_more_than_three(reader):
    """The count is taken before the password is looked at."""
    told = await asyncio.gather(*(fails(reader) for _ in range(10)))

    assert told.count(logins.WrongCredentials) == AFTER


async def test_a_reset_is_begun_with_a_pass_and_done_with_a_code(reader, eventually):
    """Without the beginning a right code resets nothing; both are used up together."""
    code = await reader.code(eventually, LEAF)
    proof = reader.by_code(code, LEAF)
    ask = passwords.ResetPassword(proof=proof, new=NEW, ip=reader.ip, must_be_begun=True)
    with pytest.raises(human_checks.ResetNotBegun):
        await reader.bus.ask(passwords.reset_password, ask)
    with pytest.raises(human_checks.HumanCheckNeeded):
        await begin_reset(reader)
    await reader.pass_human_check()
    await begin_reset(reader)
    wrong = passwords.ResetPassword(proof=reader.by_code("", LEAF), new=NEW, must_be_begun=True)
    with pytest.raises(codes.WrongCode):
        await reader.bus.ask(passwords.reset_password, wrong)

    await reader.bus.ask(passwords.reset_password, ask)

    assert (await reader.log_in(NEW)).user_id == reader.user_id
    with pytest.raises(human_checks.ResetNotBegun):
        await reader.bus.ask(passwords.reset_password, ask)


async def test_whose_reset_is_begun_costs_a_pass_each_time(mailbox):
    """Who asks whether an address has an account pays with a puzzle, also if it has none."""
    nobody = mailbox()
    await nobody.pass_human_check()
    with pytest.raises(accounts.NoSuchAccount):
        await begin_reset(nobody)
    with pytest.raises(human_checks.HumanCheckNeeded):
        await begin_reset(nobody)


async def test_both_sides_of_the_answers_of_a_network(mailbox, redis):
    """Sixty answers a minute come from one network, right ones too, and no more."""
    ann = mailbox()
    seconds, _ = await redis.time()
    answers = {f"{n}": seconds * 1000 for n in range(IP_MINUTE - 1)}
    await redis.zadd(f"limit:puzzle-answers:ip:{ann.ip}", answers)
    await ann.pass_human_check()
    with pytest.raises(LimitReached):
        await ann.slide(1)


async def test_both_sides_of_the_wrong_answers_of_a_network(mailbox, redis):
    """Of many wrong answers at once twenty an hour are heard, and right ones do not count."""
    ann = mailbox()
    await ann.pass_human_check()

    _, refused = await outcomes(*(ann.slide(1) for _ in range(WRONG_IP_HOUR + 5)))

    kinds = [type(one) for one in refused]
    assert kinds.count(human_checks.WrongPosition) == WRONG_IP_HOUR
    assert kinds.count(LimitReached) == 5
    with pytest.raises(LimitReached):
        await ann.pass_human_check()
    await pass_time(redis, f"limit:puzzles-wrong:ip:{ann.ip}", 3600)
    await ann.pass_human_check()
