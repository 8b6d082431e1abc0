"""Logging in and out, devices, one's phone and e-mail address, the password, and leaving."""

from typing import Any

from litestar import Request, Response

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.core import Core
from gateway.dialects.yunhu import moments, protobuf, rules, views
from gateway.dialects.yunhu.caller import NAME, Callers
from gateway.dialects.yunhu.codes import PASSWORD_PURPOSE, PURPOSE
from gateway.dialects.yunhu.envelope import Done, Ok
from gateway.dialects.yunhu.words import Refused
from gateway.handlers import Handlers
from shared import addresses
from shared.caller import Caller
from shared.contracts import (
    accounts,
    bindings,
    codes,
    deletion,
    logins,
    passwords,
    registration,
    sessions,
)
from shared.contracts.bindings import Expects

AnyRequest = Request[Any, Any, Any]


class Accounts(Handlers):
    """Lets people in and out, and changes by what they get in."""

    def __init__(self, core: Core, callers: Callers) -> None:
        self.core, self.callers = core, callers

    async def log_in_by_code(self, data: views.CodeLogin, request: AnyRequest) -> Ok[views.Token]:
        """Log in with a code; who has no account yet gets one by this."""
        ask = logins.LogInByCode(
            address=rules.phone(data.mobile),
            code=data.captcha,
            purpose=PURPOSE,
            terms=self.callers.terms(request, data.device_id, data.platform),
            create=registration.NewAccount(),
        )
        entered = await self.core.bus.ask(logins.log_in_by_code, ask)
        return Ok(data=views.Token(entered.session.token))

    async def log_in_by_email(self, data: views.EmailLogin, request: AnyRequest) -> Ok[views.Token]:
        """Log in with a password; an unknown address and a wrong password are told alike."""
        ask = logins.LogIn(
            login=addresses.email(data.email),
            password=data.password,
            terms=self.callers.terms(request, data.device_id, data.platform),
        )
        session = await self.core.bus.ask(logins.log_in, ask)
        return Ok(data=views.Token(session.token))

    async def log_out(self, caller: Caller) -> Done:
        """End the session of the token, whatever comes as `device-id` with it, or in its place."""
        ask = sessions.LogOut(user_id=caller.user_id, session_id=caller.session_id)
        await self.core.bus.ask(sessions.log_out, ask, caller=caller)
        await self.core.sessions.catch_up()
        return Done()

    async def devices(self, caller: Caller) -> Response[bytes]:
        """List the devices that one is logged in on with this app."""
        ask = accounts.ByUser(user_id=caller.user_id)
        found = await self.core.bus.ask(sessions.list_devices, ask, caller=caller)
        rows = [
            pb.clients.Device(
                user_id=str(caller.user_id),
                platform=one.platform,
                device_id=one.device_id,
                login_timestamp=moments.seconds(one.began_at),
            )
            for one in found
            if one.dialect == NAME
        ]
        return protobuf.answer(pb.clients(status=protobuf.status(), devices=rows))

    async def end_device(self, data: views.OfDevice, caller: Caller) -> Done:
        """Log one of one's devices out, by the id that it gave at its login."""
        ask = sessions.EndDevice(user_id=caller.user_id, dialect=NAME, device_id=data.device_id)
        await self.core.bus.ask(sessions.end_device, ask, caller=caller)
        await self.core.sessions.catch_up()
        return Done()

    async def set_password(self, data: views.NewPassword, request: AnyRequest) -> Done:
        """Set a password by a code to one's e-mail address; every session ends."""
        ask = passwords.ResetPassword(
            proof=self._proof(addresses.email(data.email), data.captcha, request, PASSWORD_PURPOSE),
            new=rules.new_password(data.password),
            ip=self.core.clients.ip(request),
        )
        await self.core.bus.ask(passwords.reset_password, ask)
        await self.core.sessions.catch_up()
        return Done()

    # ------------------------------------------------------------------ phone and e-mail address

    async def bind_phone(self, data: views.PhoneProof, request: AnyRequest, caller: Caller) -> Done:
        """Have a phone number where there was none."""
        return await self._bind(
            rules.phone(data.phone), data.captcha, Expects.NONE, request, caller
        )

    async def bind_email(self, data: views.EmailProof, request: AnyRequest, caller: Caller) -> Done:
        """Have an e-mail address where there was none."""
        email = addresses.email(data.email)
        return await self._bind(email, data.captcha, Expects.NONE, request, caller)

    async def change_phone(
        self, data: views.PhoneProof, request: AnyRequest, caller: Caller
    ) -> Done:
        """Have another phone number than before; the code went to the new one."""
        return await self._bind(rules.phone(data.phone), data.captcha, Expects.ONE, request, caller)

    async def change_email(
        self, data: views.EmailProof, request: AnyRequest, caller: Caller
    ) -> Done:
        """Have another e-mail address than before; the code went to the new one."""
        email = addresses.email(data.email)
        return await self._bind(email, data.captcha, Expects.ONE, request, caller)

    async def _bind(
        self, address: str, code: str, expects: Expects, request: AnyRequest, caller: Caller
    ) -> Done:
        ask = bindings.BindAddress(
            user_id=caller.user_id, proof=self._proof(address, code, request), expects=expects
        )
        await self.core.bus.ask(bindings.bind_address, ask, caller=caller)
        return Done()

    async def leave(self, data: views.Cancelling, request: AnyRequest, caller: Caller) -> Done:
        """Delete one's account for good, by a code to one's own phone or e-mail address."""
        if data.phone:
            address = rules.phone(data.phone)
        elif data.email:
            address = addresses.email(data.email)
        else:
            raise Refused("请填写手机号或邮箱")
        ask = deletion.DeleteAccount(
            user_id=caller.user_id, proof=self._proof(address, data.captcha, request)
        )
        await self.core.bus.ask(deletion.delete_account, ask, caller=caller)
        await self.core.sessions.catch_up()
        return Done()

    def _proof(
        self, address: str, code: str, request: AnyRequest, purpose: str = PURPOSE
    ) -> codes.ByCode:
        ip = self.core.clients.ip(request)
        return codes.ByCode(address=address, purpose=purpose, code=code, ip=ip)
