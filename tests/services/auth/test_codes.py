"""Verification codes: sent, shown, used up, limited."""

import asyncio
import hashlib
from random import randrange

import pytest

from services.auth.codes import rules
from services.auth.codes.store import (
    FAILURES_HOUR,
    FAILURES_WEEK,
    TOKEN_SECONDS,
    TRIES,
)
from services.auth.fraud import limits
from services.auth.fraud.attempts import Attempt
from shared.contracts import accounts, codes, passwords
from shared.errors import InvalidAddress, LimitReached
from tests.services.auth.visitor import (
    PURPOSE,
    RESET,
    another,
    new_email,
    new_ip,
    new_phone,
    outcomes,
    pass_time,
)


def limits_of(hidden, visitor, what, cooldown=0):
    """What a code to this person that a stranger asks for counts against, of this kind."""
    attempt = Attempt(visitor.address.lower(), PURPOSE, visitor.ip, cooldown)
    found = limits.SendingLimits(hidden, 1.0).of(attempt, visitor.user_id or None)
    return [one for one in found if what in one.key]


async def let_pass(redis, hidden, visitor, seconds):
    """Let time pass for the codes that went to a person."""
    for limit in limits_of(hidden, visitor, ""):
        await pass_time(redis, limit, seconds)


@pytest.mark.parametrize("address", [new_phone, new_email])
async def test_a_code_arrives_and_is_exchanged(visitor, eventually, address):
    """A code of six digits comes by SMS or e-mail, and a token is given for it."""
    one = visitor(address=address())
    code = await one.code(eventually)

    assert len(code) == 6
    assert len(await one.check(code)) == 36
    with pytest.raises(codes.WrongCode):
        await one.check(code)


async def test_an_email_address_is_one_in_any_case(visitor, eventually):
    """A code for an address is good for the same address in capitals."""
    one = visitor(address=new_email())
    code = await one.code(eventually)

    assert await one.check(code, address=one.address.upper())


async def test_a_code_of_four_digits(visitor, eventually):
    """A dialect whose clients have four fields gets four digits."""
    assert len(await visitor().code(eventually, digits=4)) == 4


async def test_no_address_no_code(visitor):
    """What is no address is refused as such, by sending and by checking."""
    one = visitor(address="+999")
    with pytest.raises(InvalidAddress):
        await one.send()
    with pytest.raises(InvalidAddress):
        await one.check("123456")


async def test_a_code_is_bound_to_purpose_and_address(visitor, eventually):
    """A code for one purpose or address is wrong for any other, and still good for its own."""
    one, other = visitor(), visitor()
    code, others_code = await one.code(eventually), await other.code(eventually)
    while others_code == code:
        others_code = await other.code(eventually)

    with pytest.raises(codes.WrongCode):
        await one.check(code, RESET)
    with pytest.raises(codes.WrongCode):
        await other.check(code)
    assert await one.check(code)


async def test_a_new_code_replaces_the_one_before(visitor, eventually):
    """Only the newest code of a purpose is good."""
    one = visitor()
    first = await one.code(eventually)
    second = await one.code(eventually)

    if first != second:
        with pytest.raises(codes.WrongCode):
            await one.check(first)
    assert await one.check(second)


async def test_of_twenty_right_answers_at_once_one_succeeds(visitor, eventually):
    """A right code is exchanged once, however many show it at the same moment."""
    one = visitor()
    code = await one.code(eventually)

    tokens, refused = await outcomes(*(one.check(code) for _ in range(20)))

    assert len(tokens) == 1
    assert [type(one) for one in refused] == [codes.WrongCode] * 19


async def test_both_sides_of_the_wrong_tries(visitor, eventually):
    """After four wrong tries the right code is good, after five it is burnt."""
    for wrong, good in ((TRIES - 1, True), (TRIES, False)):
        one = visitor()
        code = await one.code(eventually)
        for _ in range(wrong):
            with pytest.raises(codes.WrongCode):
                await one.check(another(code))
        if good:
            assert await one.check(code)
        else:
            with pytest.raises(codes.WrongCode):
                await one.check(code)


