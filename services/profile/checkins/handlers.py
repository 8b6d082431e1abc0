"""What can be asked about check-ins."""

from services.profile import days
from services.profile.checkins import rules
from services.profile.checkins.store import CheckinStore
from services.profile.points.ledger import Ledger
from services.profile.points.rules import REASONS, Want
from shared.contract import Table
from shared.contracts import checkins
from shared.contracts.points import Cause
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class CheckinHandlers:
    """Lets people check in, and shows where they are."""

    def __init__(self, mongo: Mongo, outbox: Outbox, ledger: Ledger) -> None:
        self._outbox, self._ledger = outbox, ledger
        self._checkins = CheckinStore(mongo)

    async def check_in(self, ask: checkins.Checkin) -> checkins.CheckedIn:
        """Check in today and get the points for it; refuses a second time on the same day."""
        today = days.today()
        return await self._outbox.transact(lambda session: self._check_in(session, ask, today))

    async def _check_in(
        self, session: Session, ask: checkins.Checkin, today: int
    ) -> checkins.CheckedIn:
        state = rules.advance(await self._checkins.find(session, ask.user_id), today)
        day = rules.cycle_day(state.streak)
        brings = rules.POINTS[day - 1]
        want = Want(
            user_id=ask.user_id,
            change=brings,
            cause=Cause.CHECKIN,
            reason=REASONS[Cause.CHECKIN],
            key=f"{Cause.CHECKIN}:{today}",
        )
        await self._ledger.enter(session, want)  # which refuses for somebody who does not exist
        await self._checkins.keep(session, state)
        event = checkins.PersonCheckedIn(user_id=ask.user_id, day=day, streak=state.streak)
        await self._outbox.record(session, event)
        return checkins.CheckedIn(day=day, points=brings, streak=state.streak, total=state.total)

    async def cycle(self, ask: checkins.Checkin) -> checkins.Cycle:
        """Show the cycle that the caller is in."""
        [state] = await self._checkins.read([ask.user_id])
        return rules.cycle(state, days.today())

    async def counts(self, ask: checkins.ReadCounts) -> list[checkins.Counts]:
        """Show how often many people checked in."""
        today = days.today()
        return [rules.counts(state, today) for state in await self._checkins.read(ask.user_ids)]

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's check-ins."""
        await self._checkins.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            checkins.check_in: self.check_in,
            checkins.read_cycle: self.cycle,
            checkins.read_counts: self.counts,
        }
