"""Captchas: drawn, shown, solved once, limited."""

import asyncio

import pytest

from services.auth.captchas.handlers import IP_MINUTE, CaptchaHandlers
from services.auth.captchas.store import LIFETIME, RedisCaptchas
from shared.contracts import captchas
from shared.errors import LimitReached
from shared.settings import Key
from tests.services.auth.visitor import new_ip, outcomes, pass_time


@pytest.fixture
def captcha(bus):
    """Have a captcha drawn; gives its id and what it shows."""

    async def make(ip=None):
        made = await bus.ask(captchas.make_captcha, captchas.MakeCaptcha(ip=ip or new_ip()))
        which = captchas.CaptchaById(captcha_id=made.captcha_id)
        return made.captcha_id, (await bus.ask(captchas.captcha_answer, which)).answer

    return make


@pytest.fixture
def solve(bus):
    """Answer a captcha."""

    async def answer(captcha_id, text):
        await bus.ask(
            captchas.solve_captcha, captchas.SolveCaptcha(captcha_id=captcha_id, answer=text)
        )

    return answer


async def test_a_captcha_is_solved_once(captcha, solve):
    """The right answer, in any case, solves it; afterwards it is gone."""
    captcha_id, answer = await captcha()

    await solve(captcha_id, f" {answer.lower()} ")

    with pytest.raises(captchas.NoSuchCaptcha):
        await solve(captcha_id, answer)


async def test_of_ten_right_answers_at_once_one_solves_it(captcha, solve):
    """However many answer at the same moment, one is right."""
    captcha_id, answer = await captcha()

    solved, refused = await outcomes(*(solve(captcha_id, answer) for _ in range(10)))

    assert len(solved) == 1
    assert {type(one) for one in refused} == {captchas.NoSuchCaptcha}


async def test_a_wrong_answer_uses_it_up(captcha, solve):
    """There is one try: after a wrong answer the right one comes too late."""
    captcha_id, answer = await captcha()

    with pytest.raises(captchas.WrongCaptcha):
        await solve(captcha_id, "wrong")
    with pytest.raises(captchas.NoSuchCaptcha):
        await solve(captcha_id, answer)


async def test_the_picture_is_shown_as_often_as_wanted(bus, captcha, solve):
    """The picture is the same each time, and gone once the captcha is used."""
    captcha_id, answer = await captcha()
    which = captchas.CaptchaById(captcha_id=captcha_id)

    first = await bus.ask(captchas.captcha_picture, which)
    assert first.png.startswith(b"\x89PNG")
    assert await bus.ask(captchas.captcha_picture, which) == first
    await solve(captcha_id, answer)
    for call in (captchas.captcha_picture, captchas.captcha_answer):
        with pytest.raises(captchas.NoSuchCaptcha):
            await bus.ask(call, which)


async def test_a_captcha_expires(captcha, solve, redis):
    """After five minutes there is no such captcha."""
    captcha_id, answer = await captcha()
    assert LIFETIME - 60 < await redis.ttl(f"captcha:{captcha_id}") <= LIFETIME
    await redis.expire(f"captcha:{captcha_id}", 0)

    with pytest.raises(captchas.NoSuchCaptcha):
        await solve(captcha_id, answer)


async def test_both_sides_of_the_limit_of_drawing(bus, captcha, redis):
    """Sixty pictures a minute are drawn for one network."""
    ip = new_ip()
    ask = captchas.MakeCaptcha(ip=ip)
    await asyncio.gather(*(bus.ask(captchas.make_captcha, ask) for _ in range(IP_MINUTE)))

    with pytest.raises(LimitReached) as refused:
        await captcha(ip)
    assert 0 < (refused.value.retry_after or 0) <= 60
    await captcha()
    await pass_time(redis, f"limit:captchas:ip:{ip}", 60)
    await captcha(ip)


async def test_production_keeps_no_answer_and_serves_none(workshop):
    """Outside development the answer is nowhere, not even in Redis."""
    kept = RedisCaptchas(workshop.redis, Key(bytes(range(32))), keep_answers=False)
    captcha_id = await kept.keep("AB2C", b"png")

    stored = await workshop.redis.client.hgetall(f"captcha:{captcha_id}")

    assert set(stored) == {b"digest", b"png"}
    assert b"AB2C" not in b"".join(stored.values())
    assert captchas.captcha_answer not in CaptchaHandlers(kept, 1.0, dev=False).table()
    assert await kept.solve(captcha_id, "AB2C")
