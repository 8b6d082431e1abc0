"""Verification codes: one kind for addresses that are new here, one for those that are known."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request

from gateway.core import Core
from gateway.dialects.thinksns import inputs, rules
from gateway.dialects.thinksns.caller import NAME
from gateway.dialects.thinksns.checks import Checks, Invalid
from gateway.dialects.thinksns.envelope import Refused, Told
from gateway.handlers import Handlers
from shared import addresses
from shared.caller import Caller
from shared.contracts import accounts, captchas, codes
from shared.errors import LimitReached
from shared.redis import Limit

FOR_NEW, FOR_KNOWN = f"{NAME}.new", f"{NAME}.known"
"""Purposes: to register or bind; to log in, retrieve a password or unbind."""

CODE_SECONDS = 300
"""How long a code is good for (reference 4)."""

COOLDOWN_SECONDS = 60
"""Between two codes to one address (reference 4)."""

CHECKS_MINUTE = 60
"""Addresses that may be asked about from one network in a minute: these replies tell who is here,
as they are documented to."""

AnyRequest = Request[Any, Any, Any]


class Captcha(msgspec.Struct, frozen=True):
    """A picture to be read, once, within five minutes."""

    captcha_id: str
    image: str
    """As a `data:` URL."""


def _address_of(
    data: inputs.PhoneOrEmail, email: Callable[[str], str], phone: Callable[[str], str]
) -> str:
    """Give the address in a request; the e-mail address where both are given."""
    checks = Checks()
    address = ""
    if data.email is not None:
        address = checks.of("email", email, data.email)
    elif data.phone is not None:
        address = checks.of("phone", phone, data.phone)
    else:
        checks.wrong("phone", "请填写手机号码或者邮箱地址")
    checks.end()
    return address


class Codes(Handlers):
    """Sends codes."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def captcha(self, request: AnyRequest) -> Captcha:
        """Draw a picture for who is asked to read one (422 about `captcha_code`)."""
        ask = captchas.MakeCaptcha(ip=self.core.clients.ip(request))
        made = await self.core.bus.ask(captchas.make_captcha, ask)
        which = captchas.CaptchaById(captcha_id=made.captcha_id)
        picture = await self.core.bus.ask(captchas.captcha_picture, which)
        image = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
        return Captcha(made.captcha_id, image)

    async def send_to_new(
        self, data: inputs.CodeWanted, request: AnyRequest, viewer: Caller | None
    ) -> Told:
        """Send a code to an address that has no account: to register, or to bind it."""
        address = _address_of(data, rules.email, rules.phone)
        if not await self._is_free(address, request):
            raise accounts.EmailTaken() if "@" in address else accounts.PhoneTaken()
        return await self._send(address, FOR_NEW, data, request, viewer)

    async def send_to_known(
        self, data: inputs.CodeWanted, request: AnyRequest, viewer: Caller | None
    ) -> Told:
        """Send a code to an address that has an account: to log in, reset or unbind."""
        address = _address_of(data, rules.known_email, rules.known_phone)
        if await self._is_free(address, request):
            raise Invalid.at("email" if "@" in address else "phone", "用户不存在")
        return await self._send(address, FOR_KNOWN, data, request, viewer)

    async def _is_free(self, address: str, request: AnyRequest) -> bool:
        network = addresses.network(self.core.clients.ip(request))
        most = max(1, int(CHECKS_MINUTE * self.core.config.limit_scale))
        await self.core.redis.count(Limit(f"address-checks:ip:{network}", most, 60))
        answer = await self.core.bus.ask(
            accounts.check_address, accounts.ByAddress(address=address)
        )
        return answer.available

    async def _send(
        self,
        address: str,
        purpose: str,
        data: inputs.CodeWanted,
        request: AnyRequest,
        viewer: Caller | None,
    ) -> Told:
        captcha = None
        if data.captcha_id:
            answer = data.captcha_code or ""
            captcha = captchas.SolveCaptcha(captcha_id=data.captcha_id, answer=answer)
        ask = codes.SendCode(
            address=address,
            purpose=purpose,
            ip=self.core.clients.ip(request),
            lifetime=CODE_SECONDS,
            cooldown=COOLDOWN_SECONDS,
            digits=rules.CODE_DIGITS,
            captcha=captcha,
        )
        try:
            await self.core.bus.ask(codes.send_code, ask, caller=viewer)
        except LimitReached as limit:
            wait = limit.retry_after or COOLDOWN_SECONDS
            if wait > COOLDOWN_SECONDS:
                raise
            raise Refused(403, f"还需要 {wait} 秒后才能获取", wait) from None
        return Told(["获取成功"])
