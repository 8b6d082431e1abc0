"""Judging the parameters of a request: all that are wrong are told at once, by field."""

from collections.abc import Callable
from typing import TypeVar, cast

from msgspec import UNSET, UnsetType

from shared.errors import AppError, InvalidAddress, Kind, UnusableText

T = TypeVar("T")
V = TypeVar("V")


class Wrong(Exception):
    """A value that a rule does not accept; the text is for a person to read."""


class Invalid(AppError):
    """Some parameters are not right."""

    code, kind = "thinksns.invalid", Kind.INVALID

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(next((texts[0] for texts in errors.values() if texts), None))

    @classmethod
    def at(cls, field: str, text: str) -> "Invalid":
        """Say what is wrong with one field."""
        return cls({field: [text]})


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
            self.wrong(field, "格式不正确")
        except UnusableText:
            self.wrong(field, "含有无法显示的字符")
        return cast(T, None)

    def change(self, field: str, rule: Callable[[V], T], value: V | UnsetType) -> T | UnsetType:
        """Apply a rule to what is given, and leave alone what is not."""
        return UNSET if isinstance(value, UnsetType) else self.of(field, rule, value)

    def wrong(self, field: str, text: str) -> None:
        """Note that a field is not right."""
        self._errors.setdefault(field, []).append(text)

    def end(self) -> None:
        """Raise `Invalid` if anything was not right."""
        if self._errors:
            raise Invalid(self._errors)


def given(value: T | None) -> T:
    """Accept anything but nothing."""
    if value is None:
        raise Wrong("不能为空")
    return value


def optional(rule: Callable[[V], T]) -> Callable[[V | None], T | None]:
    """Accept nothing too."""
    return lambda value: None if value is None else rule(value)


def required(rule: Callable[[V], T]) -> Callable[[V | None], T]:
    """Accept anything that the rule does, but not nothing."""
    return lambda value: rule(given(value))
