"""What JSON endpoints take and show: keys and types as the documents and real clients have them.

Keys that are not known are passed over. Where clients leave a key out, it has a default here.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

Mobile = Annotated[str, Meta(min_length=1, max_length=20)]
Email = Annotated[str, Meta(min_length=1, max_length=254)]
Captcha = Annotated[str, Meta(min_length=1, max_length=16)]
"""What was sent to a phone or an e-mail address."""

Password = Annotated[str, Meta(min_length=1, max_length=1024)]
DeviceId = Annotated[str, Meta(max_length=512)]
Platform = Annotated[str, Meta(max_length=100)]
Id = Annotated[str, Meta(max_length=64)]
"""Decimal text where it names something, any other word where it names nothing."""

Url = Annotated[str, Meta(max_length=512)]
Flag = Annotated[int, Meta(ge=0, le=1)]

Amount = int | float
"""Coins; a whole number of them has no point."""


# ---------------------------------------------------------------------------------- signing in


class Picture(msgspec.Struct, frozen=True):
    """A picture to be read by a person, as a data URI."""

    b64s: str
    id: str


class CodeWanted(msgspec.Struct, kw_only=True, rename="camel"):
    """What a picture shows, and on which device somebody read it, if the client says so."""

    code: Annotated[str, Meta(max_length=64)]
    id: Annotated[str, Meta(max_length=64)]
    device_id: DeviceId = ""


class SmsWanted(CodeWanted, kw_only=True):
    """Where to send a code by SMS."""

    mobile: Mobile
    platform: Platform = ""


class EmailWanted(CodeWanted, kw_only=True):
    """Where to send a code by e-mail, and whether it is for a new password."""

    email: Email
    typ: Annotated[str, Meta(max_length=64)] = ""


class CodeLogin(msgspec.Struct, rename="camel"):
    """A login with a code that was sent to a phone."""

    mobile: Mobile
    captcha: Captcha
    device_id: DeviceId = ""
    platform: Platform = ""


class EmailLogin(msgspec.Struct, rename="camel"):
    """A login with a password."""

    email: Email
    password: Password
    device_id: DeviceId = ""
    platform: Platform = ""


class Token(msgspec.Struct, frozen=True):
    """What is sent as the header `token` from then on."""

    token: str


class NewPassword(msgspec.Struct):
    """A new password, by right of a code that was sent to the e-mail address."""

    email: Email
    captcha: Captcha
    password: Password


class PhoneProof(msgspec.Struct):
    """A phone number and the code that was sent to it."""

    phone: Mobile
    captcha: Captcha


class EmailProof(msgspec.Struct):
    """An e-mail address and the code that was sent to it."""

    email: Email
    captcha: Captcha


class Cancelling(msgspec.Struct):
    """Leaving for good, by a code that was sent to one's phone or e-mail address."""

    captcha: Captcha
    phone: Annotated[str, Meta(max_length=20)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""


class OfDevice(msgspec.Struct, rename="camel"):
    """Which device."""

    device_id: Annotated[str, Meta(min_length=1, max_length=512)]


# ---------------------------------------------------------------------------------- oneself

RegionPart = Annotated[str, Meta(max_length=60)]


class UserData(msgspec.Struct, rename="camel"):
    """What one says of oneself; a key that is not there leaves it as it is."""

    introduction: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    gender: Annotated[int, Meta(ge=0, le=3)] | UnsetType = UNSET
    birthday: int | UnsetType = UNSET
    province: RegionPart | UnsetType = UNSET
    city: RegionPart | UnsetType = UNSET
    district: RegionPart | UnsetType = UNSET
    location_code: Annotated[str, Meta(max_length=12)] | UnsetType = UNSET


class ShownUserData(msgspec.Struct, frozen=True, rename="camel"):
    """What one said of oneself; `update_time` is the one key that is written so."""

    id: int
    user_id: str
    last_login_time: int
    update_time: int = field(name="update_time")
    introduction: str
    gender: int
    birthday: int
    province: str
    city: str
    district: str
    location_code: str


class UserDataAgain(msgspec.Struct, frozen=True):
    """The page nests it twice."""

    data: ShownUserData


class Remarks(msgspec.Struct, rename="camel"):
    """What one notes about somebody."""

    friend_id: Id
    name: Annotated[str, Meta(max_length=32)] = ""
    phone: Annotated[str, Meta(max_length=32)] = ""
    others: Annotated[str, Meta(max_length=8192)] = ""
    """A JSON array of `{key, value}` as text, or empty."""


class InviteCode(msgspec.Struct):
    """An invitation code."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]


class InviteProgress(msgspec.Struct, frozen=True, rename="camel"):
    """How many one has brought, today and in all, and up to how many that pays."""

    current_number_day: int
    current_number_total: int
    target_number_day: int
    target_number_total: int


# ---------------------------------------------------------------------------------- settings


class Modules(msgspec.Struct, rename="camel"):
    """The parts of the client that are to be hidden on a device."""

    device_id: Annotated[str, Meta(min_length=1, max_length=512)]
    ignore: Annotated[str, Meta(max_length=255)]


class ShownModules(msgspec.Struct, frozen=True, rename="camel"):
    """The parts of the client that are hidden on a device."""

    id: int
    user_id: str
    update_time: int
    device_id: str
    ignore: str


class Ignore(msgspec.Struct, frozen=True):
    """What is hidden."""

    ignore: ShownModules


class OfRegistration(msgspec.Struct, rename="camel"):
    """Which device, by both of its names."""

    device_id: Annotated[str, Meta(min_length=1, max_length=512)]
    registration_id: Annotated[str, Meta(max_length=512)] = ""


class Registration(msgspec.Struct, rename="camel"):
    """How a device is reached, and whether it wants to be."""

    device_id: Annotated[str, Meta(min_length=1, max_length=512)]
    registration_id: Annotated[str, Meta(min_length=1, max_length=512)]
    is_open: Flag
    type: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]


class ShownRegistration(msgspec.Struct, frozen=True, rename="camel"):
    """How a device is reached; zeros where it never registered."""

    id: int
    user_id: str
    device_id: str
    registration_id: str
    is_open: int
    type: int
    del_flag: int
    create_time: int
    update_time: int


class Notification(msgspec.Struct, frozen=True):
    """A device's registration."""

    notification: ShownRegistration


class Advert(msgspec.Struct, frozen=True, rename="camel"):
    """Whether the client is to show an advertisement, and which."""

    android_code_id: str
    bottom_height: int
    ios_code_id: str
    is_show: int


# ---------------------------------------------------------------------------------- coins


class Page(msgspec.Struct):
    """Which page of a list, the first being 1."""

    size: Annotated[int, Meta(ge=1, le=100)] = 20
    page: Annotated[int, Meta(ge=1, le=10**9)] = 1

    @property
    def skip(self) -> int:
        """How many come before it."""
        return (self.page - 1) * self.size


class CoinRecord(msgspec.Struct, frozen=True, rename="camel"):
    """One change of one's coins; before and change make after."""

    id: int
    user_id: str
    typ: int
    before_amount: Amount
    after_amount: Amount
    change_amount: Amount
    reason: str
    remark: str
    create_time: int


class CoinRecords(msgspec.Struct, frozen=True, rename="camel"):
    """A page of changes, and how many there are in all."""

    gold_coin_record: list[CoinRecord]
    total: int


class CoinTasks(msgspec.Struct, frozen=True, rename="camel"):
    """What one has done for coins: today, and of the edits ever."""

    ads_watch_number: int
    avatar_edit_number: int
    nickname_edit_number: int
    raffle_times: int


class ImageToken(msgspec.Struct, frozen=True):
    """Leave to upload a picture, and the host that takes and shows it."""

    token: str
    domain: str
