"""The slider, what it is asked for, and what it opens (leaf reference 2 and 3.1)."""

import asyncio
import base64
import io
import time

import pytest
from PIL import Image

from tests.gateway.leaf.viewers import Viewer, data, done, fresh_email, refused, said
from tests.people import another


@pytest.fixture
async def jerry(viewers):
    """Somebody with an account who may fail to log in."""
    return await viewers.one()


async def fail_thrice(viewer) -> None:
    """Fail to log in as often as is borne."""
    for _ in range(3):
        refused(await viewer.log_in(password="wrong password"), 3020, "用户名或密码错误")


async def test_w19_a_puzzle(viewers) -> None:
    """W19: a puzzle is one JSON with two JPEGs in base64 of the sizes that clients lay out."""
    jerry = viewers.stranger()

    replies = [await jerry.get("captcha/get", email=jerry.email) for _ in range(2)]

    for reply in replies:
        slider = data(reply)["slider_captcha"]
        assert list(slider) == ["slider_img", "bg_img", "y"]
        assert 20 <= slider["y"] <= 89
        for key, size in (("bg_img", (310, 160)), ("slider_img", (50, 50))):
            picture = Image.open(io.BytesIO(base64.b64decode(slider[key], validate=True)))
            assert (picture.format, picture.size) == ("JPEG", size)
    assert 20 <= await jerry.answer() <= 239
    assert replies[0].json()["data"] != replies[1].json()["data"]


@pytest.mark.parametrize(("off", "passes"), [(-3, False), (-2, True), (2, True), (3, False)])
async def test_the_tolerance(viewers, off, passes) -> None:
    """Two pixels are borne to either side, three are not."""
    jerry = viewers.stranger()
    data(await jerry.get("captcha/get", email=jerry.email))

    reply = await jerry.post("captcha/validate", email=jerry.email, x=await jerry.answer() + off)

    assert said(reply) == ((200, "ok") if passes else (4010, "请求参数有误"))


async def test_w4_what_is_no_answer(viewers) -> None:
    """W4: without a puzzle nothing is right, x has to be there, and each puzzle has one try."""
    jerry = viewers.stranger()
    for body in ({"x": 0}, {"x": -2}, {"x": 2}, {}, {"x": None}):
        refused(
            await jerry.post("captcha/validate", email=jerry.email, **body), 4010, "请求参数有误"
        )
    refused(await jerry.post("captcha/validate", email="x", x=1), 4010, "邮箱格式错误")
    assert (await jerry.post("captcha/validate", email=jerry.email, x="1")).status_code == 400

    data(await jerry.get("captcha/get", email=jerry.email))
    answer = await jerry.answer()
    refused(await jerry.post("captcha/validate", email=jerry.email, x=answer + 50), 4010)
    refused(await jerry.post("captcha/validate", email=jerry.email, x=answer), 4010)
    refused(await jerry.post("user/code/email", email=jerry.email), -1, "需要人机验证")


async def test_a_new_puzzle_keeps_the_pass(viewers) -> None:
    """Clients fetch the next puzzle while they use the pass of the last: it must stay."""
    jerry = viewers.stranger()
    await jerry.pass_check()

    data(await jerry.get("captcha/get", email=jerry.email))

    done(await jerry.post("user/code/email", email=jerry.email))


async def test_each_code_costs_a_pass(viewers) -> None:
    """A code is sent for a pass and for nothing less; a second one at once for a second pass."""
    jerry = viewers.stranger()
    refused(await jerry.post("user/code/email", email=jerry.email), -1, "需要人机验证")
    await jerry.pass_check()

    replies = [await jerry.post("user/code/email", email=jerry.email) for _ in range(2)]

    assert [said(reply)[0] for reply in replies] == [200, -1]
    assert len(await jerry.inbox()) == 1
    await jerry.pass_check()
    done(await jerry.post("user/code/email", email=jerry.email))
    assert len(await jerry.inbox(2)) == 2


async def test_w22_codes(viewers) -> None:
    """W22: a code has four digits that nobody could foresee, zeros in front among them."""
    codes = [
        message["code"] for message in [(await one.inbox())[0] for one in await asking(viewers)]
    ]

    assert all(len(code) == 4 and code.isdecimal() for code in codes)
    assert len(set(codes)) >= 3


async def asking(viewers) -> list[Viewer]:
    """Five people who have asked for a code."""
    five = [viewers.stranger() for _ in range(5)]
    for one in five:
        await one.pass_check()
        done(await one.post("user/code/email", email=one.email))
    return five


