"""Accounts: registering, logging in with a password or a code, access tokens."""

import contextlib
from typing import Any

from litestar import Request

from gateway.core import Core
from gateway.dialects.leaf import rules, views
from gateway.dialects.leaf.caller import ACCESS_LIFETIME, NAME, Callers, token
from gateway.dialects.leaf.codes import PURPOSE
from gateway.dialects.leaf.envelope import EMAIL_TAKEN, Done, Ok, Refused, done, ok
from gateway.handlers import Handlers
from shared import addresses
from shared.caller import Caller
from shared.contracts import accounts, codes, logins, profile, registration, sessions, tokens
from shared.errors import AppError
from shared.redis import Limit

HUMAN_AFTER = 3
"""Consecutive failures of one e-mail address, then a slider has to be solved (the page)."""

REGISTRATIONS_MINUTE = 60
"""Tries to register from one network in a minute: each tells whether an address is taken."""

FIRST_SIGN = "这个人很懒，什么都没有留下"
"""What a new account shows of itself (reference 2)."""

AnyRequest = Request[Any, Any, Any]


class Accounts(Handlers):
    """Registers people and logs them in."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self.core, self.callers = core, callers

    async def register(self, data: views.EmailPasswordAndCode, request: AnyRequest) -> Done:
        """Make an account for an e-mail address; this does not log in."""
        email = rules.email(data.email)
        password = rules.new_password(data.password)
        code = rules.code(data.code)
        ip = self.core.clients.ip(request)
        await self._refuse_taken(email, ip)
        ask = registration.Register(
            proof=codes.ByCode(address=email, purpose=PURPOSE, code=code, ip=ip),
            password=password,
            username=rules.new_name(),
            dialect=NAME,
        )
        made = await self.core.bus.ask(registration.register, ask)
        await self._sign_first(made.user_id)
        return done()

    async def _refuse_taken(self, email: str, ip: str) -> None:
        """Tell before the code is looked at that there is an account, as the first server did."""
        most = max(1, int(REGISTRATIONS_MINUTE * self.core.config.limit_scale))
        network = addresses.network(ip)
        await self.core.redis.count(Limit(f"leaf-registrations:ip:{network}", most, 60))
        answer = await self.core.bus.ask(accounts.check_address, accounts.ByAddress(address=email))
        if not answer.available:
            raise Refused(EMAIL_TAKEN)

    async def _sign_first(self, user_id: int) -> None:
        """Fill the signature in; an account is whole without it."""
        ask = profile.ChangeProfile(user_id=user_id, bio=FIRST_SIGN)
        with contextlib.suppress(AppError):
            await self.core.bus.ask(profile.change_profile, ask, caller=Caller(user_id, ""))

    async def log_in(self, data: views.EmailAndPassword, request: AnyRequest) -> Ok[views.LoggedIn]:
        """Begin a session: 3020 for a wrong password, -1 from the fourth try on."""
        ask = logins.LogIn(
            login=rules.email(data.email),
            password=rules.new_password(data.password),
            terms=self.callers.terms(request),
            human_after=HUMAN_AFTER,
        )
        return await self._tokens(await self.core.bus.ask(logins.log_in, ask))

    async def log_in_by_code(
        self, data: views.EmailAndCode, request: AnyRequest
    ) -> Ok[views.LoggedIn]:
        """Begin a session with a code: 3010 for a wrong one, 4040 if nobody has the address."""
        ask = logins.LogInByCode(
            address=rules.email(data.email),
            code=rules.shown_code(data.code),
            purpose=PURPOSE,
            terms=self.callers.terms(request),
            human_after=HUMAN_AFTER,
        )
        return await self._tokens((await self.core.bus.ask(logins.log_in_by_code, ask)).session)

    async def _tokens(self, session: sessions.Session) -> Ok[views.LoggedIn]:
        assert session.access is not None
        assert session.refresh is not None
        await self.core.sessions.catch_up()  # the fourth login ended the first
        return ok(views.LoggedIn(session.access, session.refresh, session.token))

    async def refresh(self, request: AnyRequest) -> Ok[views.Token]:
        """Give a new access token for the refresh token in `Authorization`."""
        ask = tokens.RefreshAccess(refresh=token(request), dialect=NAME, lifetime=ACCESS_LIFETIME)
        access = await self.core.bus.ask(tokens.refresh_access, ask)
        return ok(views.Token(access.token))
