"""Which events people are told of on their devices, and by which template."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from shared.contract import Event
from shared.contracts import accounts, bindings, logins, passwords
from shared.contracts.notify import Channel, Send, message_id, shown_time
from shared.contracts.push_devices import PushDevice
from shared.events import CloudEvent

USEFUL = timedelta(days=1)
"""How long after an event its notice is still news."""

LONGEST_DEVICE = 60
"""Characters of a device's name that a notice shows."""

TEMPLATES: Mapping[type[Event], str] = {
    logins.NewNetworkSeen: "new_device",
    passwords.PasswordChanged: "password_changed",
    bindings.AddressChanged: "address_changed",
    accounts.UserDisabled: "account_disabled",
}
"""Of a deletion no device hears: with it the devices are forgotten. SMS and e-mail tell of it."""

_BY_FACT = {kind.fact: kind for kind in TEMPLATES}
FACTS = tuple(sorted(_BY_FACT))


def notices(event: CloudEvent, devices: list[PushDevice]) -> list[Send]:
    """Make a message for each device of the person that an event is about.

    Who makes them again makes the same ones.
    """
    kind = _BY_FACT[event.type]
    happened = msgspec.convert(event.data, kind)
    parameters = {"time": shown_time(event.time)}
    if isinstance(happened, logins.NewNetworkSeen):
        parameters["device"] = happened.device[:LONGEST_DEVICE] or "?"
    return [
        Send(
            id=message_id(event.id, device.registration_id),
            channel=Channel.PUSH,
            to=device.registration_id,
            template=TEMPLATES[kind],
            parameters=parameters,
            expires_at=event.time + USEFUL,
            user_id=happened.user_id,
        )
        for device in devices
    ]
