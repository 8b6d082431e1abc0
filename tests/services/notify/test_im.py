"""Instant messaging: RongCloud's server API, what is kept and what is refused."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

from services.notify.im import providers
from services.notify.im import rongcloud as rongcloud_api
from services.notify.im.kept import KeptTokens
from services.notify.im.providers import RongCloud
from services.notify.im.rongcloud import RongCloudApi
from services.notify.im.store import MongoImTokens
from shared.caller import Caller
from shared.contracts import notify, profile
from shared.contracts.notify import ImRefused
from shared.errors import Malformed, NotTheCaller
from tests.services.notify.cloud import APP_KEY, APP_SECRET, SETTINGS


@pytest.fixture
async def rongcloud(cloud):
    """The provider, pointed at that server."""
    async with httpx.AsyncClient(trust_env=False) as client:
        yield RongCloud(RongCloudApi(client, cloud.url, APP_KEY, APP_SECRET))


async def test_a_request_as_rongcloud_documents_it(cloud, rongcloud):
    """Path, signature, headers and form are those of RongCloud's documentation."""
    token = await rongcloud.token("sq1ds", "汤姆 & Co", "https://example.com/a.png?b=1")

    [(path, headers, form)] = cloud.asked
    assert token == "token-1"
    assert path == "/user/getToken.json"
    assert headers["App-Key"] == APP_KEY
    assert 0 < len(headers["Nonce"]) <= 18
    assert abs(int(headers["Timestamp"]) - time.time() * 1000) < 60_000
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form == {
        "userId": ["sq1ds"],
        "name": ["汤姆 & Co"],
        "portraitUri": ["https://example.com/a.png?b=1"],
    }
    assert APP_SECRET not in str(headers)


async def test_a_person_without_a_name(cloud, rongcloud):
    """RongCloud wants a name: who has none goes by their id."""
    await rongcloud.token("sq1ds", "", "")

    assert cloud.asked[0][2]["name"] == ["sq1ds"]


async def test_the_connection_is_used_again(cloud, rongcloud):
    """Several tokens are asked for over one connection, with a nonce each."""
    tokens = [await rongcloud.token(f"id{n}", "Tom", "") for n in range(3)]

    assert tokens == ["token-1", "token-2", "token-3"]
    assert cloud.connections == 1
    assert len({headers["Nonce"] for _, headers, _ in cloud.asked}) == 3


@pytest.mark.parametrize(
    "answer",
    [
        (200, b'{"code":2007,"errorMessage":"secret words of the provider"}'),
        (403, b'{"code":1004,"errorMessage":"secret words of the provider"}'),
        (500, b"<html>secret words of the provider</html>"),
        (200, b""),
        (200, b"null"),
        (200, b"[" * 100_000),
        (200, b'{"code":"200","userId":"sq1ds","token":"t"}'),
        (200, b'{"code":200,"userId":"sq1ds","token":""}'),
        (200, b'{"code":200,"userId":"another","token":"t"}'),
        (200, b'{"code":200,"userId":"sq1ds","token":7}'),
        (200, json.dumps({"code": 200, "userId": "sq1ds", "token": "t" * 4097}).encode()),
        (200, b'{"code":200,"userId":"sq1ds","token":"t"}' + b" " * rongcloud_api.LONGEST_ANSWER),
        (200, b'{"code":200,"userId":"sq1ds","token":"\xff"}'),
        (302, b'{"code":200}'),
    ],
)
async def test_any_other_answer_is_a_refusal(cloud, rongcloud, answer):
    """Errors, garbage and answers about somebody else are refused, in words of our own."""
    cloud.answer = answer

    with pytest.raises(ImRefused) as refused:
        await rongcloud.token("sq1ds", "Tom", "")

    assert "secret" not in str(refused.value)
    assert refused.value.details == {}


async def test_the_longest_token(cloud, rongcloud):
    """A token of as many characters as the contract has room for is given."""
    longest = "t" * providers.LONGEST_TOKEN
    cloud.answer = (200, json.dumps({"code": 200, "userId": "a", "token": longest}).encode())

    assert await rongcloud.token("a", "Tom", "") == longest


