"""Verification codes through the sealtalk dialect."""

import asyncio
import re
import uuid
from typing import Any

import pytest

from gateway.dialects.sealtalk.codes import CHECKS_MINUTE, CODE_SECONDS, COOLDOWN_SECONDS
from services.auth.codes.store import FAILURES_HOUR, STRANGERS_TRIES, TOKEN_SECONDS, TRIES
from services.auth.fraud.limits import IP_HOUR, SMS_DAY, SMS_HOUR
from shared.contracts import codes
from tests.gateway.sealtalk import expect
from tests.people import another, fresh_phone

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

SAME_PHONE = {
    "page": lambda phone: {"region": 86, "phone": int(phone)},
    "text": lambda phone: {"region": "86", "phone": phone},
    "mixed": lambda phone: {"region": "86", "phone": int(phone)},
    "plus": lambda phone: {"region": "+86", "phone": phone},
    "prefix": lambda phone: {"region": "86", "phone": f"+86{phone}"},
    "old prefix": lambda phone: {"region": "86", "phone": f"086{phone}"},
}
"""Ways in which clients write one and the same phone number."""

NO_PHONES: list[Any] = [
    {},
    [],
    None,
    "86",
    {"region": "86"},
    {"phone": "13912345678"},
    {"region": "", "phone": "13912345678"},
    {"region": None, "phone": "13912345678"},
    {"region": [], "phone": "13912345678"},
    {"region": True, "phone": "13912345678"},
    {"region": 86.5, "phone": "13912345678"},
    {"region": 0, "phone": "13912345678"},
    {"region": -86, "phone": "13912345678"},
    {"region": "86 ", "phone": "13912345678"},
    {"region": "86", "phone": ""},
    {"region": "86", "phone": None},
    {"region": "86", "phone": {"$ne": ""}},
    {"region": "86", "phone": "1391234567"},
    {"region": "86", "phone": "139123456789"},
    {"region": "86", "phone": "12912345678"},
    {"region": "86", "phone": "1391234567x"},
    {"region": "86", "phone": "１３９１２３４５６７８"},
    {"region": "86", "phone": "13912345678\n"},
    {"region": "86", "phone": 10**30},
    {"region": "86", "phone": "1" * 5000},
    {"region": "999", "phone": "13912345678"},
    {"region": "1", "phone": "123"},
    {"region": "8", "phone": "613912345678"},
]


async def wrong_tries(person, code: str, count: int) -> None:
    for _ in range(count):
        expect.outcome(await person.verify(another(code)), 1000)


@pytest.mark.parametrize("path", ["/user/send_code", "/user/send_code_yp"])
async def test_a_code_is_sent(people, path) -> None:
    """Both names of the endpoint send six digits in Chinese to a Chinese number."""
    tom = people.stranger()

    reply = await tom.post(path, {"region": 86, "phone": int(tom.phone)})

    expect.done(reply)
    assert "set-cookie" not in reply.headers
    [message] = await tom.messages()
    assert re.fullmatch(r"\d{6}", message["code"])
    assert message["code"] in message["body"]
    assert (message["channel"], message["to"]) == ("sms", tom.e164)
    assert "验证码" in message["body"]


async def test_a_code_to_another_country_is_in_english(people) -> None:
    """A number outside China gets the message in English."""
    tom = people.stranger(phone="2015550123")

    expect.done(await tom.post("/user/send_code", {"region": 1, "phone": tom.phone}))

    messages = []
    for _ in range(500):
        reply = await tom.http.get("/dev/inbox", params={"to": "+12015550123"})
        if messages := reply.json()["messages"]:
            break
        await asyncio.sleep(0.02)
    assert messages[0]["code"] in messages[0]["body"]
    assert messages[0]["body"].isascii()


async def test_a_number_that_begins_with_zero(people, eventually) -> None:
    """Where zeros are part of a number the code goes to it, with them."""
    tom = people.stranger(phone=f"01{fresh_phone()[-8:]}")
    ask = {"region": "225", "phone": tom.phone}

    expect.done(await tom.post("/user/send_code", ask))

    async def messages() -> Any:
        return (await tom.get("/dev/inbox", to=f"+225{tom.phone}")).json()["messages"]

    [message] = await eventually(messages)
    expect.result(await tom.post("/user/verify_code", ask | {"code": message["code"]}))


