"""What can be asked about advertisements."""

import msgspec
from msgspec import UNSET

from services.profile.adverts.store import AdvertStore
from services.profile.vip.store import VipStore
from shared.clock import now
from shared.contract import Table
from shared.contracts import adverts
from shared.errors import UnusableText
from shared.mongo import Mongo
from shared.texts import NOT_IN_LINE


class AdvertHandlers:
    """Tells clients what to show, and lets administrators say it."""

    def __init__(self, mongo: Mongo) -> None:
        self._adverts, self._vips = AdvertStore(mongo), VipStore(mongo)

    async def read(self, ask: adverts.Viewer) -> adverts.Advert:
        """Tell what one person is shown; a VIP nothing, unless they are to see it as well."""
        setting = await self._adverts.read()
        hidden = not setting.vips_see and await self._vips.is_vip(ask.user_id, now())
        return adverts.Advert(
            shown=setting.shown and not hidden,
            android_slot=setting.android_slot,
            ios_slot=setting.ios_slot,
            bottom_height=setting.bottom_height,
        )

    async def setting(self, _: adverts.Look) -> adverts.Setting:
        """Show the setting to administrators."""
        return await self._adverts.read()

    async def change(self, ask: adverts.ChangeSetting) -> adverts.Setting:
        """Change the setting: what is not given stays."""
        given = {
            name: value for name, value in msgspec.structs.asdict(ask).items() if value is not UNSET
        }
        for name in ("android_slot", "ios_slot"):
            if NOT_IN_LINE.search(given.get(name, "")):
                raise UnusableText(field=name)
        return await self._adverts.change(given)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            adverts.read_advert: self.read,
            adverts.read_setting: self.setting,
            adverts.change_setting: self.change,
        }
