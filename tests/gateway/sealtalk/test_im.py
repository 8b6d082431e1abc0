"""Tokens for instant messaging through the sealtalk dialect."""

import signal

import pytest

from tests.gateway import expect


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_getting_a_token(people, method) -> None:
    """A new token comes with the id under the two names that clients read."""
    tom = await people.one()

    reply = await tom.http.request(method, "/user/get_token")

    result = expect.result(reply)
    assert list(result) == ["id", "userId", "token"]
    assert result["id"] == result["userId"] == tom.id
    assert result["token"]


async def test_tokens_are_made_anew(people) -> None:
    """Each call has a token made; two people never have the same."""
    tom, jerry = await people.one(), await people.one()

    tokens = [expect.result(await one.get("/user/get_token"))["token"] for one in (tom, tom, jerry)]

    assert len(set(tokens)) == 3


async def test_login_does_not_wait_for_instant_messaging(people, suite) -> None:
    """While nobody can give a token, a login works all the same, with an empty one."""
    tom = await people.one()
    suite.kill("notify", signal.SIGSTOP)
    try:
        reply = await people.again(tom).log_in()
        asked = await tom.get("/user/get_token")
    finally:
        suite.kill("notify", signal.SIGCONT)

    assert expect.result(reply) == {"id": tom.id, "token": ""}
    expect.refused(asked, 500)
    assert expect.result(await people.again(tom).log_in())["token"]
