"""What this dialect says about the shape of its parameters."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import phonenumbers
from msgspec import UnsetType

from gateway.dialects.yunhu import ids, words
from gateway.dialects.yunhu.moments import CHINA, EARLIEST
from gateway.dialects.yunhu.views import Amount
from gateway.dialects.yunhu.words import Refused
from shared import addresses
from shared.contracts import invitations, profile, remarks
from shared.contracts.points import HUNDREDTHS
from shared.texts import LONGEST_NICKNAME

SHORTEST_PASSWORD = 6
"""Characters: clients refuse to send fewer (reference 1.1)."""

DIGITS = 6
"""Of a code."""


def phone(text: str) -> str:
    """Give a phone number as E.164: a Chinese one unless it begins with a plus.

    >>> phone("13912345678"), phone("+85251234567")
    ('+8613912345678', '+85251234567')
    """
    if text.startswith("+") and not text.startswith("+86"):
        return addresses.e164(text)
    return addresses.phone("86", text)


def shown_phone(e164: str | None) -> str:
    """Write a phone number as clients show and send it.

    >>> shown_phone("+8613912345678"), shown_phone("+85251234567"), shown_phone(None)
    ('13912345678', '+85251234567', '')
    """
    if not e164:
        return ""
    parsed = phonenumbers.parse(e164)
    if parsed.country_code != 86:
        return e164
    return phonenumbers.national_significant_number(parsed)


def new_password(text: str) -> str:
    """Accept a password of at least 6 characters."""
    if len(text) < SHORTEST_PASSWORD:
        raise Refused(f"密码至少需要{SHORTEST_PASSWORD}位")
    return text


def nickname(text: str) -> str:
    """Accept a nickname of 1 to 64 characters; whether it can be seen is for others to say."""
    if not 1 <= len(text) <= LONGEST_NICKNAME:
        raise Refused(f"昵称长度为1到{LONGEST_NICKNAME}个字符")
    return text


def within(text: str, most: int, what: str, least: int = 0) -> str:
    """Accept a text of a protobuf message that is not longer than it may be."""
    if not least <= len(text) <= most:
        raise Refused(f"{what}长度为{least}到{most}个字符")
    return text


def picture(url: str) -> str:
    """Accept the whole address of a picture that was uploaded, or none."""
    if url and not (len(url) <= profile.LONGEST_PICTURE_URL and _is_web(url)):
        raise Refused("图片地址不正确")
    return url


def avatar(url: str) -> str:
    """Accept the address of an avatar; nobody takes theirs away without another."""
    if not url:
        raise Refused("图片地址不正确")
    return picture(url)


def _is_web(url: str) -> bool:
    if any(c.isspace() or ord(c) < 0x20 or c in '<>"' for c in url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.username is None and bool(host)


def user(text: str) -> int:
    """Give the number of a person's id; a word that is none is nobody's."""
    return _number(text, words.NO_SUCH_USER)


def group(text: str) -> int:
    """Give the number of a group's id."""
    return _number(text, words.NO_SUCH_GROUP)


def bot(text: str) -> int:
    """Give the number of a bot's id."""
    return _number(text, words.NO_SUCH_BOT)


def chat(text: str) -> int:
    """Give the number of an id, whatever it names."""
    return _number(text, "对象不存在")


def category(number: int) -> int:
    """Accept what may be the number of a category of groups."""
    if not 0 <= number < 2**31:
        raise Refused("群聊分类不存在")
    return number


def _number(text: str, otherwise: str) -> int:
    found = ids.number(text)
    if found is None:
        raise Refused(otherwise)
    return found


def location_code(text: str | UnsetType) -> str | UnsetType:
    """Accept the number of a district, letters and digits, or none."""
    if text and not (text.isascii() and text.isalnum()):
        raise Refused("地区编码不正确")
    return text


def invite_code(text: str) -> str:
    """Accept an invitation code that somebody chooses: 4 to 16 letters and digits."""
    good = text.isascii() and text.isalnum()
    if not (good and invitations.SHORTEST_CODE <= len(text) <= invitations.LONGEST_CODE):
        raise Refused(
            f"邀请码由{invitations.SHORTEST_CODE}到{invitations.LONGEST_CODE}位字母或数字组成"
        )
    return text


# ---------------------------------------------------------------------------------- birthdays


def birthday(seconds: int) -> tuple[date | None, int]:
    """Give the day, in China, of a moment, and the second of it; 0 is what clients send for none.

    Some send midnight in China, some midnight in UTC: both are the same day in China, and each
    client reads the moment again that it sent.

    >>> birthday(1762876800), birthday(1762905600), birthday(0)
    ((datetime.date(2025, 11, 12), 0), (datetime.date(2025, 11, 12), 28800), (None, 0))
    """
    if seconds == 0:
        return None, 0
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        raise Refused("生日不正确") from None
    if not EARLIEST <= moment <= datetime.now(UTC):
        raise Refused("生日不正确")
    born = moment.astimezone(CHINA)
    return born.date(), (born.hour * 60 + born.minute) * 60 + born.second


def birthday_seconds(day: date | None, second: int = 0) -> int:
    """Give a moment of a birthday in China; 0 for none.

    >>> birthday_seconds(date(2025, 11, 12)), birthday_seconds(None)
    (1762876800, 0)
    """
    if day is None:
        return 0
    return int(datetime(day.year, day.month, day.day, tzinfo=CHINA).timestamp()) + second


# ---------------------------------------------------------------------------------- remarks


class _Extra(msgspec.Struct):
    key: str = ""
    value: str = ""


def extras(text: str) -> list[remarks.Extra]:
    """Read the JSON array of `{key, value}` that clients send as text.

    >>> extras(""), len(extras('[{"key":"他是","value":"我的朋友"}]'))
    ([], 1)
    """
    if not text.strip():
        return []
    try:
        rows = msgspec.json.decode(text, type=list[_Extra])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Refused("备注格式不正确") from None
    if len(rows) > remarks.EXTRAS_MOST or any(
        len(row.key) > remarks.LONGEST_KEY or len(row.value) > remarks.LONGEST_VALUE for row in rows
    ):
        raise Refused("备注内容过长")
    return [remarks.Extra(key=row.key, value=row.value) for row in rows]


def extras_text(rows: list[remarks.Extra]) -> str:
    """Write them as they are read; no rows are an empty text, as clients keep it."""
    if not rows:
        return ""
    return msgspec.json.encode([{"key": row.key, "value": row.value} for row in rows]).decode()


# ---------------------------------------------------------------------------------- coins


def coins(hundredths: int) -> Amount:
    """Write an amount of points as coins: whole ones without a point.

    >>> coins(5501), coins(200), coins(-1)
    (55.01, 2, -0.01)
    """
    whole, rest = divmod(hundredths, HUNDREDTHS)
    return hundredths / HUNDREDTHS if rest else whole
