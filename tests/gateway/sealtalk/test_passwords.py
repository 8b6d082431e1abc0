"""Changing and resetting passwords through the sealtalk dialect."""

import asyncio
import uuid

import pytest

from services.auth.logins.failures import PAIR_FREE
from tests.gateway.sealtalk import expect
from tests.gateway.sealtalk.test_accounts import (
    BAD_PASSWORDS,
    COMMON_PASSWORDS,
    cookie,
)
from tests.people import PASSWORD

NEW = "N3wP@ss"


async def change(person, old=PASSWORD, new=NEW):
    return await person.post("/user/change_password", {"oldPassword": old, "newPassword": new})


async def reset(person, token, password=NEW):
    body = {"password": password, "verification_token": token}
    return await person.post("/user/reset_password", body)


async def test_changing_keeps_this_session_and_ends_the_others(people) -> None:
    """Who changes the password stays in here, is out elsewhere, and logs in with the new one."""
    tom = await people.one()
    device = people.again(tom)
    expect.result(await device.log_in())

    reply = await change(tom)

    expect.done(reply)
    assert "set-cookie" not in reply.headers
    expect.result(await tom.get(f"/user/{tom.id}"))
    expect.not_logged_in(await device.get(f"/user/{tom.id}"))
    expect.outcome(await device.log_in(), 1000)
    expect.result(await device.log_in(NEW))
    expect.result(await device.get(f"/user/{tom.id}"))
    expect.result(await tom.get(f"/user/{tom.id}"))


async def test_changing_twice_keeps_only_the_last_place(people) -> None:
    """A session that survived one change ends with the next one, made elsewhere."""
    tom = await people.one()
    expect.done(await change(tom))
    device = people.again(tom)
    expect.result(await device.log_in(NEW))

    expect.done(await change(device, NEW, PASSWORD))

    expect.not_logged_in(await tom.get(f"/user/{tom.id}"))
    expect.result(await device.get(f"/user/{tom.id}"))


async def test_changing_to_the_same(people) -> None:
    """The new password may be the old one."""
    tom = await people.one()

    expect.done(await change(tom, new=PASSWORD))
    expect.result(await people.again(tom).log_in())


async def test_changing_with_a_wrong_password(people) -> None:
    """A wrong old password is told 1000 and changes nothing."""
    tom = await people.one()
    device = people.again(tom)
    expect.result(await device.log_in())

    expect.outcome(await change(tom, old="not-it-at-all"), 1000)

    expect.result(await device.get(f"/user/{tom.id}"))
    expect.result(await people.again(tom).log_in())


async def test_guessing_the_old_password(people) -> None:
    """After ten failures even the right old password is told 1000."""
    tom = await people.one()
    for _ in range(PAIR_FREE):
        expect.outcome(await change(tom, old="not-it-at-all"), 1000)

    refused = await change(tom)

    expect.outcome(refused, 1000)
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    expect.result(await people.again(tom).log_in())


@pytest.mark.parametrize("new", [*BAD_PASSWORDS, *COMMON_PASSWORDS])
async def test_new_passwords_that_are_refused(people, new) -> None:
    """What is refused at registration is refused here, and nothing changes."""
    tom = await people.one()

    expect.refused(await change(tom, new=new), 400)
    token = str(uuid.uuid4())
    expect.refused(await reset(tom, token, new), 400)
    expect.result(await people.again(tom).log_in())


@pytest.mark.parametrize("old", ["", "x1y2z", None, 7, "x" * 1025])
async def test_old_passwords_that_are_none(people, old) -> None:
    """An old password that can be none is refused with 400."""
    tom = await people.one()

    expect.refused(await change(tom, old=old), 400)


@pytest.mark.parametrize("new", ["x1y2z3", "x1y2z3" * 3 + "ab", "密码"])
async def test_shortest_and_longest_new_passwords(people, new, hours) -> None:
    """Passwords of 6 and of 20 bytes can be changed to, and reset to."""
    tom = await people.one()
    expect.done(await change(tom, new=new))
    expect.result(await people.again(tom).log_in(new))
    await hours.passed(tom.e164, 60)

    expect.done(await reset(tom, await tom.verification_token(), new))
    expect.result(await people.again(tom).log_in(new))


