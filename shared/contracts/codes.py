"""Codes that are sent to an address, to prove that it is in the hands of who asks. Auth answers."""

from typing import Annotated

from msgspec import Meta

from shared.contract import Address, Call, Ip, Message, Purpose, Secret
from shared.contracts.captchas import NoSuchCaptcha, SolveCaptcha, WrongCaptcha
from shared.contracts.human_checks import HumanCheckNeeded
from shared.contracts.sessions import DeviceId
from shared.errors import AppError, Kind, LimitReached


class WrongCode(AppError):
    """The code is not the one that was sent."""

    code, kind = "auth.wrong_code", Kind.INVALID


class ExpiredCode(AppError):
    """The code was sent too long ago; ask for a new one."""

    code, kind = "auth.expired_code", Kind.INVALID


class UnknownVerification(AppError):
    """The verification token is unknown, used or too old."""

    code, kind = "auth.unknown_verification", Kind.NOT_FOUND


class SendCode(Message):
    """Send a code of six digits to a phone or an e-mail address."""

    address: Address
    purpose: Purpose
    ip: Ip
    lifetime: Annotated[int, Meta(ge=30, le=600)] = 300
    """Seconds."""
    cooldown: Annotated[int, Meta(ge=0, le=600)] = 60
    """Seconds before another code may go to this address for this purpose."""
    digits: Annotated[int, Meta(ge=4, le=8)] = 6
    locale: str = "zh-CN"
    needs_pass: bool = False
    """Spend a pass of this address on it (`human_checks`), or refuse with `HumanCheckNeeded`; the
    pass is kept if the code could not be sent."""
    captcha: SolveCaptcha | None = None
    """The answer to a captcha, which is used up by this. Without one, and without a pass, a code is
    refused with `HumanCheckNeeded` after too many that nobody has shown (production)."""
    device_id: DeviceId = ""
    """If given, codes are counted by it as well."""


class CheckCode(Message):
    """Show a code that was sent; it is used up by this if it is right."""

    address: Address
    purpose: Purpose
    code: Secret
    """Never right if it is empty, or if none was sent."""
    ip: Ip


class ByCode(CheckCode, tag="code"):
    """Prove an address with the code itself; five wrong tries burn it, ten an hour are counted.

    By `ip` it is known whether the owner of the address shows it: what strangers do wrong does not
    close the address to their networks.

    The code is used up when what it is shown for is done (or the address turns out to be taken),
    and stays good when that is refused for another reason.
    """


class ByToken(Message, tag="token"):
    """Prove an address with the token that `check_code` gave for a code."""

    token: Secret
    purpose: Purpose


Proof = ByCode | ByToken
"""What shows that an address is in the hands of who asks."""


class Verification(Message):
    """Proof, good once and for ten minutes, that an address is in the hands of who asks."""

    token: Secret


send_code = Call(
    "auth.codes.send",
    SendCode,
    type(None),
    (LimitReached, HumanCheckNeeded, NoSuchCaptcha, WrongCaptcha),
)
"""The signed caller, if there is one, is whose account the code counts for, beside that of whoever
has the address."""

check_code = Call("auth.codes.check", CheckCode, Verification, (WrongCode, ExpiredCode))
