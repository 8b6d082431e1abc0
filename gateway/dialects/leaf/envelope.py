"""How this dialect answers: `{"code","data","msg"}`, with HTTP 200 for whatever is no fault.

The codes are those of its first server (reference 1.2). Its clients know 200, -1 and 3000; of any
other they show `msg`.
"""

from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from litestar import MediaType, Response
from litestar.types import HTTPScope

from gateway import errors as gateway_errors
from shared.contracts import (
    accounts,
    codes,
    follows,
    human_checks,
    logins,
    passwords,
    pictures,
    profile,
    relations,
)
from shared.errors import AppError, Kind

T = TypeVar("T")


class Ok(msgspec.Struct, Generic[T], frozen=True):
    """It is done, and this is the result."""

    code: int
    data: T
    msg: str


Done = Ok[None]
"""It is done, and there is nothing to tell."""


def ok(data: T) -> Ok[T]:
    """Say that it is done, and what came of it."""
    return Ok(200, data, "ok")


def done() -> Done:
    """Say that it is done."""
    return Ok(200, None, "ok")


class Word(NamedTuple):
    """A code of this dialect, and what it says."""

    number: int
    text: str
    status: int = 200


HUMAN_CHECK = Word(-1, "需要人机验证")
FAULT = Word(500, "服务器异常", status=500)
FAILED = Word(1000, "更新失败")
NOT_FOLLOWED = Word(1000, "创建失败")
OWN_ROLE = Word(1000, "不能修改自己的角色")
ONESELF = Word(1000, "不能删除自己")
LAST_ROOT = Word(1000, "不能移除最后一个超级管理员")
STALE_LINK = Word(1020, "链接已经失效")
TOKEN_EXPIRED = Word(3000, "token已过期")
WRONG_CODE = Word(3010, "邮箱验证码错误")
WRONG_PASSWORD = Word(3020, "用户名或密码错误")
NOT_ALLOWED = Word(3030, "用户未授权")
BAD_PARAMETER = Word(4010, "请求参数有误")
UNREADABLE = Word(4010, "请求参数有误", status=400)
TOO_LARGE = Word(4010, "请求参数有误", status=413)
BAD_EMAIL = Word(4010, "邮箱格式错误")
SHORT_PASSWORD = Word(4010, "密码长度至少6位")
LONG_PASSWORD = Word(4010, "密码过长")
WEAK_PASSWORD = Word(4010, "密码过于简单")
BAD_CODE = Word(4010, "邮箱验证码错误")
NO_NAME = Word(4010, "用户名不能为空")
BAD_NAME = Word(4010, "用户名不可用")
BAD_ROLE = Word(4010, "无效的角色")
WRONG_FILE_TYPE = Word(4020, "文件类型不符合要求")
WRONG_FILE_SIZE = Word(4020, "文件大小不符合要求")
NO_FILE = Word(4030, "文件上传失败")
NO_SUCH_USER = Word(4040, "用户不存在")
TOO_MANY = Word(4050, "请求数量过多")
FOLLOWS_ONESELF = Word(4060, "不能关注自己")
NAME_TAKEN = Word(6000, "用户名已存在")
EMAIL_TAKEN = Word(6000, "邮箱已存在")
NOT_SENT = Word(9010, "邮箱验证码发送失败")


class Refused(AppError):
    """This dialect has a word of its own for what is wrong."""

    code, kind = "leaf.refused", Kind.CONFLICT

    def __init__(self, word: Word, retry_after: int | None = None) -> None:
        super().__init__(word.text, number=word.number, retry_after=retry_after)
        self.word = word


_KINDS = {
    Kind.INVALID: BAD_PARAMETER,
    Kind.UNAUTHENTICATED: NOT_ALLOWED,
    Kind.FORBIDDEN: NOT_ALLOWED,
    Kind.NOT_FOUND: NO_SUCH_USER,
    Kind.CONFLICT: FAILED,
    Kind.EXHAUSTED: TOO_MANY,
    Kind.UNAVAILABLE: FAULT,
    Kind.INTERNAL: FAULT,
}

_WORDS: dict[type[AppError], Word] = {
    gateway_errors.BadRequest: UNREADABLE,
    gateway_errors.TooLarge: TOO_LARGE,
    gateway_errors.NoUpload: NO_FILE,
    human_checks.HumanCheckNeeded: HUMAN_CHECK,
    human_checks.ResetNotBegun: HUMAN_CHECK,
    codes.WrongCode: WRONG_CODE,
    codes.ExpiredCode: WRONG_CODE,
    logins.WrongCredentials: WRONG_PASSWORD,
    accounts.AccountDisabled: WRONG_PASSWORD,
    passwords.WeakPassword: WEAK_PASSWORD,
    accounts.EmailTaken: EMAIL_TAKEN,
    accounts.UsernameTaken: NAME_TAKEN,
    accounts.UsernameReserved: BAD_NAME,
    pictures.UnusablePicture: WRONG_FILE_TYPE,
    pictures.PictureTooLarge: WRONG_FILE_SIZE,
    pictures.NotYourPicture: STALE_LINK,
    profile.UnusablePictureUrl: STALE_LINK,
    relations.Oneself: FOLLOWS_ONESELF,
    relations.TooMany: NOT_FOLLOWED,
    follows.NotWelcome: NOT_FOLLOWED,
}

_NOWHERE = (gateway_errors.NotFound, gateway_errors.WrongMethod)
_PRIVATE = {"cache-control": "private, no-store"}


def fail(error: AppError, _: HTTPScope) -> Response[Any]:
    """Say that something failed; where there is no route, in plain text and without an envelope."""
    if isinstance(error, _NOWHERE):
        text = "404 page not found"
        return Response(text, status_code=404, headers=_PRIVATE, media_type=MediaType.TEXT)
    word = _word(error)
    headers = dict(_PRIVATE)
    if error.retry_after:
        headers["retry-after"] = str(error.retry_after)
    body = {"code": word.number, "data": None, "msg": word.text}
    return Response(body, status_code=word.status, headers=headers, media_type="application/json")


def _word(error: AppError) -> Word:
    if isinstance(error, Refused):
        return error.word
    if isinstance(error, gateway_errors.SessionExpired) and error.details.get("use") == "access":
        return TOKEN_EXPIRED
    return _WORDS.get(type(error), _KINDS[error.kind])
