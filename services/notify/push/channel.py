"""Who pushes to a device: the service of its registration, if its person wants that."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.notify.push_devices.store import MongoPushDevices
from services.notify.sending.breakers import Guarded, awake
from services.notify.sending.channels import (
    Message,
    Provider,
    Receipt,
    Stopped,
)

_NUMBER = re.compile("-?[0-9]{1,10}")


class Dead(Exception):
    """The push service does not know this registration any more."""


@dataclass(frozen=True)
class Types:
    """Names of push services by the `type` that a device registered with."""

    by_type: Mapping[int, str]

    @classmethod
    def parse(cls, text: str) -> "Types":
        """Read `2=jpush,3=fcm`; raises `ValueError`.

        >>> Types.parse("2=jpush,-3=fcm").by_type
        {2: 'jpush', -3: 'fcm'}
        """
        by_type: dict[int, str] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            number, _, name = (word.strip() for word in part.partition("="))
            if not _NUMBER.fullmatch(number) or int(number) in by_type or not name:
                raise ValueError("must read 2=jpush,3=fcm, each type once")
            by_type[int(number)] = name
        return cls(by_type)


class PushChannel:
    """Offers the one provider that reaches a device."""

    def __init__(
        self, devices: MongoPushDevices, types: Types, providers: Mapping[str, Provider]
    ) -> None:
        self._devices, self._types = devices, types
        self._providers = {name: Guarded(_Burying(one, devices)) for name, one in providers.items()}

    async def providers(self, message: Message) -> Sequence[Provider]:
        """Give who pushes to this registration; raises `Stopped` where nobody shall."""
        kind = await open_device(self._devices, message)
        provider = self._providers.get(self._types.by_type.get(kind, ""))
        if provider is None:
            raise Stopped(f"no push service is set for devices of type {kind}")
        return awake([provider])


class QuietInbox:
    """The channel of development: one provider takes it, but the person's switch is obeyed too."""

    def __init__(self, devices: MongoPushDevices, inbox: Provider) -> None:
        self._devices, self._inbox = devices, inbox

    async def providers(self, message: Message) -> Sequence[Provider]:
        """Give the inbox; raises `Stopped` where nothing is to be pushed."""
        await open_device(self._devices, message)
        return [self._inbox]


async def open_device(devices: MongoPushDevices, message: Message) -> int:
    """Give the type of the device that a message goes to; raises `Stopped` if it must not."""
    device = await devices.at(message.to)
    if device is None:
        raise Stopped("no device is registered with it")
    if message.user_id is not None and device.user_id != message.user_id:
        raise Stopped("the device is somebody else's now")
    if not device.is_open:
        raise Stopped("its person wants no notices")
    return device.type


class _Burying:
    """A provider after whose word a dead registration gets no more messages."""

    def __init__(self, provider: Provider, devices: MongoPushDevices) -> None:
        self.name, self.repeatable = provider.name, provider.repeatable
        self._provider, self._devices = provider, devices

    async def send(self, message: Message) -> Receipt:
        """Push one message."""
        try:
            return await self._provider.send(message)
        except Dead as error:
            await self._devices.bury(message.to)
            raise Stopped(f"the registration is dead: {error}") from None
