"""A forgotten password (leaf reference 2 and 4)."""

import asyncio

import pytest

from tests.gateway.leaf.viewers import data, done, refused, said

NEW = "N3w P@ssword"


@pytest.fixture
async def jerry(viewers):
    """Somebody who forgets a password."""
    return await viewers.one()


async def reset(viewer, code, password=NEW):
    """Set another password with a code."""
    return await viewer.post("user/pwd/modify", email=viewer.email, password=password, code=code)


@pytest.mark.parametrize("name", ["eamil", "email"])
async def test_the_whole_way(viewers, jerry, name) -> None:
    """Check, slider, check, second slider, code, new password: and all sessions are over."""
    browser = viewers.again(jerry)
    refused(await browser.get("user/resetpwd/check", **{name: jerry.email}), -1, "需要人机验证")
    await browser.pass_check()
    done(await browser.get("user/resetpwd/check", **{name: jerry.email}))
    refused(await browser.post("user/code/email", email=jerry.email), -1)
    code = await browser.code()

    done(await reset(browser, code))

    for token in (jerry.token, jerry.access_token):
        refused(await jerry.get("user/info/get", token=token), 3030, "用户未授权")
    refused(await jerry.get("user/token/refresh", token=jerry.refresh_token), 3030)
    refused(await jerry.log_in(), 3020)
    jerry.keep(await jerry.log_in(password=NEW))
    assert (await jerry.info())["uid"] == jerry.uid


async def test_w2_not_without_the_check(viewers, jerry) -> None:
    """W2: a code alone sets no password; the check is -1 to who did not make it."""
    code = await jerry.code()

    refused(await reset(jerry, code), -1, "需要人机验证")

    data(await jerry.log_in())
    await jerry.pass_check()
    done(await jerry.get("user/resetpwd/check", email=jerry.email))
    done(await reset(jerry, await jerry.code()))


async def test_w2_once(viewers, jerry) -> None:
    """W2: check and code are used up together: of several at once, one sets its password."""
    await jerry.pass_check()
    done(await jerry.get("user/resetpwd/check", email=jerry.email))
    code = await jerry.code()

    replies = await asyncio.gather(*(reset(jerry, code, f"P@ssword {n}") for n in range(4)))

    codes = sorted(said(reply)[0] for reply in replies)
    assert codes.count(200) == 1
    assert set(codes) <= {-1, 200, 3010}
    refused(await reset(jerry, code), -1)


async def test_what_is_refused_uses_nothing_up(jerry) -> None:
    """A bad password or a wrong code changes nothing, and the next try may be right."""
    await jerry.pass_check()
    done(await jerry.get("user/resetpwd/check", email=jerry.email))
    right = await jerry.code()
    wrong = f"{(int(right) + 1) % 10_000:04d}"

    refused(await reset(jerry, right, "12345"), 4010, "密码长度至少6位")
    refused(await reset(jerry, right, "password"), 4010, "密码过于简单")
    refused(await reset(jerry, wrong), 3010, "邮箱验证码错误")

    data(await jerry.log_in())
    done(await reset(jerry, right))


async def test_an_address_of_nobody(viewers) -> None:
    """For an address without an account the check is 4040, at the price of a slider each time."""
    stranger = viewers.stranger()
    refused(await stranger.get("user/resetpwd/check", email=stranger.email), -1)
    await stranger.pass_check()

    refused(await stranger.get("user/resetpwd/check", email=stranger.email), 4040, "用户不存在")

    refused(await stranger.get("user/resetpwd/check", email=stranger.email), -1)


async def test_both_names_of_the_parameter(anna) -> None:
    """Given both `eamil` and `email`, they have to agree."""
    await anna.pass_check()
    both = {"eamil": anna.email, "email": "other@example.com"}
    refused(await anna.get("user/resetpwd/check", **both), 4010, "请求参数有误")
    refused(await anna.get("user/resetpwd/check"), 4010, "邮箱格式错误")

    done(await anna.get("user/resetpwd/check", eamil=anna.email, email=anna.email))
