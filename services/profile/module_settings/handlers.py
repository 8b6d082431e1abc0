"""What can be asked about hidden modules."""

from services.profile.module_settings.store import ModuleSettingStore
from services.profile.people import People
from services.profile.vip.store import VipStore
from shared.clock import now
from shared.contract import Table
from shared.contracts import module_settings
from shared.errors import UnusableText
from shared.mongo import Mongo, Session
from shared.texts import NOT_IN_LINE


class ModuleSettingHandlers:
    """Keeps, for VIPs, what they hide on which device."""

    def __init__(self, mongo: Mongo, people: People) -> None:
        self._mongo, self._people = mongo, people
        self._settings, self._vips = ModuleSettingStore(mongo), VipStore(mongo)

    async def read(self, ask: module_settings.OfDevice) -> module_settings.ModuleSetting:
        """Show what a VIP hides on a device: nothing, if they never said."""
        await self._check_vip(ask.user_id)
        found = await self._settings.read(ask.user_id, ask.device_id)
        return found or module_settings.ModuleSetting(
            number=0, user_id=ask.user_id, device_id=ask.device_id
        )

    async def hide(self, ask: module_settings.Hide) -> module_settings.ModuleSetting:
        """Keep what a VIP hides on a device; the oldest of too many devices is forgotten."""
        for name in ("device_id", "hidden"):
            if NOT_IN_LINE.search(getattr(ask, name)):
                raise UnusableText(field=name)
        await self._check_vip(ask.user_id)
        return await self._mongo.transact(lambda session: self._hide(session, ask))

    async def _hide(
        self, session: Session, ask: module_settings.Hide
    ) -> module_settings.ModuleSetting:
        at = now()
        if kept := await self._settings.change(session, ask, at):
            return kept
        if await self._people.keep(session, ask.user_id) is None:
            raise module_settings.VipsOnly
        return await self._settings.insert(session, ask, at)

    async def _check_vip(self, user_id: int) -> None:
        if not await self._vips.is_vip(user_id, now()):
            raise module_settings.VipsOnly

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's settings."""
        await self._settings.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            module_settings.read_modules: self.read,
            module_settings.hide_modules: self.hide,
        }
