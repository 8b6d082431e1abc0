"""Registering, logging in and its tokens (leaf reference 2)."""

import asyncio

import pytest

from shared import session_token
from shared.settings import Key, KeyRing
from tests.gateway.leaf.viewers import PASSWORD, data, done, fresh_email, refused, said


@pytest.fixture(scope="module")
async def spike(viewers):
    """Somebody who logs in often, so that their earlier sessions end."""
    return await viewers.one()


async def test_a_new_account(viewers) -> None:
    """Who registers has a name, shows the first signature, and has to log in by themselves."""
    jerry = viewers.stranger()

    done(await jerry.register())
    jerry.keep(await jerry.log_in())

    info = await jerry.info()
    local, _, domain = jerry.email.partition("@")
    assert info.pop("uid") > 0
    assert info.pop("name").startswith("user_")
    assert info.pop("created_at").endswith("+08:00")
    assert info == {
        "sign": "这个人很懒，什么都没有留下",
        "email": f"{local[0]}****{local[-1]}@{domain}",
        "avatar": "",
        "spacecover": "",
        "gender": 0,
        "role": 0,
        "birthday": "1970-01-01T00:00:00+08:00",
    }


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"email": "x"}, 4010, "邮箱格式错误"),
        ({"password": "12345"}, 4010, "密码长度至少6位"),
        ({"password": "password"}, 4010, "密码过于简单"),
        ({"code": "123"}, 4010, "邮箱验证码错误"),
        ({"code": ""}, 4010, "邮箱验证码错误"),
        ({"email": "TAKEN"}, 6000, "邮箱已存在"),
    ],
)
async def test_registrations_that_are_refused(viewers, tom, changes, code, words) -> None:
    """What is wrong is said in the order of the reference, and the code stays good."""
    jerry = viewers.stranger()
    right = await jerry.code() if "password" in changes else "0000"
    if changes.get("email") == "TAKEN":
        changes = {"email": tom.email.upper()}

    refused(await jerry.register(**({"code": right} | changes)), code, words)

    if right != "0000":
        done(await jerry.register(code=right))


async def test_w12_two_registrations_at_once(viewers) -> None:
    """W12: of two registrations of one address at once, one is made and the other refused."""
    jerry = viewers.stranger()
    code = await jerry.code()

    replies = await asyncio.gather(*(jerry.register(code=code) for _ in range(4)))

    codes = sorted(said(reply)[0] for reply in replies)
    assert codes[0] == 200
    assert set(codes[1:]) <= {3010, 6000}
    jerry.keep(await jerry.log_in())


async def test_both_generations_of_tokens(viewers, spike) -> None:
    """A login gives the tokens of both versions of the API; they are of one session."""
    jerry = viewers.again(spike)

    tokens = data(await jerry.log_in())

    assert list(tokens) == ["access_token", "refresh_token", "token"]
    assert len(set(tokens.values())) == 3
    for name in ("access_token", "token"):
        assert data(await jerry.get("user/info/get", token=tokens[name]))


async def test_how_long_tokens_live(tom, session_keys) -> None:
    """The access token lives five minutes, the others fourteen days."""
    lives = {
        use: session_token.read(session_keys, token)
        for use, token in (
            ("access", tom.access_token),
            ("refresh", tom.refresh_token),
            ("session", tom.token),
        )
    }

    assert {use: one.use for use, one in lives.items()} == dict(zip(lives, lives, strict=True))
    assert lives["refresh"].expires_at == lives["session"].expires_at
    fourteen_days = lives["session"].expires_at - lives["access"].expires_at
    assert abs(fourteen_days - (14 * 86400 - 300)) <= 2
    assert len({one.session_id for one in lives.values()}) == 1


