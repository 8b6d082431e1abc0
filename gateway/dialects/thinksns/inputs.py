"""What clients send, in the shapes that the page documents.

Fields are as loose as clients are: what a value must be is judged by `rules`, so that everything
that is wrong is told at once and in words for people.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Text = Annotated[str, Meta(max_length=2048)]
Code = Annotated[int, Meta(ge=0, lt=10**8)] | Annotated[str, Meta(max_length=16)]
"""A code as a text, or as a number that may have lost its first zeros."""

Captcha = Annotated[str, Meta(max_length=64)]
"""The id of a picture, or what it shows."""

Flag = bool | Annotated[int, Meta(ge=0, le=1)] | Annotated[str, Meta(max_length=5)]
"""A boolean as clients write it: true, false, 1, 0, "1", "0"."""


class PhoneOrEmail(msgspec.Struct):
    """An address: one of the two."""

    phone: Text | None = None
    email: Text | None = None


class CodeWanted(PhoneOrEmail):
    """Where to send a code, and what a picture shows where one is asked for."""

    captcha_id: Captcha | None = None
    captcha_code: Captcha | None = None


class Registration(PhoneOrEmail):
    """What a new account is made of."""

    name: Text | None = None
    password: Text | None = None
    verifiable_type: Text | None = None
    verifiable_code: Code | None = None
    type_in_camel_case: Text | None = msgspec.field(name="verifiableType", default=None)
    """The newer page spells it so."""
    code_in_camel_case: Code | None = msgspec.field(name="verifiableCode", default=None)


class Login(msgspec.Struct):
    """A login with a password or a code."""

    login: Text | None = None
    password: Text | None = None
    verifiable_code: Code | None = None


class NewAddress(PhoneOrEmail):
    """A new phone number or e-mail address, with the code that was sent to it."""

    verifiable_code: Code | None = None


class NewPassword(msgspec.Struct):
    """A new password, by right of the present one if there is one."""

    old_password: Text | None = None
    password: Text | None = None
    password_confirmation: Text | None = None


class RetrievedPassword(PhoneOrEmail):
    """A new password, by right of a code."""

    verifiable_type: Text | None = None
    verifiable_code: Code | None = None
    password: Text | None = None


class Unbinding(msgspec.Struct):
    """What it takes to have a phone number or e-mail address taken away."""

    password: Text | None = None
    verifiable_code: Code | None = None


class ProfileChange(msgspec.Struct):
    """What is to be different about oneself; null clears what can be empty."""

    name: Text | UnsetType | None = UNSET
    bio: Text | UnsetType | None = UNSET
    sex: int | UnsetType | None = UNSET
    location: Text | UnsetType | None = UNSET
    avatar: Text | UnsetType | None = UNSET
    bg: Text | UnsetType | None = UNSET


class NewPostalAddress(msgspec.Struct):
    """An address to be added."""

    name: Text | None = None
    phone: Text | None = None
    detail: Text | None = None
    is_default: Flag | None = None
    alias: Text | None = None
    province: Text | None = None
    city: Text | None = None
    county: Text | None = None
    postcode: Text | None = None


class PostalAddressChange(msgspec.Struct):
    """What is to be different about an address; null clears what is optional."""

    name: Text | UnsetType | None = UNSET
    phone: Text | UnsetType | None = UNSET
    detail: Text | UnsetType | None = UNSET
    is_default: Flag | UnsetType | None = UNSET
    alias: Text | UnsetType | None = UNSET
    province: Text | UnsetType | None = UNSET
    city: Text | UnsetType | None = UNSET
    county: Text | UnsetType | None = UNSET
    postcode: Text | UnsetType | None = UNSET


class Channel(msgspec.Struct):
    """Where a file is to be kept."""

    channel: Text | None = None


class UploadTask(msgspec.Struct):
    """A file that is to be uploaded."""

    filename: Text | None = None
    hash: Text | None = None
    size: int | None = None
    mime_type: Text | None = None
    storage: Channel | None = None


class InviteCode(msgspec.Struct):
    """By whose code one came."""

    invite_code: Text | None = None