async def test_changing_needs_a_session(people) -> None:
    """Nobody changes a password without being logged in."""
    tom = await people.one()
    stranger = people.again(tom)

    expect.not_logged_in(await change(stranger))
    expect.result(await stranger.log_in())


async def test_two_changes_at_once(people) -> None:
    """Of two changes of one old password at once one is done, and its password is the one."""
    tom = await people.one()
    device = people.again(tom)
    expect.result(await device.log_in())

    replies = await asyncio.gather(change(tom, new="first-one"), change(device, new="second-one"))

    codes = [reply.json()["code"] for reply in replies]
    assert codes.count(200) == 1
    won, lost = ("first-one", "second-one") if codes[0] == 200 else ("second-one", "first-one")
    expect.outcome(await people.again(tom).log_in(lost), 1000)
    expect.result(await people.again(tom).log_in(won))


async def test_resetting_ends_all_sessions(people, hours) -> None:
    """Who resets the password is out everywhere, is not logged in by it, and can log in anew."""
    tom = await people.one()
    device = people.again(tom)
    expect.result(await device.log_in())
    await hours.passed(tom.e164, 60)
    stranger = people.again(tom)

    reply = await reset(stranger, await stranger.verification_token())

    expect.done(reply)
    assert "set-cookie" not in reply.headers
    for one in (tom, device, stranger):
        expect.not_logged_in(await one.get(f"/user/{tom.id}"))
    expect.outcome(await stranger.log_in(), 1000)
    expect.result(await stranger.log_in(NEW))


async def test_a_token_resets_once(people, hours) -> None:
    """A used or unknown verification token gets 400, as the page has no 404 here."""
    tom = await people.one()
    await hours.passed(tom.e164, 60)
    token = await tom.verification_token()
    expect.done(await reset(tom, token))

    expect.refused(await reset(tom, token, "another1"), 400)
    expect.refused(await reset(tom, str(uuid.uuid4())), 400)
    expect.refused(await reset(tom, "no token"), 400)
    expect.refused(await tom.post("/user/reset_password", {"password": NEW}), 400)
    expect.result(await tom.log_in(NEW))


async def test_a_token_that_registered_resets_nothing(people) -> None:
    """One token does not serve twice, for different ends neither."""
    tom = people.stranger()
    token = await tom.verification_token()
    expect.result(await tom.register(token))

    expect.refused(await reset(tom, token), 400)


async def test_one_token_resets_once_at_once(people, hours) -> None:
    """Of five resets with one token at once one is done."""
    tom = await people.one()
    await hours.passed(tom.e164, 60)
    token = await tom.verification_token()

    replies = await asyncio.gather(*(reset(tom, token, f"N3wP@ss{n}") for n in range(5)))

    statuses = [reply.status_code for reply in replies]
    assert sorted(statuses) == [200, 400, 400, 400, 400]
    expect.result(await tom.log_in(f"N3wP@ss{statuses.index(200)}"))


async def test_resetting_where_there_is_no_account(people) -> None:
    """A reset for a phone without an account tells nothing and makes no account."""
    tom = people.stranger()
    token = await tom.verification_token()

    expect.done(await reset(tom, token))

    expect.outcome(await tom.log_in(NEW), 1000)
    expect.refused(await tom.register(token), 404)


async def test_old_sessions_stay_ended_after_a_kill(people, suite, hours) -> None:
    """A gateway that was killed still knows which sessions ended, and which did not."""
    reset_one, changed, logged_out, idle = await asyncio.gather(*(people.one() for _ in range(4)))
    ended = people.again(changed)
    expect.result(await ended.log_in())
    await hours.passed(reset_one.e164, 60)
    expect.done(await reset(reset_one, await reset_one.verification_token()))
    expect.done(await change(changed))
    copied = cookie(logged_out)
    expect.done(await logged_out.post("/user/logout"))
    logged_out.http.cookies.set("rong_im_auth", copied)

    pid = suite.pids["gateway"]
    suite.kill("gateway")
    await suite.wait_restarted("gateway", pid)
    await suite.wait_ready()

    for one in (reset_one, ended, logged_out):
        expect.not_logged_in(await one.get(f"/user/{one.id}"))
    for one in (changed, idle):
        expect.result(await one.get(f"/user/{one.id}"))
