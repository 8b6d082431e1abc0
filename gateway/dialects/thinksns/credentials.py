"""What opens an account: passwords, the phone number, the e-mail address."""

from typing import Any

from litestar import Request

from gateway.core import Core
from gateway.dialects.thinksns import inputs, rules
from gateway.dialects.thinksns.accounts import MAIL, SMS
from gateway.dialects.thinksns.checks import Checks, Invalid, optional, required
from gateway.dialects.thinksns.codes import FOR_KNOWN, FOR_NEW
from gateway.dialects.thinksns.envelope import Refused
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import accounts, bindings, codes, passwords
from shared.contracts.bindings import AddressKind

AnyRequest = Request[Any, Any, Any]


class Credentials(Handlers):
    """Changes what opens an account."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def change_password(
        self, data: inputs.NewPassword, request: AnyRequest, caller: Caller
    ) -> None:
        """Set another password, or a first one; the other sessions end."""
        checks = Checks()
        present = checks.of("old_password", optional(rules.known_password), data.old_password)
        new = checks.of("password", required(rules.new_password), data.password)
        if data.password is not None and data.password_confirmation != data.password:
            checks.wrong("password", "两次输入的密码不一致")
        if data.password is not None and data.password == data.old_password:
            checks.wrong("password", "新密码不能与旧密码相同")
        checks.end()
        ask = passwords.ChangePassword(
            user_id=caller.user_id,
            session_id=caller.session_id,
            present=present,
            new=new,
            ip=self.core.clients.ip(request),
        )
        try:
            await self.core.bus.ask(passwords.change_password, ask, caller=caller)
        except passwords.WrongPassword:
            raise Invalid.at("old_password", "旧密码不正确") from None
        await self.core.sessions.catch_up()

    async def retrieve_password(self, data: inputs.RetrievedPassword, request: AnyRequest) -> None:
        """Set a password by right of a code; every session ends."""
        if data.phone is not None and data.email is not None:
            raise Refused(400, "手机号码和邮箱地址只能填写一个")
        checks = Checks()
        if data.verifiable_type == MAIL:
            address = checks.of("email", required(rules.known_email), data.email)
        elif data.verifiable_type == SMS:
            address = checks.of("phone", required(rules.known_phone), data.phone)
        else:
            address = ""
            checks.wrong("verifiable_type", "{field}只能是 mail 或者 sms")
        code = checks.of("verifiable_code", rules.code, data.verifiable_code)
        password = checks.of("password", required(rules.new_password), data.password)
        checks.end()
        ip = self.core.clients.ip(request)
        proof = codes.ByCode(address=address, purpose=FOR_KNOWN, code=code, ip=ip)
        ask = passwords.ResetPassword(proof=proof, new=password, ip=ip)
        try:
            await self.core.bus.ask(passwords.reset_password, ask)
        except accounts.NoSuchAccount:
            raise Invalid.at("email" if "@" in address else "phone", "用户不存在") from None
        await self.core.sessions.catch_up()

    async def change_address(
        self, data: inputs.NewAddress, request: AnyRequest, caller: Caller
    ) -> None:
        """Have another phone number or e-mail address, by a code that was sent to it."""
        checks = Checks()
        address = ""
        if (data.phone is None) == (data.email is None):
            for field in ("phone", "email"):
                checks.wrong(field, "请填写手机号码或者邮箱地址中的一个")
        elif data.email is not None:
            address = checks.of("email", rules.email, data.email)
        else:
            address = checks.of("phone", required(rules.phone), data.phone)
        code = checks.of("verifiable_code", rules.code, data.verifiable_code)
        checks.end()
        proof = codes.ByCode(
            address=address, purpose=FOR_NEW, code=code, ip=self.core.clients.ip(request)
        )
        ask = bindings.BindAddress(user_id=caller.user_id, proof=proof)
        await self.core.bus.ask(bindings.bind_address, ask, caller=caller)

    async def unbind_phone(
        self, data: inputs.Unbinding, request: AnyRequest, caller: Caller
    ) -> None:
        """Have no phone number any more; there must be an e-mail address."""
        await self._unbind(AddressKind.PHONE, data, request, caller)

    async def unbind_email(
        self, data: inputs.Unbinding, request: AnyRequest, caller: Caller
    ) -> None:
        """Have no e-mail address any more; there must be a phone number."""
        await self._unbind(AddressKind.EMAIL, data, request, caller)

    async def _unbind(
        self, kind: AddressKind, data: inputs.Unbinding, request: AnyRequest, caller: Caller
    ) -> None:
        checks = Checks()
        password = checks.of("password", required(rules.known_password), data.password)
        code = checks.of("verifiable_code", rules.code, data.verifiable_code)
        checks.end()
        account = await self.core.bus.ask(
            accounts.read_account, accounts.ByUser(user_id=caller.user_id), caller=caller
        )
        address = account.phone if kind is AddressKind.PHONE else account.email
        if address is None:
            raise bindings.NothingBound()
        ip = self.core.clients.ip(request)
        ask = bindings.UnbindAddress(
            user_id=caller.user_id,
            kind=kind,
            password=password,
            proof=codes.ByCode(address=address, purpose=FOR_KNOWN, code=code, ip=ip),
            ip=ip,
        )
        await self.core.bus.ask(bindings.unbind_address, ask, caller=caller)
