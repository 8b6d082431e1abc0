"""Verification codes and the picture captcha."""

from typing import Any

from litestar import Request, Response

from gateway.core import Core
from gateway.dialects.sealtalk import rules, views
from gateway.dialects.sealtalk.caller import NAME, Callers
from gateway.dialects.sealtalk.envelope import Code, Done, Ok
from gateway.errors import NotFound
from gateway.handlers import Handlers
from shared import addresses
from shared.contracts import accounts, captchas, codes, human_checks
from shared.errors import LimitReached
from shared.redis import Limit
from shared.telemetry.logs import logger

PURPOSE = NAME
CODE_SECONDS = 120
"""How long a code is good for (upstream's two minutes, reference 2.2)."""

DIGITS = 6
"""Of a code."""

COOLDOWN_SECONDS = 60
"""Between two codes to one phone (reference 2.1)."""

TOO_OFTEN, WRONG, EXPIRED = 5000, 1000, 2000
PICTURE_WANTED = (
    "A picture has to be read first: get one from /user/get_sms_img_code, and send its verifyId as "
    "picCodeId and what it shows as picCode."
)
CHECKS_MINUTE = 60
"""Phones that may be checked from one network in a minute, so that nobody walks through them."""

AnyRequest = Request[Any, Any, Any]
log = logger("sealtalk")


class Codes(Handlers):
    """Sends and checks codes."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self.core, self.callers = core, callers

    async def send(self, data: views.CodeWanted, request: AnyRequest) -> Done:
        """Send a code to a phone: 200, or 5000 if that was done too often of late.

        With a `message` 5000 says that a picture has to be read first, or was not read right.
        """
        phone = rules.phone(data.region, data.phone)
        ask = codes.SendCode(
            address=phone,
            purpose=PURPOSE,
            ip=self.core.clients.ip(request),
            lifetime=CODE_SECONDS,
            cooldown=COOLDOWN_SECONDS,
            digits=DIGITS,
            locale="zh-CN" if phone.startswith("+86") else "en",
            captcha=_captcha(data),
        )
        try:
            await self.core.bus.ask(codes.send_code, ask, caller=self.callers.known(request))
        except LimitReached as limit:
            raise Code(TOO_OFTEN, limit.retry_after) from None
        except (human_checks.HumanCheckNeeded, captchas.NoSuchCaptcha, captchas.WrongCaptcha):
            raise Code(TOO_OFTEN, text=PICTURE_WANTED) from None
        return Done()

    async def verify(
        self, data: views.PhoneAndCode, request: AnyRequest
    ) -> Ok[views.VerificationToken]:
        """Exchange a code for a token: 1000 if it is another one, 2000 if it is too old."""
        ask = codes.CheckCode(
            address=rules.phone(data.region, data.phone),
            purpose=PURPOSE,
            code=shown_code(data),
            ip=self.core.clients.ip(request),
        )
        try:
            verification = await self.core.bus.ask(codes.check_code, ask)
        except (codes.WrongCode, LimitReached) as error:
            raise Code(WRONG, error.retry_after) from None
        except codes.ExpiredCode:
            raise Code(EXPIRED) from None
        return Ok(result=views.VerificationToken(verification.token))

    async def check_phone(self, data: views.Phone, request: AnyRequest) -> Ok[bool]:
        """Tell whether a phone may register."""
        phone = rules.phone(data.region, data.phone)
        network = addresses.network(self.core.clients.ip(request))
        most = max(1, int(CHECKS_MINUTE * self.core.config.limit_scale))
        await self.core.redis.count(Limit(f"phone-checks:ip:{network}", most, 60))
        answer = await self.core.bus.ask(accounts.check_address, accounts.ByAddress(address=phone))
        return Ok(result=answer.available)

    async def image(self, request: AnyRequest) -> Ok[views.SmsImage]:
        """Draw a picture captcha and say where it is."""
        ask = captchas.MakeCaptcha(ip=self.core.clients.ip(request))
        made = await self.core.bus.ask(captchas.make_captcha, ask)
        url = f"{self.core.config.public_url}/user/sms_img_code/{made.captcha_id}.png"
        return Ok(result=views.SmsImage(url, made.captcha_id))

    async def show_image(self, name: str) -> Response[bytes]:
        """Show a picture captcha."""
        captcha_id, dot, kind = name.partition(".")
        if (dot, kind) != (".", "png") or len(captcha_id) > 64:
            raise NotFound()
        ask = captchas.CaptchaById(captcha_id=captcha_id)
        picture = await self.core.bus.ask(captchas.captcha_picture, ask)
        return Response(picture.png, media_type="image/png", headers={"cache-control": "no-store"})


def shown_code(data: views.PhoneAndCode) -> str:
    """Give a code as it was sent: what comes as a number has lost the zeros that it began with."""
    return f"{data.code:0{DIGITS}d}" if isinstance(data.code, int) else data.code


def _captcha(data: views.CodeWanted) -> captchas.SolveCaptcha | None:
    if not data.pic_code_id:
        return None
    return captchas.SolveCaptcha(captcha_id=data.pic_code_id, answer=data.pic_code)