async def test_the_fourth_login(viewers, jerry) -> None:
    """Three failures are told as such, then only -1, right password included, until a pass."""
    await fail_thrice(jerry)
    refused(await jerry.log_in(), -1, "需要人机验证")
    refused(await jerry.log_in(password="wrong password"), -1)

    await jerry.pass_check()

    data(await jerry.log_in())


async def test_half_an_hour_is_enough(redis, hours, jerry) -> None:
    """Without a slider the failures are forgotten half an hour after the last, as a pass is."""
    await fail_thrice(jerry)
    failures, passed = (
        f"human-{kind}:{hours.hidden('human', jerry.email)}" for kind in ("failures", "pass")
    )
    assert 1_700 <= await redis.ttl(failures) <= 1_800
    refused(await jerry.log_in(), -1)
    await redis.delete(failures)

    data(await jerry.log_in())
    await jerry.pass_check()
    assert 1_700 <= await redis.ttl(passed) <= 1_800


async def test_old_codes(viewers, hours) -> None:
    """A code is good for five minutes and no longer."""
    jerry = viewers.stranger()
    code = await jerry.code()
    await hours.passed(jerry.email, 280, purpose="leaf")
    refused(await jerry.register(code=code, password="x"), 4010)
    await hours.passed(jerry.email, 20, purpose="leaf")

    refused(await jerry.register(code=code), 3010, "邮箱验证码错误")

    code = await jerry.code()
    await hours.passed(jerry.email, 280, purpose="leaf")
    done(await jerry.register(code=code))


async def test_w8_registrations_of_one_network(viewers, redis) -> None:
    """W8: one network learns of 60 addresses a minute whether they are taken, and of no more."""
    jerry = viewers.stranger()
    await used(redis, f"leaf-registrations:ip:{jerry.http.headers['x-forwarded-for']}", 59)
    refused(await jerry.register(code="0000"), 3010)

    refused(await jerry.register(code="0000"), 4050, "请求数量过多")


async def test_a_pass_gives_three_more_tries(jerry) -> None:
    """A pass zeroes the count and is spent by the next attempt, which may fail."""
    await fail_thrice(jerry)
    await jerry.pass_check()

    await fail_thrice(jerry)

    refused(await jerry.log_in(), -1)


async def test_a_pass_that_was_not_needed_is_spent(jerry) -> None:
    """Any attempt that is well formed spends the pass, one that is not does not."""
    await jerry.pass_check()
    refused(await jerry.log_in(password="short"), 4010)
    data(await jerry.log_in())

    refused(await jerry.post("user/code/email", email=jerry.email), -1)


async def test_w6_all_spellings_count_together(jerry) -> None:
    """W6: capitals and blanks give no more tries."""
    for spelling in (jerry.email.upper(), f" {jerry.email}", f"{jerry.email.title()}\t"):
        refused(await jerry.log_in(email=spelling, password="wrong password"), 3020)

    refused(await jerry.log_in(), -1)


async def test_w7_failures_at_once(jerry) -> None:
    """W7: of many guesses at once three are answered."""
    replies = await asyncio.gather(*(jerry.log_in(password=f"wrong {n}" * 2) for n in range(8)))

    codes = sorted(said(reply)[0] for reply in replies)
    assert codes == [-1] * 5 + [3020] * 3


async def test_w7_a_success_begins_anew(jerry) -> None:
    """W7: only consecutive failures count."""
    for _ in range(2):
        for _ in range(2):
            refused(await jerry.log_in(password="wrong password"), 3020)
        data(await jerry.log_in())


async def test_w3_wrong_codes_count_as_failures(jerry) -> None:
    """W3: codes and passwords that are wrong count together, and the code itself is burnt."""
    code = await jerry.code()
    wrong = another(code)
    refused(await jerry.log_in(password="wrong password"), 3020)
    for _ in range(2):
        refused(await jerry.post("user/login/email", email=jerry.email, code=wrong), 3010)

    refused(await jerry.post("user/login/email", email=jerry.email, code=code), -1, "需要人机验证")
    refused(await jerry.log_in(), -1)


async def test_w3_what_cannot_be_a_code_counts_as_well(jerry) -> None:
    """W3: after three codes of which none could be right a slider has to be solved."""
    for text in ("", "12", "x" * 5000):
        refused(await jerry.post("user/login/email", email=jerry.email, code=text), 3010)

    refused(await jerry.post("user/login/email", email=jerry.email, code="12"), -1, "需要人机验证")
    refused(await jerry.log_in(), -1)


