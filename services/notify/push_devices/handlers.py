"""What can be asked about push devices."""

from services.notify.push_devices.store import MongoPushDevices
from shared.contract import Table
from shared.contracts import push_devices


class PushDevices:
    """Keeps the devices of people; everyone their own."""

    def __init__(self, devices: MongoPushDevices) -> None:
        self._devices = devices

    async def register(self, ask: push_devices.RegisterPushDevice) -> push_devices.PushDevice:
        """Keep a device, or change the one of this id in place."""
        return await self._devices.register(ask)

    async def read(self, ask: push_devices.ReadPushDevice) -> push_devices.PushDevice:
        """Give one device, or raise `NoSuchPushDevice`."""
        device = await self._devices.find(ask.user_id, ask.device_id)
        if device is None:
            raise push_devices.NoSuchPushDevice
        return device

    def table(self) -> Table:
        """What can be asked."""
        return {
            push_devices.register_push_device: self.register,
            push_devices.read_push_device: self.read,
        }
