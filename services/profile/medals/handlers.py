"""What can be asked about medals."""

import msgspec
from msgspec import UNSET

from services.profile.medals import rules
from services.profile.medals.store import MedalStore
from services.profile.people import People
from shared.clock import now
from shared.contract import Table
from shared.contracts import medals
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class MedalHandlers:
    """Shows medals to everybody, and lets administrators keep them."""

    def __init__(self, mongo: Mongo, outbox: Outbox, people: People) -> None:
        self._outbox, self._people = outbox, people
        self._medals = MedalStore(mongo)

    async def catalogue(self, _: medals.All) -> list[medals.Medal]:
        """Give the whole catalogue."""
        return await self._medals.catalogue()

    async def read(self, ask: medals.ReadMedals) -> list[medals.Worn]:
        """Give the medals of many people at once."""
        return await self._medals.read(ask.user_ids)

    async def create(self, ask: medals.NewMedal) -> medals.Medal:
        """Add a medal to the catalogue."""
        rules.check(msgspec.structs.asdict(ask))
        return await self._outbox.transact(lambda session: self._medals.insert(session, ask))

    async def change(self, ask: medals.ChangeMedal) -> medals.Medal:
        """Change a medal for everybody who has it."""
        given = {name: value for name in rules.FIELDS if (value := getattr(ask, name)) is not UNSET}
        rules.check(given)
        return await self._medals.update(ask.medal_id, given)

    async def delete(self, ask: medals.MedalById) -> None:
        """Take a medal from everybody and out of the catalogue; nobody shows it any more.

        If that stops halfway, such as where very many have it, asking again goes on.
        """
        await self._medals.strip(ask.medal_id)
        await self._outbox.transact(lambda session: self._medals.delete(session, ask.medal_id))
        await self._medals.strip(ask.medal_id)  # from who was given it meanwhile

    async def award(self, ask: medals.Award) -> None:
        """Give a medal to somebody, and announce it if they did not have it."""
        await self._outbox.transact(lambda session: self._award(session, ask))

    async def _award(self, session: Session, ask: medals.Award) -> None:
        await self._medals.check_exists(session, ask.medal_id)
        if not await self._medals.is_kept(session, ask.user_id):
            if await self._people.keep(session, ask.user_id) is None:
                raise medals.NoSuchWearer
            await self._medals.begin(session, ask.user_id)
        at = now()
        if await self._medals.award(session, ask, at):
            event = medals.MedalAwarded(user_id=ask.user_id, medal_id=ask.medal_id, at=at)
            await self._outbox.record(session, event)

    async def take(self, ask: medals.Award) -> None:
        """Take a medal from somebody, and announce it if they had it."""

        async def work(session: Session) -> None:
            await self._medals.check_exists(session, ask.medal_id)
            if await self._medals.take(session, ask):
                event = medals.MedalTaken(user_id=ask.user_id, medal_id=ask.medal_id)
                await self._outbox.record(session, event)

        await self._outbox.transact(work)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's medals."""
        await self._medals.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            medals.list_medals: self.catalogue,
            medals.read_medals: self.read,
            medals.create_medal: self.create,
            medals.change_medal: self.change,
            medals.delete_medal: self.delete,
            medals.award_medal: self.award,
            medals.take_medal: self.take,
        }