async def test_w3_strangers_burn_no_code(viewers, jerry) -> None:
    """W3: after three guesses from elsewhere a code is good only where its owner was before."""
    code = await jerry.code()
    for n in range(1, 4):
        wrong = f"{(int(code) + n) % 10_000:04d}"
        stranger = viewers.again(jerry)
        refused(await stranger.post("user/login/email", email=jerry.email, code=wrong), 3010)

    await jerry.pass_check()
    refused(await viewers.again(jerry).post("user/login/email", email=jerry.email, code=code), 3010)
    await jerry.pass_check()
    data(await jerry.post("user/login/email", email=jerry.email, code=code))


async def test_w3_a_code_bears_five_wrong_tries(viewers) -> None:
    """W3: the sixth guess at a code finds it burnt, even if it is right."""
    jerry = viewers.stranger()
    code = await jerry.code()
    for n in range(1, 6):
        wrong = f"{(int(code) + n) % 10_000:04d}"
        refused(await jerry.register(code=wrong), 3010, "邮箱验证码错误")

    refused(await jerry.register(code=code), 3010)


async def used(redis, key: str, times: int) -> None:
    """Make a limit nearly reached, as so many requests would."""
    now = time.time() * 1000
    assert await redis.zadd(f"limit:{key}", {f"{n}": now for n in range(times)}) == times


async def test_w20_puzzles_of_one_network(viewers, redis) -> None:
    """W20: as a pass belongs to the address alone, one network gets no more than 60 a minute."""
    jerry = viewers.stranger()
    await used(redis, f"puzzles:ip:{jerry.http.headers['x-forwarded-for']}", 59)
    data(await jerry.get("captcha/get", email=fresh_email()))

    one_more = await jerry.get("captcha/get", email=fresh_email())

    refused(one_more, 4050, "请求数量过多")
    assert int(one_more.headers["retry-after"]) >= 1
    data(await viewers.stranger().get("captcha/get", email=jerry.email))


async def test_w20_wrong_answers_of_one_network(viewers, redis) -> None:
    """W20: one network gives 20 wrong answers an hour, then none; its right ones do not count."""
    jerry = viewers.stranger()
    wrong = f"puzzles-wrong:ip:{jerry.http.headers['x-forwarded-for']}"
    await used(redis, wrong, 19)
    await jerry.pass_check()
    assert await redis.zcard(f"limit:{wrong}") == 19
    refused(await jerry.post("captcha/validate", email=jerry.email, x=1), 4010, "请求参数有误")
    data(await jerry.get("captcha/get", email=jerry.email))

    right = {"email": jerry.email, "x": await jerry.answer()}
    one_more = await jerry.post("captcha/validate", **right)

    refused(one_more, 4050, "请求数量过多")
    assert int(one_more.headers["retry-after"]) > 3500
    assert await redis.zpopmin(f"limit:{wrong}")
    done(await jerry.post("captcha/validate", **right))
    data(await viewers.stranger().get("captcha/get", email=fresh_email()))


async def test_w9_an_address_with_a_plus(viewers) -> None:
    """W9: a plus-address passes its check though clients do not encode it in URLs."""
    jerry = viewers.stranger(email=f"a+{fresh_email()}")

    reply = await jerry.http.get(f"/api/v1/captcha/get?email={jerry.email}")

    data(reply)
    done(await jerry.post("captcha/validate", email=jerry.email, x=await jerry.answer()))
    done(await jerry.post("user/code/email", email=jerry.email))


async def test_w9_addresses_that_are_posted(viewers, anna) -> None:
    """W9: slider and check may be asked for with POST, so that no URL holds an address."""
    browser = viewers.again(anna)
    for name in ("eamil", "email"):
        refused(await browser.post("user/resetpwd/check", **{name: anna.email}), -1)
        data(await browser.post("captcha/get", email=anna.email))
        done(await browser.post("captcha/validate", email=anna.email, x=await browser.answer()))
        done(await browser.post("user/resetpwd/check", **{name: anna.email}))
    for path in ("user/resetpwd/check", "captcha/get"):
        refused(await browser.post(path, email="x"), 4010, "邮箱格式错误")


async def test_codes_of_one_hour(viewers, redis, hours) -> None:
    """One address gets ten codes an hour; the slider solved for one more is not lost."""
    jerry = viewers.stranger()
    await used(redis, f"codes:{hours.hidden('target', jerry.email)}:hour", 9)
    await jerry.pass_check()
    done(await jerry.post("user/code/email", email=jerry.email))
    await jerry.pass_check()

    one_more = await jerry.post("user/code/email", email=jerry.email)

    refused(one_more, 9010, "邮箱验证码发送失败")
    assert int(one_more.headers["retry-after"]) > 3000
    await hours.passed(jerry.email, 3600, purpose="leaf")
    done(await jerry.post("user/code/email", email=jerry.email))
