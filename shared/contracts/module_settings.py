"""Which parts of a client somebody hides, per device; for VIPs. The profile service answers."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, UserId
from shared.errors import AppError, Kind

LONGEST_DEVICE, LONGEST_HIDDEN = 512, 255
"""Characters; a device calls itself what it likes, some by their browser's whole name."""

DEVICES_MOST = 50
"""Settings of one person; one more pushes out the one that was changed longest ago."""

DeviceId = Annotated[str, Meta(min_length=1, max_length=LONGEST_DEVICE)]


class VipsOnly(AppError):
    """This is for VIPs only."""

    code, kind = "module_settings.vips_only", Kind.FORBIDDEN


class OfDevice(Message):
    """Whose setting on which device."""

    user_id: UserId
    device_id: DeviceId


class Hide(Message):
    """Hide these parts on a device, and no others."""

    user_id: UserId
    device_id: DeviceId
    hidden: Annotated[str, Meta(max_length=LONGEST_HIDDEN)]
    """As the client writes it (ids with a comma before each); it is kept as it is."""


class ModuleSetting(Message):
    """What is hidden on a device; number 0 and no time if nothing was ever set there."""

    number: int
    user_id: UserId
    device_id: str
    hidden: str = ""
    updated_at: datetime | None = None


read_modules = Call(
    "profile.module_settings.read",
    OfDevice,
    ModuleSetting,
    (VipsOnly,),
    acts_for="user_id",
    read_only=True,
)
hide_modules = Call(
    "profile.module_settings.hide", Hide, ModuleSetting, (VipsOnly,), acts_for="user_id"
)
