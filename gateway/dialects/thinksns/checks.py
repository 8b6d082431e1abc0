"""Judging the parameters of a request: all that are wrong are told at once, by field."""

from collections.abc import Callable
from typing import TypeVar, cast

from msgspec import UNSET, UnsetType

from shared.errors import AppError, InvalidAddress, Kind, UnusableText

T = TypeVar("T")
V = TypeVar("V")


MISSING = "{field}不能为空"
MISSHAPEN = "{field}格式不正确"
UNSHOWABLE = "{field}含有无法显示的字符"

LABELS = {
    "name": "名称",
    "phone": "手机号码",
    "email": "邮箱地址",
    "login": "账号",
    "password": "密码",
    "old_password": "旧密码",
    "verifiable_code": "验证码",
    "verifiable_type": "验证方式",
    "bio": "简介",
    "location": "地区",
    "sex": "性别",
    "avatar": "头像",
    "bg": "背景图片",
    "alias": "地址别名",
    "province": "省",
    "city": "城市",
    "county": "区县",
    "detail": "详细地址",
    "postcode": "邮政编码",
    "is_default": "默认地址",
    "invite_code": "邀请码",
    "type": "类型",
    "filename": "文件名",
    "hash": "文件校验值",
    "size": "文件大小",
    "mime_type": "文件类型",
    "storage.channel": "存储频道",
    "data.phone_number": "联系电话",
    "data.desc": "认证描述",
    "data.real_name": "真实姓名",
    "data.id_card.number": "身份证号码",
    "data.id_card.front": "身份证正面照片",
    "data.id_card.rear": "身份证背面照片",
    "data.org.name": "企业名称",
    "data.org.address": "企业地址",
    "data.org.certificate": "企业证书",
    "data.person.name": "法人姓名",
    "data.person.number": "法人身份证号码",
}
"""What people call the fields: `{field}` in a text stands for it."""


class Wrong(Exception):
    """A value that a rule does not accept; the text is for a person to read.

    `{field}` in it stands for what people call the field.
    """


def named(field: str, text: str) -> str:
    """Put what people call a field into a text about it.

    >>> named("phone", MISSING)
    '手机号码不能为空'
    """
    return text.replace("{field}", LABELS.get(field, field))


class Invalid(AppError):
    """Some parameters are not right."""

    code, kind = "thinksns.invalid", Kind.INVALID

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(next((texts[0] for texts in errors.values() if texts), None))

    @classmethod
    def at(cls, field: str, text: str) -> "Invalid":
        """Say what is wrong with one field."""
        return cls({field: [named(field, text)]})


class Checks:
    """Applies rules to fields, and refuses in the end if any did not hold."""

    def __init__(self) -> None:
        self._errors: dict[str, list[str]] = {}

    def of(self, field: str, rule: Callable[[V], T], value: V) -> T:
        """Give what a rule makes of a value; what comes of a wrong one is never used.

        `end` raises before anybody could.
        """
        try:
            return rule(value)
        except Wrong as wrong:
            self.wrong(field, str(wrong))
        except InvalidAddress:
            self.wrong(field, MISSHAPEN)
        except UnusableText:
            self.wrong(field, UNSHOWABLE)
        return cast(T, None)

    def change(self, field: str, rule: Callable[[V], T], value: V | UnsetType) -> T | UnsetType:
        """Apply a rule to what is given, and leave alone what is not."""
        return UNSET if isinstance(value, UnsetType) else self.of(field, rule, value)

    def wrong(self, field: str, text: str) -> None:
        """Note that a field is not right."""
        self._errors.setdefault(field, []).append(named(field, text))

    def end(self) -> None:
        """Raise `Invalid` if anything was not right."""
        if self._errors:
            raise Invalid(self._errors)


def given(value: T | None) -> T:
    """Accept anything but nothing."""
    if value is None:
        raise Wrong(MISSING)
    return value


def optional(rule: Callable[[V], T]) -> Callable[[V | None], T | None]:
    """Accept nothing too."""
    return lambda value: None if value is None else rule(value)


def required(rule: Callable[[V], T]) -> Callable[[V | None], T]:
    """Accept anything that the rule does, but not nothing."""
    return lambda value: rule(given(value))