async def test_a_slow_answer_is_a_refusal(cloud, rongcloud):
    """Who does not answer within two seconds is not waited for."""
    cloud.slow = rongcloud_api.RONGCLOUD_SECONDS + 60

    async with asyncio.timeout(cloud.slow):
        with pytest.raises(ImRefused):
            await rongcloud.token("sq1ds", "Tom", "")


async def test_nobody_there_is_a_refusal():
    """Where nobody listens, the token is refused."""
    async with httpx.AsyncClient(trust_env=False) as client:
        nowhere = RongCloudApi(client, "http://127.0.0.1:1", "k", "s")
        with pytest.raises(ImRefused):
            await RongCloud(nowhere).token("a", "b", "")


def asking(user_id: int, **fields: Any) -> notify.GetImToken:
    usual: dict[str, Any] = {
        "user_id": user_id,
        "im_id": f"im{user_id}",
    }
    return notify.GetImToken(**(usual | fields))


async def test_a_token_is_for_oneself(bus, acting, user_id):
    """Nobody gets another person's token."""
    with acting(user_id + 1), pytest.raises(NotTheCaller):
        await bus.ask(notify.get_im_token, asking(user_id))


@pytest.mark.parametrize(
    ("field", "longest", "too_long"),
    [
        ("im_id", "a" * 64, "a" * 65),
        ("im_id", "a", ""),
        ("im_id", "+=-_", "a b"),
    ],
)
async def test_bounds(bus, acting, user_id, field, longest, too_long):
    """Each field is taken up to its bound, which is the provider's, and no further."""
    with acting(user_id):
        with pytest.raises(ImRefused):  # there is no provider in this suite
            await bus.ask(notify.get_im_token, asking(user_id, **{field: longest}))
        with pytest.raises(Malformed):
            await bus.ask(notify.get_im_token, asking(user_id, **{field: too_long}))


@pytest.fixture
def kept(bus, mongo, rongcloud):
    """Tokens of RongCloud as notify keeps them, on notify's own database and the real bus."""
    return KeptTokens(rongcloud, MongoImTokens(mongo("userhub_notify")), bus)


async def test_a_kept_token_is_given_again(kept, user_id):
    """The token given last is given again, until a fresh one or another id is asked for."""
    first = await kept.token(asking(user_id))
    again = await kept.token(asking(user_id))
    fresh = await kept.token(asking(user_id, fresh=True))
    last = await kept.token(asking(user_id))

    assert [first, again, fresh, last] == ["token-1", "token-1", "token-2", "token-2"]


async def test_the_provider_is_told_who_it_is(kept, bus, cloud, user_id):
    """Name and picture of the profile go to the provider; without a profile the id does."""
    await bus.ask(profile.open_profile, profile.OpenProfile(user_id=user_id, nickname="Tom"))

    await kept.token(asking(user_id))
    await kept.token(asking(user_id + 10**13))

    names = [form["name"] for _, _, form in cloud.asked]
    assert names == [["Tom"], [f"im{user_id + 10**13}"]]


async def test_an_erased_person_gets_no_kept_token(kept, mongo, user_id):
    """Of who has left no token is kept."""
    await mongo("userhub_notify")["erased"].insert_one({"_id": user_id})

    with pytest.raises(ImRefused):
        await kept.token(asking(user_id))


async def test_a_service_with_rongcloud(lab, cloud, user_id):
    """With RongCloud set, its token is kept, and given again also while it is down."""
    settings = SETTINGS | {"RONGCLOUD_URL": cloud.url}
    caller = Caller(user_id, "0" * 32)

    async def token(**fields: Any) -> str:
        ask = asking(user_id, **fields)
        answer = await lab.bus.ask(notify.get_im_token, ask, caller=caller, timeout=20)
        return str(answer.token)

    async with lab.running(**settings):
        assert [await token(), await token(), await token(fresh=True)] == [
            "token-1",
            "token-1",
            "token-2",
        ]
        cloud.answer = (500, b"down")
        assert await token() == "token-2"
        with pytest.raises(ImRefused):
            await token(fresh=True)
        with pytest.raises(ImRefused):
            await token(im_id="another")
    async with lab.running():
        with pytest.raises(ImRefused):
            await token()
