"""What this dialect's page, and the clients written for it, say about its parameters."""

import re
from collections.abc import Callable
from functools import partial

from gateway.dialects.thinksns.checks import MISSING, UNSHOWABLE, Wrong
from shared import addresses
from shared.contracts.pictures import key_of_node
from shared.contracts.postal_addresses import LONGEST
from shared.texts import NOT_IN_LINE, NOT_IN_TEXT

NAME_WIDTH = (2, 12)
"""Width of a user name: ASCII counts a half, anything else one (reference 5)."""

PASSWORD_CHARACTERS = (6, 128)
"""Of a new password; clients ask for at least 6 (reference 5)."""

KNOWN_PASSWORD_MOST = 1024
"""A password that was set through another dialect may be longer than this one would set."""

EMAIL_MOST = 128
"""Characters of one to register or bind (reference 5)."""

BIO_MOST = 255
"""Characters: the column of the upstream table (reference 5)."""

LOCATION_MOST = 191
"""Characters (reference 5)."""

CODE_DIGITS = 6
"""Of a code; what comes as a number has lost the zeros that it began with."""

TOKEN_MOST = 4096
"""Characters in a token."""

LOGIN_MOST = 254
"""Characters in what somebody logs in with."""

_NAME = re.compile(r"^[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*\Z")
_PHONE = re.compile(r"^(?:\+?0{0,2}86[- ]?)?(1[3-9][0-9]{9})\Z")
_CODE = re.compile(r"^[0-9]{1,8}\Z")
_CALLING_CODE = "+86"

SEXES = (0, 1, 2)
"""Undisclosed, male, female."""


def width(text: str) -> float:
    """Give how wide a text is shown: ASCII is half as wide as anything else.

    >>> width("abc"), width("小小n")
    (1.5, 2.5)
    """
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def user_name(text: str) -> str:
    """Accept a new user name: letters, digits, `_`, anything beyond ASCII; no digit first."""
    if not _NAME.match(text) or NOT_IN_LINE.search(text):
        raise Wrong("用户名只能以非特殊字符和数字开头,且不能包含特殊字符")
    if not NAME_WIDTH[0] <= width(text) <= NAME_WIDTH[1]:
        raise Wrong("用户名长度为 2 到 12 个汉字,或 4 到 24 个字母、数字")
    return text


def is_user_name(text: str) -> bool:
    """Whether a text could be a new user name."""
    try:
        user_name(text)
    except Wrong:
        return False
    return True


def is_phone(text: str) -> bool:
    """Whether a text is a mainland mobile number, with or without its prefix."""
    return _PHONE.match(text) is not None


def phone(text: str) -> str:
    """Give a mainland mobile number as E.164, however its prefix is written.

    >>> phone("18818181818"), phone("+86-18818181818")
    ('+8618818181818', '+8618818181818')
    """
    found = _PHONE.match(text)
    if not found:
        raise Wrong("请输入正确的手机号码")
    return f"{_CALLING_CODE}{found[1]}"


def known_phone(text: str) -> str:
    """Give what may be somebody's number as E.164: one of another country begins with a plus.

    Such a one cannot be bound here, but may have been through another dialect.
    """
    if text.startswith("+") and not is_phone(text):
        return addresses.e164(text)
    return phone(text)


def mobile(text: str) -> str:
    """Give a mainland mobile number as its eleven digits."""
    return phone(text).removeprefix(_CALLING_CODE)


def shown_phone(e164: str) -> str:
    """Show a number as clients know it: eleven digits, or in full where it is not Chinese."""
    return e164.removeprefix(_CALLING_CODE)


def email(text: str) -> str:
    """Accept an e-mail address to register or bind, of at most 128 characters."""
    if len(text) > EMAIL_MOST:
        raise Wrong(f"{{field}}不能超过 {EMAIL_MOST} 个字符")
    return addresses.email(text)


def known_email(text: str) -> str:
    """Give what may be somebody's e-mail address: a longer one may be, through another dialect."""
    return addresses.email(text)


