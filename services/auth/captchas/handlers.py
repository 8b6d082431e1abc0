"""What can be asked about captchas."""

import asyncio
import uuid

from services.auth.captchas import picture
from services.auth.captchas.store import RedisCaptchas
from shared import addresses
from shared.contract import Table
from shared.contracts import captchas
from shared.redis import Limit

IP_MINUTE = 60
"""Pictures drawn for one network in a minute."""


class CaptchaHandlers:
    """Draws captchas and checks answers."""

    def __init__(self, captchas: RedisCaptchas, limit_scale: float, dev: bool) -> None:
        self.captchas, self.dev = captchas, dev
        self.most = max(1, int(IP_MINUTE * limit_scale))

    async def make(self, ask: captchas.MakeCaptcha) -> captchas.Captcha:
        """Draw a picture that can be solved once, within five minutes."""
        limit = Limit(f"captchas:ip:{addresses.network(ask.ip)}", self.most, 60)
        await self.captchas.take(limit, uuid.uuid4().hex)
        answer, png = await asyncio.to_thread(picture.draw)
        return captchas.Captcha(captcha_id=await self.captchas.keep(answer, png))

    async def show(self, ask: captchas.CaptchaById) -> captchas.CaptchaPicture:
        """Give the picture to whoever knows its id."""
        png = await self.captchas.picture(ask.captcha_id)
        if png is None:
            raise captchas.NoSuchCaptcha()
        return captchas.CaptchaPicture(png=png)

    async def tell(self, ask: captchas.CaptchaById) -> captchas.CaptchaAnswer:
        """Give the answer; only served in development."""
        answer = await self.captchas.answer(ask.captcha_id)
        if answer is None:
            raise captchas.NoSuchCaptcha()
        return captchas.CaptchaAnswer(answer=answer.decode())

    async def solve(self, ask: captchas.SolveCaptcha) -> None:
        """Check an answer; right or wrong, the captcha is used up."""
        right = await self.captchas.solve(ask.captcha_id, picture.reading(ask.answer))
        if right is None:
            raise captchas.NoSuchCaptcha()
        if not right:
            raise captchas.WrongCaptcha()

    def table(self) -> Table:
        """Which call is whose."""
        calls: Table = {
            captchas.make_captcha: self.make,
            captchas.captcha_picture: self.show,
            captchas.solve_captcha: self.solve,
        }
        return {**calls, captchas.captcha_answer: self.tell} if self.dev else calls
