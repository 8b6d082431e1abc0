"""What this dialect's page says about the shape of its parameters."""

import contextlib
import re
import secrets
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from urllib.parse import parse_qsl

from litestar.types import HTTPScope

from gateway.dialects.leaf.envelope import (
    BAD_CODE,
    BAD_EMAIL,
    BAD_NAME,
    BAD_PARAMETER,
    BAD_ROLE,
    LONG_PASSWORD,
    NO_NAME,
    NO_SUCH_USER,
    SHORT_PASSWORD,
    TOO_MANY,
    WRONG_FILE_TYPE,
    Refused,
)
from shared import addresses
from shared.contracts import accounts
from shared.contracts.profile import Gender
from shared.errors import InvalidAddress
from shared.texts import NOT_IN_LINE, NOT_IN_TEXT, is_nickname

SHANGHAI = timezone(timedelta(hours=8))
"""The zone in which this dialect shows moments (reference 1.6)."""

NO_BIRTHDAY = date(1970, 1, 1)
"""What stands for a birthday that nobody gave."""

PASSWORD_LEAST, PASSWORD_MOST = 6, 1024
"""Bytes of a password at least; characters at most (ours: it is hashed whole)."""

CODE_DIGITS = 4
NAME_MOST, SIGN_MOST = 30, 50
"""Characters (the first server's columns)."""

LONGEST_KNOWN_NAME = 64
"""A name that was given through another dialect may be longer than this one would give."""

KEYWORD_MOST = 254
"""Characters: an e-mail address has no more."""

LARGEST_ID = 2**63 - 1

PAGE_DEFAULT, PAGE_MOST = 15, 30
FOLLOWS_DEFAULT = 10
DEEPEST_PAGE = 10**6

_CODE = re.compile(r"[0-9]{4}\Z")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}\Z")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\Z")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def email(text: str) -> str:
    """Accept an e-mail address, without blanks around it."""
    try:
        return addresses.email(text)
    except InvalidAddress:
        raise Refused(BAD_EMAIL) from None


def email_in_query(*given: str | None) -> str:
    """Accept an e-mail address of a URL, under one name or under several that agree.

    Clients do not encode what they put into a URL, so that a plus arrives as a blank.

    >>> email_in_query("tom smith@example.com", None)
    'tom+smith@example.com'
    """
    found = {email(text.strip().replace(" ", "+")) for text in given if text is not None}
    if len(found) != 1:
        raise Refused(BAD_EMAIL if not found else BAD_PARAMETER)
    return found.pop()


def new_password(text: str) -> str:
    """Accept a password of at least 6 bytes."""
    if len(text.encode()) < PASSWORD_LEAST:
        raise Refused(SHORT_PASSWORD)
    if len(text) > PASSWORD_MOST:
        raise Refused(LONG_PASSWORD)
    return text


def code(text: str) -> str:
    """Accept four digits, as codes have here; nothing is not a code."""
    if not _CODE.match(text):
        raise Refused(BAD_CODE)
    return text


def shown_code(text: str) -> str:
    """Give the code that somebody shows to log in; what cannot be one is wrong, and counts so."""
    return text if _CODE.match(text) else ""


def name(text: str) -> str:
    """Accept a username of 1 to 30 characters in one line, blanks among them."""
    if not text:
        raise Refused(NO_NAME)
    if len(text) > NAME_MOST or not is_nickname(text) or text != text.strip():
        raise Refused(BAD_NAME)
    return text


def sign(text: str) -> str:
    """Accept a signature of at most 50 characters."""
    if len(text) > SIGN_MOST or NOT_IN_TEXT.search(text):
        raise Refused(BAD_PARAMETER)
    return text


def gender(number: int) -> Gender:
    """Accept unknown, male or female."""
    if number not in (Gender.UNKNOWN, Gender.MALE, Gender.FEMALE):
        raise Refused(BAD_PARAMETER)
    return Gender(number)


def role(number: int | None) -> accounts.Role:
    """Accept one of the four roles."""
    if number is None or number not in set(accounts.Role):
        raise Refused(BAD_ROLE)
    return accounts.Role(number)


def user_id(number: int) -> int:
    """Accept what may be an id; 0 stands for none."""
    if number < 1:
        raise Refused(BAD_PARAMETER)
    return number


def person(text: str | None) -> int:
    """Read an id of a query; nonsense is the id of nobody."""
    number = whole(text)
    if number is None or not 1 <= number <= LARGEST_ID:
        raise Refused(NO_SUCH_USER)
    return number


