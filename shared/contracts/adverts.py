"""Whether clients show advertisements, and which: one setting, kept by administrators.

The profile service answers.
"""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.contract import Call, Message, UserId
from shared.contracts.accounts import Role

SlotId = Annotated[str, Meta(max_length=128)]
Height = Annotated[int, Meta(ge=0, le=10_000)]


class Viewer(Message):
    """Who would see it."""

    user_id: UserId


class Advert(Message):
    """The advertisement for one person: nothing is shown until an administrator says so."""

    shown: bool = False
    """Never to a VIP, unless they are to see it as well."""
    android_slot: str = ""
    """The advertiser's id for the place on Android."""
    ios_slot: str = ""
    bottom_height: int = 0
    """Room that is kept free below it."""


class Setting(Message):
    """The setting as administrators see it."""

    shown: bool = False
    vips_see: bool = False
    android_slot: str = ""
    ios_slot: str = ""
    bottom_height: int = 0


class Look(Message):
    """Look at the setting."""


class ChangeSetting(Message):
    """Change the setting: what is not given stays."""

    shown: bool | UnsetType = UNSET
    vips_see: bool | UnsetType = UNSET
    android_slot: SlotId | UnsetType = UNSET
    ios_slot: SlotId | UnsetType = UNSET
    bottom_height: Height | UnsetType = UNSET


read_advert = Call("profile.adverts.read", Viewer, Advert, read_only=True)
read_setting = Call(
    "profile.adverts.setting", Look, Setting, least_role=int(Role.AUDITOR), read_only=True
)
change_setting = Call("profile.adverts.change", ChangeSetting, Setting, least_role=int(Role.ADMIN))
