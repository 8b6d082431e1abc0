"""Accounts: registering, logging in and out, passwords."""

import asyncio
from typing import Any

from litestar import Request, Response

from gateway.core import Core
from gateway.dialects.sealtalk import rules, views
from gateway.dialects.sealtalk.caller import NAME, Callers
from gateway.dialects.sealtalk.codes import EXPIRED, PURPOSE, WRONG, shown_code
from gateway.dialects.sealtalk.envelope import Code, Done, Ok
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.im import LOGIN_SECONDS, InstantMessaging
from gateway.errors import BadRequest
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import accounts, codes, logins, passwords, registration, sessions
from shared.errors import AppError, LimitReached

AnyRequest = Request[Any, Any, Any]


class Accounts(Handlers):
    """Registers people, logs them in and out, changes passwords."""

    def __init__(self, core: Core, ids: PublicIds, callers: Callers, im: InstantMessaging) -> None:
        self.core, self.ids, self.callers, self.im = core, ids, callers, im

    async def register(
        self, data: views.Registration, request: AnyRequest
    ) -> Response[Ok[views.Id]]:
        """Make an account and log it in: 404 for an unknown token, 400 for a taken phone."""
        password = rules.new_password(data.password)
        nickname = rules.nickname(data.nickname)
        ask = registration.Register(
            proof=proof(data.verification_token),
            password=password,
            dialect=NAME,
            nickname=nickname,
            terms=self.callers.terms(request),
        )
        made = await self.core.bus.ask(registration.register, ask)
        assert made.session is not None
        cookie = self.callers.cookies.begin(made.session.token)
        return Response(Ok(result=views.Id(self.ids.encode(made.user_id))), headers=cookie)

    async def log_in(
        self, data: views.PhoneAndPassword, request: AnyRequest
    ) -> Response[Ok[views.LoggedIn]]:
        """Begin a session: 1000 for a wrong phone or password, and for too many failures."""
        ask = logins.LogIn(
            login=rules.phone(data.region, data.phone),
            password=rules.known_password(data.password),
            terms=self.callers.terms(request),
        )
        try:
            session = await self.core.bus.ask(logins.log_in, ask)
        except (
            logins.WrongCredentials,
            passwords.TooManyFailures,
            accounts.AccountDisabled,
        ) as error:
            raise Code(WRONG, error.retry_after) from None
        caller = Caller(session.user_id, session.session_id)
        result = views.LoggedIn(
            self.ids.encode(session.user_id), await self.im.token_at_login(caller)
        )
        return Response(Ok(result=result), headers=self.callers.cookies.begin(session.token))

    async def log_in_by_code(
        self, data: views.PhoneAndCode, request: AnyRequest
    ) -> Response[Ok[views.Entered]]:
        """Begin a session with a code; who has no account gets one by this, without a password.

        1000 for a wrong code and for an account that may not log in, 2000 for a code that is too
        old.
        """
        ask = logins.LogInByCode(
            address=rules.phone(data.region, data.phone),
            code=shown_code(data),
            purpose=PURPOSE,
            terms=self.callers.terms(request),
            create=registration.NewAccount(),
        )
        try:
            session = (await self.core.bus.ask(logins.log_in_by_code, ask)).session
        except (codes.WrongCode, accounts.AccountDisabled, LimitReached) as error:
            raise Code(WRONG, error.retry_after) from None
        except codes.ExpiredCode:
            raise Code(EXPIRED) from None
        token, nickname = await asyncio.gather(
            self.im.token_at_login(Caller(session.user_id, session.session_id)),
            self._nickname(session.user_id),
        )
        result = views.Entered(self.ids.encode(session.user_id), token, nickname)
        return Response(Ok(result=result), headers=self.callers.cookies.begin(session.token))

    async def _nickname(self, user_id: int) -> str:
        """Read a name; empty if it cannot be read now, as the code is used up by then."""
        try:
            async with asyncio.timeout(LOGIN_SECONDS):
                return (await self.core.profiles.one(user_id)).nickname
        except (TimeoutError, AppError):
            return ""

    async def log_out(self, caller: Caller) -> Response[Done]:
        """End the session, everywhere and for good, and take the cookie away."""
        ask = sessions.LogOut(user_id=caller.user_id, session_id=caller.session_id)
        await self.core.bus.ask(sessions.log_out, ask, caller=caller)
        await self.core.sessions.catch_up()
        return Response(Done(), headers=self.callers.cookies.end())

    async def reset_password(self, data: views.NewPassword, request: AnyRequest) -> Done:
        """Set a password for the owner of a verified phone; all sessions end."""
        ask = passwords.ResetPassword(
            new=rules.new_password(data.password),
            proof=proof(data.verification_token),
            ip=self.core.clients.ip(request),
        )
        try:
            await self.core.bus.ask(passwords.reset_password, ask)
        except codes.UnknownVerification as error:
            raise BadRequest(error.message) from None  # the page has no 404 here
        except accounts.NoSuchAccount:
            pass  # the page has no answer for it
        await self.core.sessions.catch_up()
        return Done()

    async def change_password(
        self, data: views.PasswordChange, request: AnyRequest, caller: Caller
    ) -> Done:
        """Set another password; the other sessions end. 1000 if the old one is another."""
        ask = passwords.ChangePassword(
            user_id=caller.user_id,
            session_id=caller.session_id,
            present=rules.known_password(data.old_password),
            new=rules.new_password(data.new_password),
            ip=self.core.clients.ip(request),
        )
        try:
            await self.core.bus.ask(passwords.change_password, ask, caller=caller)
        except (passwords.WrongPassword, passwords.TooManyFailures) as error:
            raise Code(WRONG, error.retry_after) from None
        await self.core.sessions.catch_up()
        return Done()


def proof(verification_token: str) -> codes.ByToken:
    """Give what a verification token proves."""
    return codes.ByToken(token=rules.verification_token(verification_token), purpose=PURPOSE)