async def test_twenty_wrong_tries_at_once_burn_the_code(visitor, eventually):
    """Trying side by side gains nothing: five tries in all are looked at."""
    one = visitor()
    code = await one.code(eventually)

    await outcomes(*(one.check(another(code)) for _ in range(20)))

    with pytest.raises(codes.WrongCode):
        await one.check(code)


async def test_new_codes_do_not_reset_the_failures(visitor, eventually, redis, hidden):
    """After ten wrong tries within an hour no code of this purpose is good, and then again."""
    one = visitor()
    for _ in range(FAILURES_HOUR // TRIES):
        code = await one.code(eventually)
        for _ in range(TRIES):
            with pytest.raises(codes.WrongCode):
                await one.check(another(code))
    code = await one.code(eventually)
    with pytest.raises(codes.WrongCode):
        await one.check(code)

    name = hidden("address", PURPOSE, one.address)
    await pass_time(redis, f"code-failures:{name}:hour", 3600)
    assert await one.check(code)


@pytest.mark.parametrize(
    ("digits", "before", "good"),
    [
        (6, FAILURES_WEEK - 1, True),
        (6, FAILURES_WEEK, False),
        (4, rules.SHORT_WEEK - 1, True),
        (4, rules.SHORT_WEEK, False),
    ],
)
async def test_both_sides_of_the_hard_stop(
    visitor, eventually, redis, hidden, digits, before, good
):
    """A hundred failures within a week close an address for a purpose, 30 where codes are short."""
    one = visitor()
    code = await one.code(eventually, digits=digits)
    seconds, _ = await redis.time()
    failures = {f"{n}": seconds * 1000 for n in range(before)}
    await redis.zadd(f"code-failures:{hidden('address', PURPOSE, one.address)}:week", failures)

    if good:
        assert await one.check(code)
    else:
        with pytest.raises(codes.WrongCode):
            await one.check(code)


@pytest.mark.parametrize(
    ("window", "most"), [("hour", rules.SHORT_IP_HOUR), ("day", rules.SHORT_IP_DAY)]
)
async def test_both_sides_of_guesses_from_one_network(visitor, eventually, redis, window, most):
    """Wrong short codes count over all addresses, right ones do not; then none is looked at."""
    ip = new_ip()
    seconds, _ = await redis.time()
    for limit in rules.guessing_limits(ip, 1.0):
        guesses = {f"{n}": seconds * 1000 for n in range(most - 1)}
        if limit.key.endswith(window):
            await redis.zadd(f"limit:{limit.key}", guesses)
    for _ in range(2):
        one = visitor(ip=ip)
        assert await one.check(await one.code(eventually, digits=4))
    other = visitor(ip=ip)
    code = await other.code(eventually, digits=4)
    with pytest.raises(codes.WrongCode):
        await other.check(another(code))

    with pytest.raises(LimitReached):
        await other.check(code)
    assert await other.check(code, ip=new_ip())


async def test_an_expired_code(visitor, eventually, redis, hidden):
    """A code whose time is over is called expired, and good a moment before."""
    one = visitor()
    key = f"code:{hidden('address', PURPOSE, one.address)}"
    code = await one.code(eventually, lifetime=300)
    assert 240_000 < int(await redis.hget(key, "expires_at")) - await _now(redis) <= 300_000
    await redis.hset(key, "expires_at", await _now(redis) - 1)
    with pytest.raises(codes.ExpiredCode):
        await one.check(code)
    await redis.hset(key, "expires_at", await _now(redis) + 60_000)
    assert await one.check(code)


async def _now(redis):
    seconds, micros = await redis.time()
    return seconds * 1000 + micros // 1000


async def test_nothing_in_redis_can_be_read_back(visitor, eventually, redis, hidden):
    """Neither address nor code nor token is in Redis as it is."""
    one = visitor()
    token = await one.token(eventually)
    code = await one.code(eventually)
    stored = [key async for key in redis.scan_iter(count=1000)]
    key = f"code:{hidden('address', PURPOSE, one.address)}"
    stored += [part for pair in (await redis.hgetall(key)).items() for part in pair]
    kept = [await redis.get(key) for key in stored if key.startswith(b"verified:")]
    assert len(kept) > 0
    stored += filter(None, kept)
    blob = b"\n".join(stored)

    assert one.address.encode() not in blob
    assert token.encode() not in blob
    digest = await redis.hget(key, "digest")
    assert digest.decode() == hidden("code", PURPOSE, one.address, code)


# ------------------------------------------------------------------------------------- limits


async def send_many(one, count: int) -> None:
    for _ in range(count):
        await one.send()


@pytest.mark.parametrize(
    ("address", "hour", "day"),
    [
        (new_phone, limits.SMS_HOUR, limits.SMS_DAY),
        (new_email, limits.EMAIL_HOUR, limits.EMAIL_DAY),
    ],
)
async def test_both_sides_of_what_newcomers_are_sent(visitor, redis, hidden, address, hour, day):
    """A phone that nobody has gets five codes an hour and ten a day, a mailbox twice as many.

    What is refused is not counted; an e-mail address is one in any case.
    """
    one = visitor(address=address())
    await send_many(one, hour)
    with pytest.raises(LimitReached) as refused:
        await one.send("sealtalk.another", address=one.address.upper())
    assert 3540 < (refused.value.retry_after or 0) <= 3600
    await let_pass(redis, hidden, one, 3540)
    with pytest.raises(LimitReached):
        await one.send()
    await let_pass(redis, hidden, one, 60)
    await send_many(one, day - hour)
    await let_pass(redis, hidden, one, 3600)
    with pytest.raises(LimitReached) as refused:
        await one.send()
    assert 79_000 < (refused.value.retry_after or 0) <= 86_400 - 3600
    await let_pass(redis, hidden, one, 86_400)
    await one.send()


@pytest.mark.parametrize(
    ("address", "hour", "day"),
    [
        (new_phone, limits.SMS_HOUR, limits.SMS_DAY),
        (new_email, limits.EMAIL_HOUR, limits.EMAIL_DAY),
    ],
)
async def test_both_sides_of_what_is_kept_for_the_owner(
    member, visitor, redis, hidden, address, hour, day
):
    """Strangers who have all the codes sent that they may leave some to the owner.

    All together are no more than an address gets: five an hour and ten a day, or twice as many.
    """
    one = await member(address=address())
    stranger = visitor(address=one.address)
    await let_pass(redis, hidden, one, 86_400)
    kept = hour - limits.strangers_part(hour)

    for _ in range(2):
        await send_many(stranger, hour - kept)
        with pytest.raises(LimitReached):
            await stranger.send()
        await send_many(one, kept)
        with pytest.raises(LimitReached):
            await one.send()
        await let_pass(redis, hidden, one, 3600)

    assert 2 * hour == day
    for who in (one, stranger):
        with pytest.raises(LimitReached):
            await who.send()
    await let_pass(redis, hidden, one, 86_400 - 3600)
    await send_many(one, hour)
    with pytest.raises(LimitReached):
        await one.send()


async def test_an_owner_who_is_logged_in_is_no_stranger_anywhere(
    member, visitor, bus, redis, hidden
):
    """In a network that nobody knows, a session tells the owner from strangers."""
    one = await member(terms={"ip": new_ip()})
    await let_pass(redis, hidden, one, 3600)
    await send_many(visitor(address=one.address), limits.strangers_part(limits.SMS_HOUR))
    away = codes.SendCode(address=one.address, purpose=PURPOSE, ip=new_ip(), cooldown=0)

    with pytest.raises(LimitReached):
        await bus.ask(codes.send_code, away)
    await one.ask(codes.send_code, away)


@pytest.mark.parametrize("network", ["v4", "v6"])
async def test_both_sides_of_the_limit_of_a_network(visitor, redis, hidden, network):
    """A hundred codes an hour go out for one IPv4 address, or for one /64 of IPv6 addresses."""
    base = new_ip() if network == "v4" else f"2001:db8:{randrange(65536):x}:7"

    def here(n: int) -> str:
        return base if network == "v4" else f"{base}::{n:x}"

    before = [visitor(ip=here(n)) for n in range(limits.IP_HOUR)]
    for start in range(0, len(before), 20):
        await asyncio.gather(*(one.send() for one in before[start : start + 20]))
    late = visitor(ip=here(limits.IP_HOUR))
    with pytest.raises(LimitReached):
        await late.send()
    await visitor(ip=new_ip() if network == "v4" else "2001:db8:0:8::1").send()
    [network] = limits_of(hidden, late, ":ip:")
    await pass_time(redis, network, 3600)
    await late.send()


async def test_both_sides_of_the_cooldown(visitor, redis, hidden):
    """The next code for the same purpose waits for the cooldown; another purpose need not."""
    one = visitor()
    await one.send(cooldown=600)
    with pytest.raises(LimitReached) as refused:
        await one.send(cooldown=600)
    assert 540 < (refused.value.retry_after or 0) <= 600
    await one.send(RESET, cooldown=600)
    [cooldown] = limits_of(hidden, one, PURPOSE, cooldown=600)
    await pass_time(redis, cooldown, 540)
    with pytest.raises(LimitReached) as refused:
        await one.send(cooldown=600)
    assert (refused.value.retry_after or 0) <= 60
    await pass_time(redis, cooldown, 60)
    await one.send(cooldown=600)


async def test_of_many_requests_at_once_one_passes_the_cooldown(visitor, eventually):
    """Twenty requests at the same moment bring one message."""
    one = visitor()

    sent, refused = await outcomes(*(one.send(cooldown=60) for _ in range(20)))

    assert len(sent) == 1
    assert {type(one) for one in refused} == {LimitReached}

    async def arrived():
        return await one.messages()

    assert len(await eventually(arrived)) == 1


async def test_both_sides_of_the_limit_of_checking(visitor):
    """One network may show 300 codes in ten minutes, whatever addresses they are for."""
    ip = new_ip()
    asked = [visitor(ip=ip).check("123456") for _ in range(rules.CHECKS_IP)]
    _, refused = await outcomes(*asked)
    assert {type(one) for one in refused} == {codes.WrongCode}

    with pytest.raises(LimitReached):
        await visitor(ip=ip).check("123456")
    with pytest.raises(codes.WrongCode):
        await visitor().check("123456")


# ------------------------------------------------------------------------------------- tokens


async def test_a_token_is_good_once(visitor, eventually):
    """Of many registrations with one token at once, one makes an account."""
    one = visitor()
    token = await one.token(eventually)

    made, refused = await outcomes(*(one.register(token) for _ in range(6)))

    assert len(made) == 1
    assert {type(one) for one in refused} <= {codes.UnknownVerification, accounts.PhoneTaken}


async def test_a_token_is_good_for_its_purpose_alone(visitor, eventually, redis):
    """With another purpose a token is unknown, and stays good for its own, for ten minutes."""
    one = visitor()
    token = await one.token(eventually)

    with pytest.raises(codes.UnknownVerification):
        await one.register(token, purpose=RESET)
    message = passwords.ResetPassword(
        proof=codes.ByToken(token=token, purpose=RESET), new="brand new words"
    )
    with pytest.raises(codes.UnknownVerification):
        await one.bus.ask(passwords.reset_password, message)
    assert (await one.register(token)).user_id


async def test_an_unknown_token(visitor):
    """A token that nobody gave is unknown."""
    with pytest.raises(codes.UnknownVerification):
        await visitor().register("00000000-0000-0000-0000-000000000000")


async def test_a_token_lives_for_ten_minutes(workshop):
    """Redis forgets a token after ten minutes, and it is then unknown."""
    phone = new_phone()
    token = await workshop.codes.make_token(phone, PURPOSE)
    [key] = [
        key
        async for key in workshop.redis.client.scan_iter("verified:*", count=1000)
        if key.decode().endswith(hashlib.sha256(token.encode()).hexdigest())
    ]
    assert TOKEN_SECONDS - 60 < await workshop.redis.client.ttl(key) <= TOKEN_SECONDS
    assert await workshop.codes.read_token(token, PURPOSE)

    await workshop.redis.client.expire(key, 0)

    assert await workshop.codes.read_token(token, PURPOSE) is None
    assert await workshop.codes.take_token(token, PURPOSE) is None
