"""Registering, logging in and out through the sealtalk dialect."""

import asyncio
import signal
import uuid

import httpx
import pytest

from gateway.dialects.sealtalk.codes import CODE_SECONDS
from services.auth.logins.failures import ACCOUNT_FREE, PAIR_FREE
from shared.contracts import accounts, administration
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.test_codes import SAME_PHONE
from tests.people import PASSWORD, Person, another

GOOD_NICKNAMES = ["T", "x" * 32, "中" * 10 + "ab", "😀" * 8, "é", "O'Neil <b>&amp;", "\u0627\u0644"]
BAD_NICKNAMES = ["", "x" * 33, "中" * 11, "😀" * 8 + "x", None, 5, ["Tom"], {"$ne": 1}]
GOOD_PASSWORDS = ["x1y2z3", "x1y2z3" * 3 + "ab", "密码是中文" + "abcde", "x1\ty2z3", "密码"]
BAD_PASSWORDS = [
    "",
    "x1y2z",
    "x1y2z3" * 3 + "abc",
    "x1y2 z3",
    " x1y2z3",
    "x1y2z3 ",
    "密ab",
    "密码" * 3 + "abc",
    None,
    123456789,
    ["x1y2z3"],
]
COMMON_PASSWORDS = ["123456", "password", "qwerty"]


def cookie(person: Person) -> str:
    """The session cookie that this person has."""
    return person.http.cookies["rong_im_auth"]


async def test_registering(people) -> None:
    """Who registers gets an id and nothing else, and is logged in at once."""
    tom = people.stranger()

    reply = await tom.register(await tom.verification_token())

    result = expect.result(reply)
    assert list(result) == ["id"]
    assert result["id"].isalnum()
    assert result["id"].isascii()
    shown = expect.result(await tom.get(f"/user/{result['id']}"))
    assert shown == {"id": result["id"], "nickname": "Tom", "portraitUri": ""}


@pytest.mark.parametrize("nickname", GOOD_NICKNAMES)
async def test_nicknames_of_1_to_32_bytes(people, nickname) -> None:
    """A nickname of 1 to 32 bytes in UTF-8 is kept as it is written."""
    tom = await people.one(nickname=nickname)

    assert expect.result(await tom.get(f"/user/{tom.id}"))["nickname"] == nickname


@pytest.mark.parametrize("password", GOOD_PASSWORDS)
async def test_passwords_of_6_to_20_bytes(people, password) -> None:
    """A password of 6 to 20 bytes without a space opens the account."""
    tom = await people.one(password=password)

    expect.result(await people.again(tom).log_in())


async def test_registrations_that_are_refused(people) -> None:
    """A wrong nickname, password or token gets 400 or 404, and leaves the right token good."""
    tom = people.stranger()
    token = await tom.verification_token()

    for nickname in BAD_NICKNAMES:
        expect.refused(await tom.register(token, nickname=nickname), 400)
    for password in (*BAD_PASSWORDS, *COMMON_PASSWORDS, tom.phone, tom.e164):
        expect.refused(await tom.register(token, password=password), 400)
    for bad in ("", "x", None, 7, token[:-1], f"{{{token}}}", token.replace("-", ""), f"{token} "):
        expect.refused(await tom.register(token, verification_token=bad), 400)
    for missing in ("nickname", "password", "verification_token"):
        body = {"nickname": "Tom", "password": PASSWORD, "verification_token": token}
        del body[missing]
        expect.refused(await tom.post("/user/register", body), 400)
    expect.refused(await tom.register(str(uuid.uuid4())), 404)

    expect.result(await tom.register(token.upper()))


async def test_a_refused_registration_logs_nobody_in(people) -> None:
    """No cookie comes with a refusal."""
    tom = people.stranger()

    reply = await tom.register(str(uuid.uuid4()))

    assert "set-cookie" not in reply.headers