def known_address(text: str) -> str:
    """Give what may be somebody's address: an e-mail address, or a phone number."""
    return known_email(text) if "@" in text else known_phone(text)


def login(text: str) -> str:
    """Give what somebody logs in with: a phone number in full, or the text as it is."""
    if is_phone(text):
        return phone(text)
    if len(text) > LOGIN_MOST:
        raise Wrong("账号过长")
    return text


def new_password(text: str) -> str:
    """Accept a password of 6 to 128 characters."""
    if not PASSWORD_CHARACTERS[0] <= len(text) <= PASSWORD_CHARACTERS[1]:
        raise Wrong(f"密码长度为 {PASSWORD_CHARACTERS[0]} 到 {PASSWORD_CHARACTERS[1]} 个字符")
    return text


def known_password(text: str) -> str:
    """Accept what may be somebody's password."""
    if len(text) > KNOWN_PASSWORD_MOST:
        raise Wrong("密码过长")
    return text


def code(value: int | str | None) -> str:
    """Accept a code as a text or as a number, which a query can only hold as a text.

    >>> code(12345), code("12345"), code("012345")
    ('012345', '012345', '012345')
    """
    if value is None:
        raise Wrong(MISSING)
    text = str(value)
    if not _CODE.match(text):
        raise Wrong("验证码错误或者已失效")
    return text.zfill(CODE_DIGITS)


def bio(text: str | None) -> str:
    """Accept a bio of several lines, or none."""
    return lines(BIO_MOST)(text or "")


def location(text: str | None) -> str:
    """Accept where somebody is, or nothing."""
    return line(LOCATION_MOST)(text or "")


def line(most: int) -> Callable[[str], str]:
    """Accept one line of so many characters."""
    return partial(_text, most=most, refused=NOT_IN_LINE)


def lines(most: int) -> Callable[[str], str]:
    """Accept a text of so many characters."""
    return partial(_text, most=most, refused=NOT_IN_TEXT)


def _text(text: str, most: int, refused: re.Pattern[str]) -> str:
    if len(text) > most:
        raise Wrong(f"{{field}}不能超过 {most} 个字符")
    if refused.search(text):
        raise Wrong(UNSHOWABLE)
    return text


def sex(value: int | None) -> int:
    """Accept 0, 1 or 2; nothing stands for 0."""
    if (value or 0) not in SEXES:
        raise Wrong("性别只能是 0、1 或 2")
    return value or 0


def picture(node: str | None) -> str | None:
    """Give the key of the picture that a node names; no node stands for no picture."""
    if node is None:
        return None
    key = key_of_node(node)
    if key is None:
        raise Wrong("文件不存在")
    return key


def gb18030(text: str, most: int) -> str:
    """Accept a text of so many bytes in GB18030: ASCII 1, common Chinese 2, emoji 4.

    >>> gb18030("成都市", 6)
    '成都市'
    """
    try:
        size = len(text.encode("gb18030"))
    except UnicodeEncodeError:
        raise Wrong(UNSHOWABLE) from None
    if size > most:
        raise Wrong(f"{{field}}不能超过 {most} 个字符(一个汉字算两个字符)")
    if NOT_IN_LINE.search(text):
        raise Wrong(UNSHOWABLE)
    return text


def gb18030_of(field: str) -> Callable[[str], str]:
    """Accept what fits into a field of an address."""
    return partial(gb18030, most=LONGEST[field])


def postcode(text: str) -> str:
    """Accept six digits."""
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise Wrong("邮政编码必须是 6 位数字")
    return text


def truth(value: bool | int | str | None) -> bool:
    """Accept a boolean as clients write it: true, false, 1, 0, "1", "0"."""
    if value is None:
        raise Wrong(MISSING)
    known = {True: True, False: False, "1": True, "0": False, "true": True, "false": False}
    if value not in known:
        raise Wrong("{field}只能是是或者否")
    return known[value]