def keyword(text: str) -> str:
    """Read what is looked for; a blank where it makes an e-mail address stands for a plus.

    >>> keyword("tom smith@example.com"), keyword(" Tom Smith ")
    ('tom+smith@example.com', 'Tom Smith')
    """
    text = text.strip()
    with contextlib.suppress(InvalidAddress):
        return addresses.email(text.replace(" ", "+"))
    return text


def is_keyword(text: str) -> bool:
    """Whether anybody could be found by this."""
    return 1 <= len(text) <= KEYWORD_MOST and not NOT_IN_LINE.search(text)


def birthday(text: str) -> date:
    """Accept `YYYY-MM-DD`, with or without zeros in front, or a moment of RFC 3339.

    A moment means the day that it was in Shanghai, as this dialect shows them.

    >>> birthday("1970-1-1"), birthday("2000-02-29T20:00:00Z")
    (datetime.date(1970, 1, 1), datetime.date(2000, 3, 1))
    """
    with contextlib.suppress(ValueError, OverflowError):
        if found := _DATE.match(text):
            return date(*map(int, found.groups()))
        moment = datetime.fromisoformat(text)
        if "T" in text.upper() and moment.tzinfo is not None:
            return moment.astimezone(SHANGHAI).date()
    raise Refused(BAD_PARAMETER)


def moment(at: datetime) -> str:
    """Write a moment as Go does: RFC 3339 in Shanghai's zone, to the millisecond, no more zeros.

    >>> from datetime import UTC
    >>> moment(datetime(2023, 1, 17, 10, 31, 32, 310000, UTC))
    '2023-01-17T18:31:32.31+08:00'
    """
    local = at.astimezone(SHANGHAI)
    fraction = f"{local.microsecond // 1000:03d}".rstrip("0")
    seconds = local.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{seconds}{'.' if fraction else ''}{fraction}+08:00"


def midnight(day: date) -> str:
    """Write a day as the moment it began in Shanghai."""
    return f"{day.isoformat()}T00:00:00+08:00"


def masked(address: str | None) -> str:
    """Hide most of an e-mail address: first and last letter of the local part are left.

    >>> masked("john.doe@x.com"), masked("12@qq.com"), masked("1@qq.com"), masked(None)
    ('j****e@x.com', '****2@qq.com', '****@qq.com', '')
    """
    if address is None:
        return ""
    local, _, domain = address.rpartition("@")
    first = local[0] if len(local) > 2 else ""
    last = local[-1] if len(local) > 1 else ""
    return f"{first}****{last}@{domain}"


def plain_email(text: str) -> str:
    """Accept an e-mail address that is not a masked one, posted back from a list."""
    if "*" in text:
        raise Refused(BAD_EMAIL)
    return email(text)


def changed(posted: str, shown: str, rule: Callable[[str], str]) -> str:
    """Accept what is posted back as it was shown, and by a rule what is not.

    Clients post back everything that they were shown, and another dialect may have given what this
    one would not: a longer name, or no e-mail address at all.
    """
    return posted if posted == shown else rule(posted)


def picture(content: bytes) -> bytes:
    """Accept what begins like PNG or JPEG, whatever its file is called."""
    if not content.startswith(_PICTURES):
        raise Refused(WRONG_FILE_TYPE)
    return content


def whole(text: str | None) -> int | None:
    """Read a whole number of a query; what is none is nothing."""
    return int(text) if text is not None and _NUMBER.match(text) else None


def page(number: str | None, size: str | None, default: int = PAGE_DEFAULT) -> tuple[int, int]:
    """Read which page of which size: nonsense is the default, more than 30 is refused.

    >>> page("2", "30"), page("0", "-1"), page("x", None)
    ((2, 30), (1, 15), (1, 15))
    """
    wanted = whole(size)
    if wanted is not None and wanted > PAGE_MOST:
        raise Refused(TOO_MANY)
    rows = wanted if wanted is not None and wanted >= 1 else default
    return min(max(whole(number) or 1, 1), DEEPEST_PAGE), rows


def query_in_path(scope: HTTPScope, after: bytes) -> dict[str, str]:
    """Read what follows `after` in a path as a query: `search&keyword=…` for `search?keyword=…`.

    A query of the usual kind may follow.
    """
    _, _, rest = scope["raw_path"].partition(after)
    written = rest + b"&" + scope["query_string"]
    return dict(parse_qsl(written.decode("latin-1"), keep_blank_values=True))


def new_name() -> str:
    """Make a username of about 20 characters, for those who cannot choose one at first."""
    return f"user_{_base36(time.time_ns())}{secrets.randbelow(1000):03d}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return digits or "0"