async def test_a_token_registers_once(people) -> None:
    """A used verification token is an unknown one."""
    tom = people.stranger()
    token = await tom.verification_token()
    expect.result(await tom.register(token))

    expect.refused(await tom.register(token), 404)


async def test_a_taken_phone(people, hours) -> None:
    """A phone that has an account cannot register again: 400, and the account stays as it is."""
    tom = await people.one()
    thief = people.again(tom)
    await hours.passed(tom.e164, 60)

    reply = await thief.register(
        await thief.verification_token(), password="another1", nickname="X"
    )

    expect.refused(reply, 400)
    assert "set-cookie" not in reply.headers
    expect.result(await tom.log_in())
    assert expect.result(await tom.get(f"/user/{tom.id}"))["nickname"] == "Tom"


async def test_two_registrations_of_one_phone_at_once(people, hours) -> None:
    """Of two with tokens of their own one has the account, and the other one is told 400."""
    for _ in range(5):
        tom = people.stranger()
        other = people.again(tom)
        first = await tom.verification_token()
        await hours.passed(tom.e164, 60)
        second = await other.verification_token()

        replies = await asyncio.gather(
            tom.register(first), other.register(second, password="another1")
        )

        assert sorted(reply.status_code for reply in replies) == [200, 400]
        right = PASSWORD if replies[0].status_code == 200 else "another1"
        wrong = PASSWORD if right == "another1" else "another1"
        expect.result(await tom.log_in(right))
        expect.outcome(await tom.log_in(wrong), 1000)


async def test_one_token_at_many_places_at_once(people) -> None:
    """Of ten registrations with one token at once one is done."""
    tom = people.stranger()
    token = await tom.verification_token()

    replies = await asyncio.gather(*(tom.register(token) for _ in range(10)))

    statuses = [reply.status_code for reply in replies]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 400, 404}


async def test_many_with_one_nickname_at_once(people) -> None:
    """Nicknames are not unique, at once neither."""
    crowd = await asyncio.gather(*(people.one(nickname="同名") for _ in range(8)))

    assert len({person.id for person in crowd}) == 8


@pytest.mark.parametrize("form", SAME_PHONE)
async def test_logging_in(people, form) -> None:
    """Phone and password, however the phone is written, give id and token of the account."""
    tom = await people.one()
    device = people.again(tom)

    reply = await device.post("/user/login", SAME_PHONE[form](tom.phone) | {"password": PASSWORD})

    result = expect.result(reply)
    assert list(result) == ["id", "token"]
    assert result["id"] == tom.id
    assert result["token"]
    expect.result(await device.get(f"/user/{tom.id}"))


async def test_a_wrong_password_and_an_unknown_phone_are_one(people) -> None:
    """Both are told 1000, in the same words, and nobody is logged in."""
    tom = await people.one()

    wrong = await people.again(tom).log_in("not-it-at-all")
    unknown = await people.stranger().log_in()

    expect.outcome(wrong, 1000)
    expect.outcome(unknown, 1000)
    assert wrong.content == unknown.content
    assert wrong.headers.keys() == unknown.headers.keys()
    assert "set-cookie" not in wrong.headers


@pytest.mark.parametrize("password", ["", "x1y2z", None, 123456, ["x"], {"$ne": ""}, "x" * 1025])
async def test_what_can_be_no_password(people, password) -> None:
    """Less than six bytes or no text at all is refused with 400."""
    tom = people.stranger()
    body = {"region": "86", "phone": tom.phone, "password": password}

    expect.refused(await tom.post("/user/login", body), 400)


@pytest.mark.parametrize("password", ["x1y2z3", "x" * 21, "x" * 1024, "pass word", "密码"])
async def test_what_may_be_a_password(people, password) -> None:
    """What another dialect may have set is compared, and is wrong here."""
    tom = await people.one()

    expect.outcome(await people.again(tom).log_in(password), 1000)


async def test_a_login_without_password(people) -> None:
    """A body without a password is refused with 400."""
    reply = await people.stranger().post("/user/login", {"region": 86, "phone": 13912345678})

    expect.refused(reply, 400)