@pytest.mark.parametrize("form", SAME_PHONE)
async def test_every_way_to_write_a_phone_means_the_same(people, form) -> None:
    """However a client writes a number, it is one number: its second code within a minute waits."""
    tom = people.stranger()
    expect.done(await tom.send_code())

    reply = await tom.post("/user/send_code", SAME_PHONE[form](tom.phone))

    expect.outcome(reply, 5000)


async def test_zeros_make_no_other_phone(people) -> None:
    """Nobody has two codes at once, or two accounts, by zeros between calling code and number."""
    tom = people.stranger(phone=f"151{fresh_phone()[-8:]}")
    expect.done(await tom.post("/user/send_code", {"region": "49", "phone": tom.phone}))

    for region in ("490", "4900", "49000"):
        reply = await tom.post("/user/send_code", {"region": region, "phone": tom.phone})
        expect.outcome(reply, 5000)


@pytest.mark.parametrize("path", ["send_code", "verify_code", "check_phone_available"])
async def test_what_is_no_phone_is_refused(people, path) -> None:
    """Anything that is no phone number gets 400."""
    tom = people.stranger()
    for phone in NO_PHONES:
        body = {"code": "123456"} | phone if isinstance(phone, dict) else phone
        expect.refused(await tom.http.post(f"/user/{path}", json=body), 400)


async def test_a_code_a_minute(people, hours) -> None:
    """The second code within 60 seconds is refused with 5000 and says when to ask again."""
    tom = people.stranger()
    expect.done(await tom.send_code())

    early = await tom.send_code()
    await hours.passed(tom.e164, COOLDOWN_SECONDS - 30)
    later = await tom.send_code()
    await hours.passed(tom.e164, 30)

    expect.outcome(early, 5000)
    expect.outcome(later, 5000)
    assert 30 <= int(early.headers["retry-after"]) <= COOLDOWN_SECONDS
    assert 1 <= int(later.headers["retry-after"]) <= 30
    expect.done(await tom.send_code())
    assert len(await tom.messages(2)) == 2


async def test_five_codes_an_hour_and_ten_a_day(people, hours) -> None:
    """A number that nobody has gets five codes in an hour and ten in a day, whoever asks."""
    tom = people.stranger()
    for sent in range(SMS_DAY):
        if sent == SMS_HOUR:
            expect.outcome(await people.again(tom).send_code(), 5000)
            await hours.passed(tom.e164, 3600)
        expect.done(await tom.send_code())
        await hours.passed(tom.e164, COOLDOWN_SECONDS)
    await hours.passed(tom.e164, 3600)

    expect.outcome(await tom.send_code(), 5000)
    await hours.passed(tom.e164, 86400)
    expect.done(await tom.send_code())


async def test_a_stranger_keeps_no_owner_out(people, hours) -> None:
    """Somebody has codes sent while they may, and shows wrong ones: the owner resets all the same.

    Whoever is where the owner never was does not get in, not even with the right code.
    """
    tom = await people.one()
    stranger = people.again(tom)
    await hours.passed(tom.e164, 3600)
    for failures in range(0, FAILURES_HOUR, STRANGERS_TRIES):
        code = await stranger.code()
        await wrong_tries(stranger, code, min(STRANGERS_TRIES, FAILURES_HOUR - failures))
        await hours.passed(tom.e164, COOLDOWN_SECONDS)
    expect.outcome(await stranger.send_code(), 5000)

    code = await tom.code()
    expect.outcome(await people.again(tom).verify(code), 1000)
    token = expect.result(await tom.verify(code))["verification_token"]
    reset = {"password": "N3w-words", "verification_token": token}
    expect.done(await tom.post("/user/reset_password", reset))
    expect.result(await tom.log_in("N3w-words"))


