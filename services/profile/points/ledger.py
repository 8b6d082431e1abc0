"""The one way to change a balance, within a transaction: for this feature and for others."""

import uuid

from services.profile.people import People
from services.profile.points import rules
from services.profile.points.income import IncomeStore
from services.profile.points.store import PointStore
from shared.clock import now
from shared.contracts import points
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class Ledger:
    """Enters changes of balances."""

    def __init__(self, mongo: Mongo, outbox: Outbox, people: People) -> None:
        self._outbox, self._people = outbox, people
        self._points, self._incomes = PointStore(mongo), IncomeStore(mongo)

    async def enter(self, session: Session, want: rules.Want) -> points.Entry:
        """Make a change once, however often it is asked for by its key, and announce it.

        Refuses to take more than there is, to give more than anybody can have, a key that named
        another change, and somebody who does not exist.
        """
        if earlier := await self._points.find_entry(session, want.user_id, want.key):
            if not rules.is_again(earlier, want):
                raise points.KeyUsed
            return earlier
        at = now()
        entry = await self._points.change(session, want, at)
        if entry is None:
            await self._open(session, want)
            entry = await self._points.change(session, want, at)
            if entry is None:
                raise rules.refusal(want)
        if entry.change > 0:
            await self._incomes.add(session, entry)
        changed = points.PointsChanged(
            user_id=entry.user_id,
            number=entry.number,
            cause=entry.cause,
            change=entry.change,
            after=entry.after,
        )
        await self._outbox.record(session, changed)
        return entry

    async def forget_key(self, session: Session, user_id: int, key: str) -> None:
        """Let an entry, if there is one, have another key: this one names somebody who left."""
        await self._points.change_key(session, user_id, key, f"gone:{uuid.uuid4().hex}")

    async def _open(self, session: Session, want: rules.Want) -> None:
        """Begin a ledger for somebody who exists, or refuse what cannot be done to one."""
        if await self._points.find(session, want.user_id):
            raise rules.refusal(want)
        # While a ledger is there an erasure conflicts with its changes; before, `may_keep` sees to
        # it that none is begun behind one.
        there = await self._people.keep(session, want.user_id)
        if there is None:
            raise points.NoSuchOwner
        if want.change < 0:
            raise points.NotEnoughPoints
        await self._points.open(session, want.user_id, rules.city_of(there))
