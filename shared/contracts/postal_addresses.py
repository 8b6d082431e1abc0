"""Postal addresses: where a person has things sent. Answered by the profile service.

Lengths are bytes in GB18030 (ASCII 1, most Chinese characters 2, the rest 4), as the product that
has them counts; a text that GB18030 cannot write is refused.
"""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Message, UserId
from shared.contracts.profile import NoSuchProfile
from shared.errors import AppError, Kind

MOST_ADDRESSES = 20
"""Addresses of one person."""

LONGEST = {"alias": 24, "name": 24, "province": 32, "city": 32, "county": 32, "detail": 160}
"""GB18030 bytes of each field."""

Text = Annotated[str, Meta(max_length=160)]
"""Bounded again in bytes by `LONGEST`."""
Required = Annotated[str, Meta(min_length=1, max_length=160)]
Phone = Annotated[str, Meta(pattern="^1[3-9][0-9]{9}$", extra={"log": "mask"})]
"""A mobile number of mainland China, without its calling code."""
AddressId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Postcode = Annotated[str, Meta(pattern="^[0-9]{6}$")]


class NoSuchPostalAddress(AppError):
    """There is no such address of yours."""

    code, kind = "profile.no_such_postal_address", Kind.NOT_FOUND


class TooManyPostalAddresses(AppError):
    """You have 20 addresses, and no more are kept."""

    code, kind = "profile.too_many_postal_addresses", Kind.CONFLICT


class PostalTextTooLong(AppError):
    """The text in `field` has more than `limit` bytes in GB18030."""

    code, kind = "profile.postal_text_too_long", Kind.INVALID


class PostalAddress(Message):
    """An address of a person."""

    id: int
    user_id: UserId
    name: str
    phone: Phone
    detail: str
    is_default: bool
    created_at: datetime
    updated_at: datetime
    alias: str | None = None
    province: str | None = None
    city: str | None = None
    county: str | None = None
    postcode: str | None = None


class AddPostalAddress(Message):
    """Keep another address of one's own; a default one makes the others none."""

    user_id: UserId
    name: Required
    phone: Phone
    detail: Required
    is_default: bool
    alias: Text | None = None
    province: Text | None = None
    city: Text | None = None
    county: Text | None = None
    postcode: Postcode | None = None


class ChangePostalAddress(Message):
    """Change an address: what is not given stays, null clears what is optional."""

    user_id: UserId
    id: AddressId
    name: Required | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    detail: Required | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    alias: Text | UnsetType | None = UNSET
    province: Text | UnsetType | None = UNSET
    city: Text | UnsetType | None = UNSET
    county: Text | UnsetType | None = UNSET
    postcode: Postcode | UnsetType | None = UNSET


class OnePostalAddress(Message):
    """Which address of one's own."""

    user_id: UserId
    id: AddressId


class OfPerson(Message):
    """Whose addresses."""

    user_id: UserId


list_addresses = Call(
    "profile.postal_addresses.list",
    OfPerson,
    list[PostalAddress],
    (),
    acts_for="user_id",
    read_only=True,
)
"""The newest first."""
read_address = Call(
    "profile.postal_addresses.read",
    OnePostalAddress,
    PostalAddress,
    (NoSuchPostalAddress,),
    acts_for="user_id",
    read_only=True,
)
add_address = Call(
    "profile.postal_addresses.add",
    AddPostalAddress,
    PostalAddress,
    (TooManyPostalAddresses, PostalTextTooLong, NoSuchProfile),
    acts_for="user_id",
)
change_address = Call(
    "profile.postal_addresses.change",
    ChangePostalAddress,
    PostalAddress,
    (NoSuchPostalAddress, PostalTextTooLong, NoSuchProfile),
    acts_for="user_id",
)
delete_address = Call(
    "profile.postal_addresses.delete",
    OnePostalAddress,
    type(None),
    (NoSuchPostalAddress, NoSuchProfile),
    acts_for="user_id",
)
