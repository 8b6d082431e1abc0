"""What goes over the wire: parameters as clients send them, results as they expect them."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.dialects.sealtalk.ids import PublicIds
from shared.contracts.profile import Profile

Region = Annotated[int, Meta(ge=1, le=99999)] | Annotated[str, Meta(min_length=1, max_length=8)]
Number = Annotated[int, Meta(ge=1, lt=10**15)] | Annotated[str, Meta(min_length=1, max_length=20)]
Text = Annotated[str, Meta(min_length=1, max_length=1024)]


class Phone(msgspec.Struct):
    """A phone number in two parts."""

    region: Region
    phone: Number


class CodeWanted(Phone, rename="camel"):
    """Where to send a code, and what a picture shows that was asked for (later clients' names)."""

    pic_code_id: Annotated[str, Meta(max_length=64)] = ""
    pic_code: Annotated[str, Meta(max_length=64)] = ""


class PhoneAndCode(Phone):
    """A phone number and the code that was sent to it."""

    code: Annotated[int, Meta(ge=0, lt=10**8)] | Annotated[str, Meta(min_length=1, max_length=16)]


class PhoneAndPassword(Phone):
    """A phone number and the password of its account."""

    password: Text


class Registration(msgspec.Struct):
    """What a new account is made of."""

    nickname: Text
    password: Text
    verification_token: Text


class NewPassword(msgspec.Struct):
    """A new password, by right of a verified phone."""

    password: Text
    verification_token: Text


class PasswordChange(msgspec.Struct, rename="camel"):
    """A new password, by right of the present one."""

    old_password: Text
    new_password: Text


class Nickname(msgspec.Struct):
    """A new nickname."""

    nickname: Text


class Portrait(msgspec.Struct, rename="camel"):
    """A new portrait."""

    portrait_uri: Text


class VerificationToken(msgspec.Struct, frozen=True):
    """What a right code is exchanged for."""

    verification_token: str


class Id(msgspec.Struct, frozen=True):
    """Somebody's public id."""

    id: str


class LoggedIn(msgspec.Struct, frozen=True):
    """Who one is now, and the token for instant messaging (empty if that cannot be had now)."""

    id: str
    token: str


class Entered(msgspec.Struct, frozen=True, rename="camel"):
    """The same, and by which name: who was new has one that was made up."""

    id: str
    token: str
    nick_name: str


class ImToken(msgspec.Struct, frozen=True, rename="camel"):
    """A token for instant messaging, under the names that different clients read."""

    id: str
    user_id: str
    token: str


class SmsImage(msgspec.Struct, frozen=True, rename="camel"):
    """A picture captcha."""

    url: str
    verify_id: str


class User(msgspec.Struct, frozen=True, rename="camel"):
    """A person as others see them."""

    id: str
    nickname: str
    portrait_uri: str


class RegionName(msgspec.Struct, frozen=True):
    """A region's name in two languages."""

    en: str
    zh: str


class RegionRow(msgspec.Struct, frozen=True):
    """A calling code and where it leads."""

    region: str
    locale: RegionName


def moment(at: datetime) -> str:
    """Write a moment as clients read it: ISO-8601 in UTC, with milliseconds and `Z`."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return f"{text.removesuffix('+00:00')}Z"


def user(profile: Profile, ids: PublicIds) -> User:
    """Show a profile."""
    return User(ids.encode(profile.user_id), profile.nickname, profile.avatar)
