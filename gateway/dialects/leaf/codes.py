"""Codes by e-mail, and what they open besides logging in: a new password."""

from typing import Any

from litestar import Request

from gateway.core import Core
from gateway.dialects.leaf import rules, views
from gateway.dialects.leaf.caller import NAME, Callers
from gateway.dialects.leaf.envelope import NOT_SENT, Done, Refused, done
from gateway.handlers import Handlers
from shared.contracts import codes, human_checks, passwords
from shared.errors import LimitReached

PURPOSE = NAME
"""One code for registering, logging in and resetting: clients do not say what it will be for."""

CODE_SECONDS = 300
"""How long a code is good for (reference 2)."""

AnyRequest = Request[Any, Any, Any]


class Codes(Handlers):
    """Sends codes, and resets passwords by them."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self.core, self.callers = core, callers

    async def send(self, data: views.Email, request: AnyRequest) -> Done:
        """Send a code of four digits, at the price of a solved slider: -1 without one.

        9010 once too many were sent to the address or from the network; the slider is kept then.
        """
        ask = codes.SendCode(
            address=rules.email(data.email),
            purpose=PURPOSE,
            ip=self.core.clients.ip(request),
            lifetime=CODE_SECONDS,
            cooldown=0,
            digits=rules.CODE_DIGITS,
            needs_pass=True,
        )
        try:
            await self.core.bus.ask(codes.send_code, ask, caller=self.callers.known(request))
        except LimitReached as limit:
            raise Refused(NOT_SENT, limit.retry_after) from None
        return done()

    async def begin_reset(
        self, request: AnyRequest, eamil: str | None = None, email: str | None = None
    ) -> Done:
        """Be allowed to set a new password: -1 without a solved slider, 4040 for nobody's address.

        The page spells the parameter `eamil`, clients `email`; either will do.
        """
        return await self._begin_reset(rules.email_in_query(eamil, email), request)

    async def begin_reset_posted(self, data: views.ResetCheck, request: AnyRequest) -> Done:
        """Be allowed to set a new password, the address not in the URL."""
        given = [text for text in (data.eamil, data.email) if text]
        return await self._begin_reset(rules.email_in_query(*given), request)

    async def _begin_reset(self, email: str, request: AnyRequest) -> Done:
        ip = self.core.clients.ip(request)
        ask = human_checks.BeginReset(address=email, purpose=PURPOSE, ip=ip)
        await self.core.bus.ask(human_checks.begin_reset, ask)
        return done()

    async def reset(self, data: views.EmailPasswordAndCode, request: AnyRequest) -> Done:
        """Set a new password and end all sessions: -1 unless `resetpwd/check` allowed it."""
        email, ip = rules.email(data.email), self.core.clients.ip(request)
        password = rules.new_password(data.password)
        code = rules.code(data.code)
        ask = passwords.ResetPassword(
            proof=codes.ByCode(address=email, purpose=PURPOSE, code=code, ip=ip),
            new=password,
            ip=ip,
            must_be_begun=True,
        )
        await self.core.bus.ask(passwords.reset_password, ask)
        await self.core.sessions.catch_up()
        return done()
