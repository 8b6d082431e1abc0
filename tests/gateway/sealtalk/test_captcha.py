"""The picture captcha of the sealtalk dialect."""

import io

import pytest
from PIL import Image

from services.auth.captchas.handlers import IP_MINUTE
from shared.contracts import captchas
from tests.gateway.sealtalk import expect


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_captcha(people, suite, bus, method) -> None:
    """Without a login one gets the URL of a picture and its id; what it shows solves it, once."""
    tom = people.stranger()

    result = expect.result(await tom.http.request(method, "/user/get_sms_img_code"))

    assert list(result) == ["url", "verifyId"]
    url = f"{suite.urls['gateway']}/user/sms_img_code/{result['verifyId']}.png"
    assert result["url"] == url
    shown = await tom.get(url)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(shown.content)).size == (160, 60)
    answer = (await tom.get("/dev/captcha", id=result["verifyId"])).json()["answer"]
    solve = captchas.SolveCaptcha(captcha_id=result["verifyId"], answer=f" {answer.lower()}")
    await bus.ask(captchas.solve_captcha, solve)
    with pytest.raises(captchas.NoSuchCaptcha):
        await bus.ask(captchas.solve_captcha, solve)
    expect.refused(await tom.get(url), 404)


@pytest.mark.parametrize(
    "name", ["x", "x.png", "0.gif", ".png", "x" * 65 + ".png", "%00.png", "a.b.png"]
)
async def test_pictures_that_are_not_there(people, name) -> None:
    """What names no captcha is told 404."""
    expect.refused(await people.stranger().get(f"/user/sms_img_code/{name}"), 404)


async def test_sixty_a_minute(people) -> None:
    """A network gets sixty pictures in a minute; the next is refused with 429."""
    tom = people.stranger()
    for _ in range(IP_MINUTE):
        expect.result(await tom.get("/user/get_sms_img_code"))

    refused = await tom.get("/user/get_sms_img_code")

    expect.refused(refused, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    expect.result(await people.stranger().get("/user/get_sms_img_code"))