async def test_ten_failures_close_the_account_to_a_network(people, hours) -> None:
    """After ten failures even the right password is wrong there; other networks get in."""
    tom = await people.one()
    guesser = people.again(tom)
    for _ in range(PAIR_FREE):
        expect.outcome(await guesser.log_in("not-it-at-all"), 1000)

    refused = await guesser.log_in()

    expect.outcome(refused, 1000)
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    expect.result(await people.again(tom).log_in())
    await hours.passed(tom.e164, 30)
    expect.result(await guesser.log_in())


async def test_nine_failures_are_forgiven(people) -> None:
    """With nine failures the right password still opens, and the count begins anew."""
    tom = await people.one()
    device = people.again(tom)
    for _ in range(2):
        for _ in range(PAIR_FREE - 1):
            expect.outcome(await device.log_in("not-it-at-all"), 1000)
        expect.result(await device.log_in())


async def test_the_delay_rises(people, hours) -> None:
    """Each further failure doubles the delay."""
    tom = await people.one()
    guesser = people.again(tom)
    for _ in range(PAIR_FREE):
        await guesser.log_in("not-it-at-all")
    await hours.passed(tom.e164, 30)
    expect.outcome(await guesser.log_in("not-it-at-all"), 1000)

    refused = await guesser.log_in()

    assert 31 <= int(refused.headers["retry-after"]) <= 60


async def test_many_guesses_at_once_gain_nothing(people) -> None:
    """Of thirty guesses at once ten are compared, and the others wait."""
    tom = await people.one()
    guesser = people.again(tom)

    replies = await asyncio.gather(*(guesser.log_in(f"not-it-{n}") for n in range(30)))

    assert sum("retry-after" not in reply.headers for reply in replies) == PAIR_FREE
    assert all(reply.json()["code"] == 1000 for reply in replies)


async def test_a_known_network_stays_open(people) -> None:
    """While fifty others fail, a network from which the owner logged in before gets in."""
    tom = await people.one()
    home = people.again(tom)
    expect.result(await home.log_in())
    for _ in range(ACCOUNT_FREE):
        expect.outcome(await people.again(tom).log_in("not-it-at-all"), 1000)

    expect.outcome(await people.again(tom).log_in(), 1000)
    expect.result(await home.log_in())


async def test_a_disabled_account(people, bus, eventually, operate) -> None:
    """Who is disabled is logged out, cannot log in, and can once enabled again."""
    tom = await people.one()
    found = await bus.ask(accounts.find_by_address, accounts.ByAddress(address=tom.e164))
    await operate(
        administration.set_disabled,
        administration.SetDisabled(user_id=found.user_id, disabled=True),
    )

    async def is_out():
        return (await tom.get(f"/user/{tom.id}")).status_code == 403

    await eventually(is_out)
    expect.not_logged_in(await tom.get(f"/user/{tom.id}"))
    expect.outcome(await people.again(tom).log_in(), 1000)
    await operate(
        administration.set_disabled,
        administration.SetDisabled(user_id=found.user_id, disabled=False),
    )
    expect.result(await people.again(tom).log_in())


async def test_logging_out(people) -> None:
    """Who logs out is out at once, with a copied cookie as well; other devices stay."""
    tom = await people.one()
    device = people.again(tom)
    expect.result(await device.log_in())
    copied = people.again(tom)
    copied.http.cookies.set("rong_im_auth", cookie(tom))
    expect.result(await copied.get(f"/user/{tom.id}"))

    expect.done(await tom.post("/user/logout"))

    expect.not_logged_in(await tom.get(f"/user/{tom.id}"))
    expect.not_logged_in(await copied.get(f"/user/{tom.id}"))
    expect.not_logged_in(await tom.post("/user/logout"))
    expect.result(await device.get(f"/user/{tom.id}"))


