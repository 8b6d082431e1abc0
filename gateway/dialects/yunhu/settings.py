"""What one sets on a device: hidden parts and notifications; and whether there are adverts."""

from gateway.core import Core
from gateway.dialects.yunhu import moments, views
from gateway.dialects.yunhu.envelope import Done, Ok
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import adverts, module_settings, push_devices


class Settings(Handlers):
    """Keeps settings per person and device."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def show_modules(self, data: views.OfDevice, caller: Caller) -> Ok[views.Ignore]:
        """Show which parts of the client are hidden on a device: for VIPs."""
        ask = module_settings.OfDevice(user_id=caller.user_id, device_id=data.device_id)
        found = await self.core.bus.ask(module_settings.read_modules, ask, caller=caller)
        shown = views.ShownModules(
            id=found.number,
            user_id=str(found.user_id),
            update_time=moments.seconds(found.updated_at),
            device_id=found.device_id,
            ignore=found.hidden,
        )
        return Ok(data=views.Ignore(shown))

    async def hide_modules(self, data: views.Modules, caller: Caller) -> Done:
        """Hide parts of the client on a device: for VIPs. The text is kept as it is sent."""
        ask = module_settings.Hide(
            user_id=caller.user_id, device_id=data.device_id, hidden=data.ignore
        )
        await self.core.bus.ask(module_settings.hide_modules, ask, caller=caller)
        return Done()

    async def show_notification(
        self, data: views.OfRegistration, caller: Caller
    ) -> Ok[views.Notification]:
        """Show how a device is registered; zeros if it is not."""
        ask = push_devices.ReadPushDevice(user_id=caller.user_id, device_id=data.device_id)
        try:
            found = await self.core.bus.ask(push_devices.read_push_device, ask, caller=caller)
        except push_devices.NoSuchPushDevice:
            return Ok(data=views.Notification(_unregistered(data, caller)))
        return Ok(data=views.Notification(_registered(found)))

    async def set_notification(self, data: views.Registration, caller: Caller) -> Done:
        """Register how a device is reached, and whether it wants to be; in place of before."""
        ask = push_devices.RegisterPushDevice(
            user_id=caller.user_id,
            device_id=data.device_id,
            registration_id=data.registration_id,
            is_open=bool(data.is_open),
            type=data.type,
        )
        await self.core.bus.ask(push_devices.register_push_device, ask, caller=caller)
        return Done()

    async def advert(self, caller: Caller) -> Ok[views.Advert]:
        """Tell whether to show an advertisement, and which: what administrators set."""
        ask = adverts.Viewer(user_id=caller.user_id)
        found = await self.core.bus.ask(adverts.read_advert, ask)
        shown = views.Advert(
            android_code_id=found.android_slot,
            bottom_height=found.bottom_height,
            ios_code_id=found.ios_slot,
            is_show=int(found.shown),
        )
        return Ok(data=shown)


def _registered(found: push_devices.PushDevice) -> views.ShownRegistration:
    return views.ShownRegistration(
        id=found.id,
        user_id=str(found.user_id),
        device_id=found.device_id,
        registration_id=found.registration_id,
        is_open=int(found.is_open),
        type=found.type,
        del_flag=0,
        create_time=moments.seconds(found.created_at),
        update_time=moments.seconds(found.updated_at),
    )


def _unregistered(data: views.OfRegistration, caller: Caller) -> views.ShownRegistration:
    return views.ShownRegistration(
        id=0,
        user_id=str(caller.user_id),
        device_id=data.device_id,
        registration_id=data.registration_id,
        is_open=0,
        type=0,
        del_flag=0,
        create_time=0,
        update_time=0,
    )
