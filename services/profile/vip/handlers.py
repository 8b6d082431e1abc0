"""What can be asked about memberships."""

import msgspec

from services.profile.people import People
from services.profile.vip import rules
from services.profile.vip.store import VipStore
from shared.clock import now
from shared.contract import Table
from shared.contracts import vip
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class VipHandlers:
    """Shows memberships, and lets administrators grant and end them."""

    def __init__(self, mongo: Mongo, outbox: Outbox, people: People) -> None:
        self._outbox, self._people = outbox, people
        self._vips = VipStore(mongo)

    async def read(self, ask: vip.ReadVips) -> list[vip.Vip]:
        """Give the memberships of many people at once."""
        time = now()
        return [rules.shown(kept, time) for kept in await self._vips.read(ask.user_ids)]

    async def grant(self, ask: vip.GrantVip) -> vip.Vip:
        """Make somebody a member for so many days more, and announce until when."""
        rules.check_name(ask.name)
        kept = await self._outbox.transact(lambda session: self._grant(session, ask))
        return rules.shown(kept, now())

    async def _grant(self, session: Session, ask: vip.GrantVip) -> rules.Kept:
        present = await self._vips.find(session, ask.user_id)
        if present is None and await self._people.keep(session, ask.user_id) is None:
            raise vip.NoSuchMember
        kept = rules.granted(present, ask, now())
        await self._keep(session, kept)
        return kept

    async def end(self, ask: vip.EndVip) -> None:
        """End a membership that goes on, and announce it."""

        async def work(session: Session) -> None:
            present, time = await self._vips.find(session, ask.user_id), now()
            if present and present.until > time:
                await self._keep(session, msgspec.structs.replace(present, until=time))

        await self._outbox.transact(work)

    async def _keep(self, session: Session, kept: rules.Kept) -> None:
        await self._vips.keep(session, kept)
        event = vip.VipChanged(user_id=kept.user_id, level=kept.level, until=kept.until)
        await self._outbox.record(session, event)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's membership."""
        await self._vips.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            vip.read_vips: self.read,
            vip.grant_vip: self.grant,
            vip.end_vip: self.end,
        }