async def test_w15_access_tokens_are_fresh(viewers, spike, session_keys) -> None:
    """W15: each session has access tokens of its own, and a refresh gives five whole minutes."""
    jerry = viewers.again(spike)
    jerry.keep(await jerry.log_in())

    one = data(await jerry.get("user/token/refresh", token=jerry.refresh_token))
    other = data(await jerry.get("user/token/refresh", token=jerry.refresh_token))

    for token in (one["token"], other["token"]):
        read = session_token.read(session_keys, token)
        assert read.use == "access"
        assert read.session_id == session_token.read(session_keys, jerry.token).session_id
        first = session_token.read(session_keys, jerry.access_token)
        assert read.expires_at >= first.expires_at
        data(await jerry.get("user/info/get", token=token))


async def test_what_does_not_refresh(tom) -> None:
    """Only a refresh token gives an access token."""
    for token in ("", "x", tom.token, tom.access_token):
        reply = await tom.http.get(
            "/api/v1/user/token/refresh", headers={"authorization": token} if token else {}
        )
        refused(reply, 3030, "用户未授权")


async def test_w5_tokens_cannot_be_made_up(spike, session_keys) -> None:
    """W5: two logins in one second have different tokens, and a key of zeros seals nothing."""
    logins = await asyncio.gather(spike.log_in(), spike.log_in())
    assert len({data(login)["token"] for login in logins}) == 2

    token = data(await spike.log_in())["token"]
    hollow = KeyRing(dict.fromkeys(session_keys.keys, Key(bytes(32))))
    forged = session_token.issue(hollow, session_token.read(session_keys, token))

    refused(await spike.get("user/info/get", token=forged), 3030)
    refused(await spike.get("user/token/refresh", token=forged), 3030)


async def test_w16_three_logins_at_once(viewers, people) -> None:
    """W16: the fourth login ends the first session and no other, in this dialect alone."""
    jerry = await viewers.one()
    first = jerry.token
    second, third = [data(await jerry.log_in())["token"] for _ in range(2)]
    for token in (first, second, third):
        data(await jerry.get("user/info/get", token=token))

    fourth = data(await jerry.log_in())["token"]

    refused(await jerry.get("user/info/get", token=first), 3030, "用户未授权")
    refused(await jerry.get("user/info/get", token=jerry.access_token), 3030)
    refused(await jerry.get("user/token/refresh", token=jerry.refresh_token), 3030)
    for token in (second, third, fourth):
        data(await jerry.get("user/info/get", token=token))


async def test_login_by_code(viewers, spike) -> None:
    """A code logs in as well, whatever the spelling of the address; it is good once."""
    jerry = viewers.again(spike)
    code = await jerry.code()

    reply = await jerry.post("user/login/email", email=f" {spike.email.upper()} ", code=code)

    jerry.keep(reply)
    assert (await jerry.info())["uid"] == spike.uid
    refused(
        await jerry.post("user/login/email", email=spike.email, code=code), 3010, "邮箱验证码错误"
    )


async def test_w1_no_code_is_no_code(viewers) -> None:
    """W1: where no code was sent, none is right, and nothing at all is not a code."""
    jerry, butch = viewers.stranger(), await viewers.one()
    for body in (
        {"email": butch.email, "code": ""},
        {"email": butch.email},
        {"email": butch.email, "code": None},
        {"email": fresh_email(), "code": ""},
    ):
        refused(await jerry.post("user/login/email", **body), 3010, "邮箱验证码错误")


async def test_w8_who_has_an_account(viewers, spike) -> None:
    """W8: a wrong password sounds alike for everybody; 4040 is told only to who shows the code."""
    jerry = viewers.stranger()
    wrong = await jerry.post("user/login", email=fresh_email(), password="wrong password")
    other = await jerry.post("user/login", email=jerry.email, password=PASSWORD)
    assert said(wrong) == said(other) == (3020, "用户名或密码错误")
    refused(await jerry.post("user/login/email", email=jerry.email, code="0000"), 3010)

    code = await jerry.code()

    refused(await jerry.post("user/login/email", email=jerry.email, code=code), 4040, "用户不存在")
    known = viewers.stranger(email=spike.email)
    known_wrong = await known.post("user/login", email=spike.email, password="wrong password")
    assert said(known_wrong) == said(wrong)
    data(await known.post("user/login", email=spike.email, password=PASSWORD))