async def test_codes_asked_for_from_one_network(people) -> None:
    """One network gets a hundred codes in an hour over all numbers; others go on."""
    tom = people.stranger()

    async def send():
        return await tom.post("/user/send_code", {"region": "86", "phone": fresh_phone()})

    for reply in await asyncio.gather(*(send() for _ in range(IP_HOUR))):
        expect.done(reply)

    expect.outcome(await send(), 5000)
    expect.done(await people.stranger().send_code())


async def test_many_requests_at_once_send_one_code(people) -> None:
    """Of twenty requests for a code to one number at once one is done."""
    tom = people.stranger()

    replies = await asyncio.gather(*(tom.send_code() for _ in range(20)))

    assert sorted(reply.json()["code"] for reply in replies) == [200] + [5000] * 19


@pytest.mark.parametrize("path", ["/user/verify_code", "/user/verify_code_yp"])
async def test_a_right_code_gives_a_token(people, path) -> None:
    """A right code is exchanged for a UUID, once."""
    tom = people.stranger()
    body = {"region": 86, "phone": int(tom.phone), "code": await tom.code()}

    reply = await tom.post(path, body)

    result = expect.result(reply)
    assert list(result) == ["verification_token"]
    assert UUID.fullmatch(result["verification_token"])
    expect.outcome(await tom.post(path, body), 1000)


async def test_a_code_as_a_number(people, hours) -> None:
    """A code may come as a number too, one that begins with zeros included."""
    tom = people.stranger()
    name = hours.hidden("address", "sealtalk", tom.e164)
    await tom.code()
    digest = hours.hidden("code", "sealtalk", tom.e164, "000042")
    await hours._redis.hset(f"code:{name}", "digest", digest)

    reply = await tom.post("/user/verify_code", {"region": 86, "phone": tom.phone, "code": 42})

    assert UUID.fullmatch(expect.result(reply)["verification_token"])


@pytest.mark.parametrize("code", [None, "", [], {}, True, 1.5, -1, 10**8, "1" * 17, {"$ne": ""}])
async def test_what_cannot_be_a_code_is_refused(people, code) -> None:
    """A code that is missing or of another type gets 400."""
    tom = people.stranger()
    body = {"region": "86", "phone": tom.phone, "code": code}

    expect.refused(await tom.post("/user/verify_code", body), 400)


async def test_a_code_that_was_never_sent(people) -> None:
    """To a number without a code every code is a wrong one."""
    expect.outcome(await people.stranger().verify("123456"), 1000)


async def test_a_new_code_replaces_the_one_before(people, hours) -> None:
    """Only the code that was sent last is right."""
    tom = people.stranger()
    first = await tom.code()
    await hours.passed(tom.e164, COOLDOWN_SECONDS)
    second = await tom.code()

    if first != second:
        expect.outcome(await tom.verify(first), 1000)
    expect.result(await tom.verify(second))


async def test_a_code_of_another_phone(people) -> None:
    """A code is good for the number that it was sent to only."""
    tom, jerry = people.stranger(), people.stranger()
    code = await tom.code()
    jerrys = await jerry.code()

    if code != jerrys:
        expect.outcome(await jerry.verify(code), 1000)
    expect.result(await tom.verify(code))


async def test_four_wrong_tries_leave_a_code_good(people) -> None:
    """After four wrong tries the right code still is."""
    tom = people.stranger()
    code = await tom.code()
    await wrong_tries(tom, code, TRIES - 1)

    expect.result(await tom.verify(code))


async def test_five_wrong_tries_burn_a_code(people, hours) -> None:
    """After five wrong tries the code is wrong for good, and a new one helps."""
    tom = people.stranger()
    code = await tom.code()
    await wrong_tries(tom, code, TRIES)

    expect.outcome(await tom.verify(code), 1000)
    await hours.passed(tom.e164, COOLDOWN_SECONDS)
    expect.result(await tom.verify(await tom.code()))


