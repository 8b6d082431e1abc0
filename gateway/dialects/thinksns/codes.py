"""Verification codes: one kind for addresses that are new here, one for those that are known."""

from collections.abc import Callable
from typing import Any

from litestar import Request

from gateway.core import Core
from gateway.dialects.thinksns import inputs, rules
from gateway.dialects.thinksns.caller import NAME
from gateway.dialects.thinksns.checks import Checks, Invalid
from gateway.dialects.thinksns.envelope import Refused, Told
from gateway.handlers import Handlers
from shared import addresses
from shared.contracts import accounts, codes
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


def _address_of(data: inputs.PhoneOrEmail, phone: Callable[[str], str]) -> str:
    """Give the address in a request; the e-mail address where both are given."""
    checks = Checks()
    address = ""
    if data.email is not None:
        address = checks.of("email", rules.email, data.email)
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

    async def send_to_new(self, data: inputs.PhoneOrEmail, request: AnyRequest) -> Told:
        """Send a code to an address that has no account: to register, or to bind it."""
        address = _address_of(data, rules.phone)
        if not await self._is_free(address, request):
            raise accounts.EmailTaken() if "@" in address else accounts.PhoneTaken()
        return await self._send(address, FOR_NEW, request)

    async def send_to_known(self, data: inputs.PhoneOrEmail, request: AnyRequest) -> Told:
        """Send a code to an address that has an account: to log in, reset or unbind."""
        address = _address_of(data, rules.known_phone)
        if await self._is_free(address, request):
            raise Invalid.at("email" if "@" in address else "phone", "用户不存在")
        return await self._send(address, FOR_KNOWN, request)

    async def _is_free(self, address: str, request: AnyRequest) -> bool:
        network = addresses.network(self.core.clients.ip(request))
        most = max(1, int(CHECKS_MINUTE * self.core.config.limit_scale))
        await self.core.redis.count(Limit(f"address-checks:ip:{network}", most, 60))
        answer = await self.core.bus.ask(
            accounts.check_address, accounts.ByAddress(address=address)
        )
        return answer.available

    async def _send(self, address: str, purpose: str, request: AnyRequest) -> Told:
        ask = codes.SendCode(
            address=address,
            purpose=purpose,
            ip=self.core.clients.ip(request),
            lifetime=CODE_SECONDS,
            cooldown=COOLDOWN_SECONDS,
            digits=rules.CODE_DIGITS,
        )
        try:
            await self.core.bus.ask(codes.send_code, ask)
        except LimitReached as limit:
            wait = limit.retry_after or COOLDOWN_SECONDS
            if wait > COOLDOWN_SECONDS:
                raise
            raise Refused(403, f"还需要 {wait} 秒后才能获取", wait) from None
        return Told(["获取成功"])
