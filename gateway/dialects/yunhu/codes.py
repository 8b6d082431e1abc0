"""The picture captcha, and codes to phones and e-mail addresses: each needs a picture."""

import base64
from typing import Any

from litestar import Request

from gateway.core import Core
from gateway.dialects.yunhu import rules, views
from gateway.dialects.yunhu.caller import NAME, Callers
from gateway.dialects.yunhu.envelope import Done, Ok
from gateway.handlers import Handlers
from shared import addresses
from shared.contracts import captchas, codes

PURPOSE = NAME
"""Of most codes: the request has no purpose, so that one code serves login, binding and leaving."""

PASSWORD_PURPOSE = f"{NAME}.password"
"""Of those for a new password, which nothing else accepts."""

FORGET_PASSWORD = "forget_password"
"""The `typ` by which clients ask for such a one."""

CODE_SECONDS = 300
"""How long a code is good for."""

COOLDOWN_SECONDS = 60
"""Between two codes to one address; clients count down as many."""

AnyRequest = Request[Any, Any, Any]


class Codes(Handlers):
    """Shows pictures, and sends codes to who can read them."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self.core, self.callers = core, callers

    async def captcha(self, request: AnyRequest) -> Ok[views.Picture]:
        """Draw a picture captcha: good for one try within five minutes."""
        ask = captchas.MakeCaptcha(ip=self.core.clients.ip(request))
        made = await self.core.bus.ask(captchas.make_captcha, ask)
        which = captchas.CaptchaById(captcha_id=made.captcha_id)
        picture = await self.core.bus.ask(captchas.captcha_picture, which)
        b64s = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
        return Ok(data=views.Picture(b64s, made.captcha_id))

    async def send_sms(self, data: views.SmsWanted, request: AnyRequest) -> Done:
        """Send a code to a phone, once a minute, to who solved a picture for it."""
        return await self._send(rules.phone(data.mobile), PURPOSE, data, request)

    async def send_email(self, data: views.EmailWanted, request: AnyRequest) -> Done:
        """Send a code to an e-mail address, whether somebody has it here or not."""
        purpose = PASSWORD_PURPOSE if data.typ == FORGET_PASSWORD else PURPOSE
        return await self._send(addresses.email(data.email), purpose, data, request)

    async def _send(
        self, address: str, purpose: str, data: views.CodeWanted, request: AnyRequest
    ) -> Done:
        ask = codes.SendCode(
            address=address,
            purpose=purpose,
            ip=self.core.clients.ip(request),
            lifetime=CODE_SECONDS,
            cooldown=COOLDOWN_SECONDS,
            digits=rules.DIGITS,
            captcha=captchas.SolveCaptcha(captcha_id=data.id, answer=data.code),
            device_id=data.device_id,
        )
        await self.core.bus.ask(codes.send_code, ask, caller=self.callers.known(request))
        return Done()
