"""Pictures with characters that a person reads. Auth answers."""

from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Ip, Message, Secret
from shared.errors import AppError, Kind, LimitReached


class NoSuchCaptcha(AppError):
    """There is no such captcha, or its time is over."""

    code, kind = "auth.no_such_captcha", Kind.NOT_FOUND


class WrongCaptcha(AppError):
    """The picture shows something else; ask for a new one."""

    code, kind = "auth.wrong_captcha", Kind.INVALID


class MakeCaptcha(Message):
    """Draw a picture with characters to be read by a person."""

    ip: Ip


class Captcha(Message):
    """A captcha that waits to be solved, for five minutes."""

    captcha_id: str


class CaptchaById(Message):
    """Which captcha."""

    captcha_id: Annotated[str, Meta(max_length=64)]


class CaptchaPicture(Message):
    """What is shown."""

    png: bytes


class CaptchaAnswer(Message):
    """What is to be read (development only)."""

    answer: Secret


class SolveCaptcha(Message):
    """Answer a captcha: one try, which uses it up."""

    captcha_id: Annotated[str, Meta(max_length=64)]
    answer: Secret


make_captcha = Call("auth.captchas.make", MakeCaptcha, Captcha, (LimitReached,))
captcha_picture = Call(
    "auth.captchas.picture", CaptchaById, CaptchaPicture, (NoSuchCaptcha,), read_only=True
)
captcha_answer = Call(
    "auth.captchas.answer", CaptchaById, CaptchaAnswer, (NoSuchCaptcha,), read_only=True
)
"""Served in development only."""
solve_captcha = Call("auth.captchas.solve", SolveCaptcha, type(None), (NoSuchCaptcha, WrongCaptcha))
