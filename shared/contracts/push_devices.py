"""Devices that push messages go to; the notify service answers.

A device is known by its person and an id that the client chose. What a push service calls it, the
registration id, belongs to one installation: whoever registers it last gets what is pushed to it.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from shared.contract import Call, Message, UserId
from shared.errors import AppError, Kind

MOST_DEVICES = 100
"""Devices of one person; one more takes the place of that which registered longest ago."""

DeviceId = Annotated[str, Meta(min_length=1, max_length=512)]
"""Chosen by the client: some send a UUID, some the whole User-Agent."""

RegistrationId = Annotated[str, Meta(min_length=1, max_length=512, extra={"log": "mask"})]
"""Given by a push service (JPush 19 characters, APNs 64 to 200, FCM some 160 today)."""


class PersonIsGone(AppError):
    """This person is erased: nothing of them is kept."""

    code, kind = "notify.person_is_gone", Kind.NOT_FOUND


class NoSuchPushDevice(AppError):
    """This device of this person never registered."""

    code, kind = "notify.no_such_push_device", Kind.NOT_FOUND


class RegisterPushDevice(Message):
    """Keep what a device is reached by; a device of this id is changed in place.

    Refused for a person who is erased (`PersonIsGone`).
    """

    user_id: UserId
    device_id: DeviceId
    registration_id: RegistrationId
    is_open: bool
    """Whether the person wants notices on this device: nothing is pushed to it while not."""
    type: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
    """The client's word for the push service; given back as it is. Settings say which is which."""


class ReadPushDevice(Message):
    """Read one device of one's own, or be refused with `NoSuchPushDevice`."""

    user_id: UserId
    device_id: DeviceId


class PushDevice(Message):
    """A device as it was registered last."""

    id: int
    """Counts devices of all people; a device keeps it for as long as it is registered."""
    user_id: UserId
    device_id: DeviceId
    registration_id: RegistrationId
    is_open: bool
    type: int
    created_at: datetime
    updated_at: datetime


register_push_device = Call(
    "notify.push_devices.register",
    RegisterPushDevice,
    PushDevice,
    (PersonIsGone,),
    acts_for="user_id",
)
read_push_device = Call(
    "notify.push_devices.read",
    ReadPushDevice,
    PushDevice,
    (NoSuchPushDevice,),
    acts_for="user_id",
    read_only=True,
)