async def test_new_codes_do_not_reset_failures(people, hours) -> None:
    """After ten wrong tries in an hour no code is right until the hour is over."""
    tom = people.stranger()
    for _ in range(FAILURES_HOUR // TRIES):
        await wrong_tries(tom, await tom.code(), TRIES)
        await hours.passed(tom.e164, COOLDOWN_SECONDS)

    expect.outcome(await tom.verify(await tom.code()), 1000)
    await hours.passed(tom.e164, 3600)
    expect.result(await tom.verify(await tom.code()))


async def test_nine_failures_are_forgiven(people, hours) -> None:
    """With nine wrong tries in an hour a new code is still accepted."""
    tom = people.stranger()
    await wrong_tries(tom, await tom.code(), TRIES)
    await hours.passed(tom.e164, COOLDOWN_SECONDS)
    code = await tom.code()
    await wrong_tries(tom, code, TRIES - 1)

    expect.result(await tom.verify(code))


async def test_a_code_just_before_its_end(people, hours) -> None:
    """A code is good for two minutes."""
    tom = people.stranger()
    code = await tom.code()
    await hours.passed(tom.e164, CODE_SECONDS - 30)

    expect.result(await tom.verify(code))


async def test_a_code_just_after_its_end(people, hours) -> None:
    """After two minutes the answer is 2000, whatever code is shown, and a new code works."""
    tom = people.stranger()
    code = await tom.code()
    await hours.passed(tom.e164, CODE_SECONDS)

    expect.outcome(await tom.verify(code), 2000)
    expect.outcome(await tom.verify(another(code)), 2000)
    expect.result(await tom.verify(await tom.code()))


async def test_one_code_shown_many_times_at_once(people) -> None:
    """Of twenty that show a right code at once one gets a token."""
    tom = people.stranger()
    code = await tom.code()

    replies = await asyncio.gather(*(tom.verify(code) for _ in range(20)))

    assert sorted(reply.json()["code"] for reply in replies) == [200] + [1000] * 19


async def test_codes_and_tokens_are_good_for_one_purpose(people, bus) -> None:
    """What was sent for another dialect opens nothing here."""
    tom = people.stranger()
    ask = codes.SendCode(address=tom.e164, purpose="leaf.register", ip="192.0.2.1", cooldown=0)
    await bus.ask(codes.send_code, ask)
    code = (await tom.messages())[0]["code"]

    expect.outcome(await tom.verify(code), 1000)
    show = codes.CheckCode(address=tom.e164, purpose="leaf.register", code=code, ip="192.0.2.1")
    token = (await bus.ask(codes.check_code, show)).token
    expect.refused(await tom.register(token), 404)
    reset = {"password": tom.password, "verification_token": token}
    expect.refused(await tom.post("/user/reset_password", reset), 400)


async def test_a_token_is_good_for_ten_minutes(people, redis) -> None:
    """A verification token ends by itself."""
    tom = people.stranger()
    before = set(await redis.keys("verified:*"))
    token = await tom.verification_token()
    [key] = set(await redis.keys("verified:*")) - before

    assert TOKEN_SECONDS - 30 < await redis.ttl(key) <= TOKEN_SECONDS
    assert token.encode() not in key + await redis.get(key)
    await redis.delete(key)
    expect.refused(await tom.register(token), 404)


@pytest.mark.parametrize("form", SAME_PHONE)
async def test_whether_a_phone_is_free(people, form) -> None:
    """A number is free until somebody registers with it."""
    tom = people.stranger()
    body = SAME_PHONE[form](tom.phone)

    free = await tom.post("/user/check_phone_available", body)
    await tom.sign_up()
    taken = await tom.post("/user/check_phone_available", body)

    assert expect.result(free) is True
    assert expect.result(taken) is False


async def test_phones_checked_from_one_network(people) -> None:
    """Nobody walks through numbers: the 61st check of a network within a minute is refused."""
    tom = people.stranger()
    body = {"region": "86", "phone": tom.phone}
    for _ in range(CHECKS_MINUTE):
        assert expect.result(await tom.post("/user/check_phone_available", body)) is True

    reply = await tom.post("/user/check_phone_available", body)

    expect.refused(reply, 429)
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    other = people.again(tom)
    assert expect.result(await other.post("/user/check_phone_available", body)) is True


async def test_unknown_tokens_look_like_known_ones(people) -> None:
    """A token that was never given is no error of ours."""
    expect.refused(await people.stranger().register(str(uuid.uuid4())), 404)
