"""Accounts: registering, logging in and out, tokens, leaving, and locking people out."""

from typing import Any

import msgspec
from litestar import Request

from gateway.core import Core
from gateway.dialects.thinksns import inputs, lists, rules
from gateway.dialects.thinksns.caller import LIFETIME, NAME, REFRESH_LIFETIME, Callers, token_of
from gateway.dialects.thinksns.checks import Checks, Invalid, optional, required
from gateway.dialects.thinksns.codes import FOR_KNOWN, FOR_NEW
from gateway.dialects.thinksns.envelope import Said
from gateway.errors import NotFound, NotLoggedIn
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import (
    accounts,
    administration,
    codes,
    deletion,
    logins,
    registration,
    sessions,
    tokens,
)
from shared.contracts.accounts import Role

AnyRequest = Request[Any, Any, Any]
TOKEN_TYPE = "bearer"
MAIL, SMS = "mail", "sms"


class LoggedIn(msgspec.Struct, frozen=True):
    """A token, and for how many minutes it is good and can be exchanged."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_ttl: int


class Registered(LoggedIn, frozen=True):
    """The same, under the names of the older page as well."""

    token: str
    ttl: int


class Ability(msgspec.Struct, frozen=True):
    """Something that not everyone may do."""

    name: str
    display_name: str
    description: str


DISABLES = Ability("[user] Disabled User", "禁用用户", "禁用其他用户的账号")
"""Clients show the action to who has the ability of this name."""


class Accounts(Handlers):
    """Registers people, logs them in and out, lets them leave."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self.core, self.callers = core, callers

    async def register(self, data: inputs.Registration, request: AnyRequest) -> Registered:
        """Make an account of a phone number or an e-mail address that a code was sent to."""
        checks = Checks()
        name = checks.of("name", required(rules.user_name), data.name)
        address = _registered_address(data, checks)
        code = checks.of(
            "verifiable_code", rules.code, data.verifiable_code or data.code_in_camel_case
        )
        password = checks.of("password", optional(rules.new_password), data.password)
        checks.end()
        proof = codes.ByCode(
            address=address, purpose=FOR_NEW, code=code, ip=self.core.clients.ip(request)
        )
        ask = registration.Register(
            proof=proof,
            dialect=NAME,
            username=name,
            password=password,
            terms=self.callers.terms(request),
        )
        made = await self.core.bus.ask(registration.register, ask)
        assert made.session is not None
        session = _logged_in(made.session)
        return Registered(
            **msgspec.structs.asdict(session), token=session.access_token, ttl=session.expires_in
        )

    async def log_in(self, data: inputs.Login, request: AnyRequest) -> LoggedIn:
        """Begin a session by name, e-mail address or phone number; with the last two by code too.

        403 for who is locked out, 422 for anything that is not right, 429 after many failures.
        """
        checks = Checks()
        if data.password is not None or data.verifiable_code is None:
            login = checks.of("login", required(rules.login), data.login)
            password = checks.of("password", required(rules.known_password), data.password)
            checks.end()
            ask = logins.LogIn(login=login, password=password, terms=self.callers.terms(request))
            return _logged_in(await self.core.bus.ask(logins.log_in, ask))
        address = checks.of("login", required(rules.known_address), data.login)
        code = checks.of("verifiable_code", rules.code, data.verifiable_code)
        checks.end()
        by_code = logins.LogInByCode(
            address=address, code=code, purpose=FOR_KNOWN, terms=self.callers.terms(request)
        )
        try:
            entered = await self.core.bus.ask(logins.log_in_by_code, by_code)
        except accounts.NoSuchAccount:
            raise Invalid.at("login", "用户不存在") from None
        return _logged_in(entered.session)

    async def refresh(self, request: AnyRequest) -> LoggedIn:
        """Exchange a token, also one that ran out, for a new one; the old one is no good then."""
        token = token_of(request.scope)
        if not token or len(token) > rules.TOKEN_MOST:
            raise NotLoggedIn()
        ask = tokens.RenewSession(token=token, terms=self.callers.terms(request))
        session = await self.core.bus.ask(tokens.renew_session, ask)
        await self.core.sessions.catch_up()
        return _logged_in(session)

    async def log_out(self, caller: Caller) -> Said:
        """End the session."""
        ask = sessions.LogOut(user_id=caller.user_id, session_id=caller.session_id)
        await self.core.bus.ask(sessions.log_out, ask, caller=caller)
        await self.core.sessions.catch_up()
        return Said("退出成功")

    async def leave(self, caller: Caller) -> Said:
        """Close one's account for good: every session ends, and every service forgets."""
        ask = deletion.DeleteAccount(user_id=caller.user_id)
        try:
            await self.core.bus.ask(deletion.delete_account, ask, caller=caller)
        except accounts.NoSuchAccount:
            raise NotLoggedIn() from None  # who asked twice at once has left already
        await self.core.sessions.catch_up()
        return Said("操作成功,再见")

    async def disable(self, user: str, caller: Caller) -> None:
        """Lock somebody out, as an administrator; once more changes nothing."""
        user_id = lists.user_id(user)
        if user_id is None:
            raise NotFound()
        ask = administration.SetDisabled(user_id=user_id, disabled=True)
        await self.core.bus.ask(administration.set_disabled, ask, caller=caller)
        await self.core.sessions.catch_up()

    async def abilities(self, caller: Caller) -> list[Ability]:
        """List what one may do beyond what everyone may."""
        return [DISABLES] if caller.role >= Role.ADMIN else []


def _registered_address(data: inputs.Registration, checks: Checks) -> str:
    """Give the address that the code went to, as `verifiable_type` says."""
    by = data.verifiable_type or data.type_in_camel_case
    if by is None:
        by = MAIL if data.phone is None and data.email is not None else SMS
    if by == MAIL:
        return checks.of("email", required(rules.email), data.email)
    if by == SMS:
        return checks.of("phone", required(rules.phone), data.phone)
    checks.wrong("verifiable_type", "{field}只能是 mail 或者 sms")
    return ""


def _logged_in(session: sessions.Session) -> LoggedIn:
    return LoggedIn(
        access_token=session.token,
        token_type=TOKEN_TYPE,
        expires_in=LIFETIME // 60,
        refresh_ttl=REFRESH_LIFETIME // 60,
    )
