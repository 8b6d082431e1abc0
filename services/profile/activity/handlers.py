"""What can be asked about activity."""

from services.profile import days
from services.profile.activity.countries import Countries
from services.profile.activity.store import ActivityStore, Seen
from services.profile.people import People
from shared.contract import Table
from shared.contracts import accounts, activity
from shared.mongo import Mongo, Session


class ActivityHandlers:
    """Notes when people were here, and tells."""

    def __init__(self, mongo: Mongo, people: People) -> None:
        self._mongo, self._people = mongo, people
        self._activity, self._countries = ActivityStore(mongo), Countries()

    async def record(self, ask: activity.RecordActivity) -> None:
        """Note what a gateway saw; passes over people who do not exist, or not any more."""
        in_order = sorted(ask.uses, key=lambda use: use.at)
        # One per person and day: what was told late may hold two days of somebody.
        latest = {(use.user_id, days.day_of(use.at)): use for use in in_order}.values()
        countries = await self._countries.of({use.ip for use in latest})
        people = {use.user_id for use in latest}
        known = await self._activity.known(list(people))
        for user_id in people - known:
            if await self._begin(user_id):
                known.add(user_id)
        seen = [Seen(use.user_id, use.at, countries.get(use.ip, "")) for use in latest]
        await self._activity.record([one for one in seen if one.user_id in known])

    async def _begin(self, user_id: int) -> bool:
        """Begin somebody's activity; what is recorded later only touches what is kept."""

        async def work(session: Session) -> bool:
            if await self._people.keep(session, user_id) is None:
                return False
            locked_out = await self._people.is_locked_out(session, user_id)
            await self._activity.begin(session, user_id, locked_out=locked_out)
            return True

        return await self._mongo.transact(work)

    async def read(self, ask: activity.ReadActivity) -> list[activity.Activity]:
        """Give the activity of many people at once, with streaks as they count today."""
        return await self._activity.read(ask.user_ids, days.today())

    async def list(self, ask: activity.ListActive) -> list[int]:
        """Give a page of who was here last."""
        return await self._activity.page(ask.skip, ask.limit)

    async def on_disabled(self, event: accounts.UserDisabled, session: Session) -> None:
        """Take a person who is locked out off the list."""
        await self._activity.lock_out(session, event.user_id, locked_out=True)

    async def on_enabled(self, event: accounts.UserEnabled, session: Session) -> None:
        """Put a person onto the list again."""
        await self._activity.lock_out(session, event.user_id, locked_out=False)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's activity."""
        await self._activity.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            activity.record_activity: self.record,
            activity.read_activity: self.read,
            activity.list_active: self.list,
        }
