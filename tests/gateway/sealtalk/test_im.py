"""Tokens for instant messaging through the sealtalk dialect."""

import signal
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from gateway.dialects.sealtalk import im
from ops.config import SuiteConfig
from ops.suite import Suite
from shared.seals import unseal
from shared.settings import Key, KeyRing
from tests.conftest import ENV
from tests.gateway.sealtalk import expect
from tests.people import People, Person
from tests.services.notify.cloud import SETTINGS, Cloud, serving


@pytest.fixture(scope="module")
async def elsewhere() -> AsyncIterator[tuple[Suite, Cloud]]:
    """A suite whose tokens RongCloud gives."""
    with (
        serving() as cloud,
        tempfile.TemporaryDirectory(prefix="userhub-rongcloud-") as folder,
    ):
        env = ENV | SETTINGS | {"RONGCLOUD_URL": cloud.url}
        suite = Suite(SuiteConfig(data_dir=Path(folder), env=env, quiet=True))
        await suite.start()
        yield suite, cloud
        await suite.stop()


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


async def test_a_local_token_says_who_and_since_when(people, secrets_of_suite) -> None:
    """It is fit for a URL, and whoever has `USERHUB_IM_KEY` reads it."""
    tom = await people.one()
    token = expect.result(await people.again(tom).log_in())["token"]

    key = Key.parse(secrets_of_suite["USERHUB_IM_KEY"])
    ticket = msgspec.msgpack.decode(
        unseal(KeyRing({"i": key}), im.PURPOSE, token), type=im.LocalTicket
    )
    assert ticket.im_id == tom.id
    assert abs(ticket.issued_at / 1e9 - time.time()) < 60
    assert httpx.URL("https://example.com", params={"t": token}).query == b"t=" + token.encode()


async def test_a_local_token_needs_nobody(people, suite) -> None:
    """While notify does not answer, logins have their token all the same."""
    tom = await people.one()
    suite.kill("notify", signal.SIGSTOP)
    try:
        reply = await people.again(tom).log_in()
        asked = await tom.get("/user/get_token")
    finally:
        suite.kill("notify", signal.SIGCONT)

    assert expect.result(reply)["token"]
    assert expect.result(asked)["token"]


async def token_at_login(person: Person) -> str:
    """The token that a login gives; empty where the provider took longer than a login waits."""
    return str(expect.result(await person.log_in())["token"])


async def test_a_provider_elsewhere(elsewhere, eventually) -> None:
    """Its token is given at a login, the last one again, and a new one when it is asked for."""
    suite, _ = elsewhere
    async with People(suite.urls["gateway"]) as people:
        tom = await people.one()

        first = await eventually(lambda: token_at_login(people.again(tom)))
        again = await eventually(lambda: token_at_login(people.again(tom)))
        fresh = expect.result(await tom.get("/user/get_token"))["token"]

        assert first.startswith("token-")
        assert again == first
        assert fresh.startswith("token-")
        assert fresh != first


async def test_login_does_not_wait_for_a_provider(elsewhere, eventually) -> None:
    """While it is down or nobody asks it, a login works, with an empty token."""
    suite, cloud = elsewhere
    async with People(suite.urls["gateway"]) as people:
        tom = await people.one()
        cloud.answer = (500, b"down")
        try:
            down = await people.again(tom).log_in()
            refused = await tom.get("/user/get_token")
        finally:
            cloud.answer = None
        suite.kill("notify", signal.SIGSTOP)
        try:
            silent = await people.again(tom).log_in()
            asked = await tom.get("/user/get_token")
        finally:
            suite.kill("notify", signal.SIGCONT)

        assert expect.result(down) == expect.result(silent) == {"id": tom.id, "token": ""}
        expect.refused(refused, 500)
        expect.refused(asked, 500)
        assert await eventually(lambda: token_at_login(people.again(tom)))