async def test_logging_out_with_a_body(people) -> None:
    """Clients may send an empty object along, and a doubled slash."""
    tom, jerry = await people.one(), await people.one()

    expect.done(await tom.post("/user/logout", {}))
    expect.done(await jerry.post("/user//logout"))

    expect.not_logged_in(await jerry.get(f"/user/{jerry.id}"))


async def test_logging_out_many_times_at_once(people) -> None:
    """Five logouts at once end one session, and nobody sees an error of ours."""
    tom = await people.one()

    replies = await asyncio.gather(*(tom.post("/user/logout") for _ in range(5)))

    assert {reply.status_code for reply in replies} <= {200, 403}
    assert 200 in {reply.status_code for reply in replies}
    expect.not_logged_in(await tom.get(f"/user/{tom.id}"))


async def enter(person: Person, code: object) -> httpx.Response:
    """Log in with a code, as newer apps do."""
    body = {"region": "86", "phone": person.phone, "code": code}
    return await person.post("/user/verify_code_register", body)


async def test_a_code_opens_an_account(people, hours) -> None:
    """Who has none gets one with a made-up name; who has one comes to it, by its own name."""
    tom = people.stranger()

    made = expect.result(await enter(tom, await tom.code()))
    assert list(made) == ["id", "token", "nickName"]
    assert made["nickName"]
    shown = expect.result(await tom.get(f"/user/{made['id']}"))
    assert shown["nickname"] == made["nickName"]

    await hours.passed(tom.e164, 60)
    await tom.post("/user/set_nickname", {"nickname": "Tom"})
    again = people.again(tom)
    entered = expect.result(await enter(again, await again.code()))
    assert (entered["id"], entered["nickName"]) == (made["id"], "Tom")
    expect.result(await again.get(f"/user/{made['id']}"))


async def test_a_code_opens_an_account_once(people, hours) -> None:
    """A wrong code is 1000, an old one 2000, a used one 1000; what is no code is 400."""
    tom, jerry = people.stranger(), people.stranger()
    code = await tom.code()

    expect.outcome(await enter(tom, another(code)), 1000)
    for bad in (None, "", "x" * 17, -1, 10**8, 1.5, [code], {"$ne": 1}):
        expect.refused(await enter(tom, bad), 400)
    expect.result(await enter(tom, int(code)))
    expect.outcome(await enter(tom, code), 1000)
    expect.outcome(await tom.verify(code), 1000)

    code = await jerry.code()
    await hours.passed(jerry.e164, CODE_SECONDS)
    expect.outcome(await enter(jerry, code), 2000)


async def test_a_code_at_once_in_many_hands_makes_one_account(people) -> None:
    """Of ten who show a newcomer's code at once one is let in."""
    tom = people.stranger()
    code = await tom.code()

    replies = await asyncio.gather(*(enter(people.again(tom), code) for _ in range(10)))

    assert sorted(reply.json()["code"] for reply in replies) == [200] + [1000] * 9


async def test_a_code_opens_no_disabled_account(people, operate, hours) -> None:
    """Whoever may not log in is told no more than for a wrong code."""
    tom = await people.one()
    found = await operate(accounts.find_by_address, accounts.ByAddress(address=tom.e164))
    await hours.passed(tom.e164, 60)
    code = await tom.code()
    await operate(
        administration.set_disabled,
        administration.SetDisabled(user_id=found.user_id, disabled=True),
    )

    expect.outcome(await enter(people.again(tom), code), 1000)


async def test_a_code_lets_in_without_the_profile_service(people, suite, hours) -> None:
    """The code is used up when the name is read: without an answer the name is empty."""
    tom = await people.one()
    await hours.passed(tom.e164, 60)
    code = await tom.code()
    suite.kill("profile", signal.SIGSTOP)
    try:
        entered = expect.result(await enter(tom, code))
    finally:
        suite.kill("profile", signal.SIGCONT)

    assert (entered["id"], entered["nickName"]) == (tom.id, "")
    assert expect.result(await tom.get(f"/user/{tom.id}"))["nickname"] == "Tom"
