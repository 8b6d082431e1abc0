"""What can be asked about tasks, and what pays by itself."""

from msgspec.structs import replace

from services.profile import days
from services.profile.points.ledger import Ledger
from services.profile.points.rules import REASONS, Want
from services.profile.points.store import PointStore
from services.profile.tasks import rules
from services.profile.tasks.store import TaskStore
from shared.contract import Table
from shared.contracts import points, profile, tasks
from shared.contracts.points import Cause
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class TaskHandlers:
    """Holds the raffle, and pays for first changes of a profile."""

    def __init__(self, mongo: Mongo, outbox: Outbox, ledger: Ledger) -> None:
        self._outbox, self._ledger = outbox, ledger
        self._tasks, self._points = TaskStore(mongo), PointStore(mongo)

    async def read(self, ask: tasks.Doer) -> tasks.Tasks:
        """Show what the caller has done."""
        today = days.today()
        watched = await self._points.adverts_since(ask.user_id, days.start_of(today))
        return rules.shown(await self._tasks.read(ask.user_id), today, watched)

    async def draw(self, ask: tasks.Doer) -> tasks.Prize:
        """Draw a prize, which is in the balance at once; refuses when today's draws are used."""
        today, prize = days.today(), rules.prize()

        async def work(session: Session) -> rules.State:
            state = rules.draw(await self._tasks.find(session, ask.user_id), today)
            key = f"{Cause.RAFFLE}:{today}:{state.raffles}"
            await self._pay(session, ask.user_id, prize, Cause.RAFFLE, key)
            await self._tasks.keep(session, state)
            return state

        state = await self._outbox.transact(work)
        used = state.raffles
        return tasks.Prize(points=prize, raffles=used, raffles_left=tasks.RAFFLES_A_DAY - used)

    async def on_profile_changed(self, event: profile.ProfileChanged, session: Session) -> None:
        """Pay for the first nickname and the first avatar of one's own, once each."""
        state = await self._tasks.find(session, event.user_id)
        edits = rules.first_edits(state, event)
        try:
            for name, cause in edits:
                await self._pay(session, event.user_id, rules.FIRST_EDIT, cause, str(cause))
                state = replace(state, **{name: 1})
        except points.NoSuchOwner:  # who left since
            return
        if edits:
            await self._tasks.keep(session, state)

    async def _pay(
        self, session: Session, user_id: int, amount: int, cause: Cause, key: str
    ) -> None:
        """Give the points; refuses for somebody who does not exist."""
        want = Want(user_id=user_id, change=amount, cause=cause, reason=REASONS[cause], key=key)
        await self._ledger.enter(session, want)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove what a person has done."""
        await self._tasks.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {tasks.read_tasks: self.read, tasks.draw: self.draw}
