"""How many requests a client may make, and how it is told on every reply."""

from typing import Any

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from gateway.core import Core
from gateway.dialects.thinksns import envelope
from gateway.dialects.thinksns.caller import NAME, Callers
from gateway.handlers import Handlers
from gateway.rates import Rate, Rates
from shared import addresses


class RequestLimits(Handlers):
    """Counts the requests of a person, or of a network where nobody is logged in."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self._core, self._callers = core, callers
        self._rates = Rates(core.redis)
        self._most = core.config.thinksns_rate_limit
        self._most_of_network = max(1, int(self._most * core.config.limit_scale))

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """Put the count before an application (a Litestar middleware)."""

        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            rate = await self._count(scope)
            if rate is None:
                await app(scope, receive, send)
                return

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = MutableScopeHeaders.from_message(message)
                    headers["x-ratelimit-limit"] = str(rate.limit)
                    headers["x-ratelimit-remaining"] = str(rate.remaining)
                await send(message)

            if rate.exceeded:
                await self._refused(scope, rate)(scope, receive, send_on)
            else:
                await app(scope, receive, send_on)

        return limited

    async def _count(self, scope: HTTPScope) -> Rate | None:
        if caller := self._callers.known(scope):
            return await self._rates.count(f"{NAME}:user:{caller.user_id}", self._most)
        request: Request[Any, Any, Any] = Request(scope)
        network = addresses.network(self._core.clients.ip(request))
        return await self._rates.count(f"{NAME}:ip:{network}", self._most_of_network)

    def _refused(self, scope: HTTPScope, rate: Rate) -> ASGIApp:
        error = envelope.Refused(429, "Too Many Attempts.", retry_after=rate.seconds_left)
        return envelope.fail(error, scope).to_asgi_response(None, Request(scope))
