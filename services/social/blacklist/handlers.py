"""What happens to blacklists, in order."""

from datetime import UTC, datetime

from services.social.blacklist import rules
from services.social.blacklist.store import BlacklistStore
from services.social.counters import Counted, Counters
from services.social.follows.ties import Ties
from services.social.people import People
from services.social.sync.log import Change, Section, SyncLog
from services.social.turns import Turns
from shared.bus import deadline
from shared.contract import Table
from shared.contracts import blacklist, relations
from shared.mongo import Session
from shared.outbox import Outbox

ERASED_AT_ONCE = 150
"""Rows that one transaction of an erasure removes: about 600 documents with what goes with them."""


class BlacklistHandlers:
    """Puts people on blacklists and takes them off; the one who is listed is never told."""

    def __init__(
        self,
        turns: Turns,
        outbox: Outbox,
        people: People,
        counters: Counters,
        log: SyncLog,
        blacklist: BlacklistStore,
        ties: Ties,
    ) -> None:
        self._turns, self._outbox, self._people = turns, outbox, people
        self._counters, self._log = counters, log
        self._blacklist, self._ties = blacklist, ties

    async def add(self, ask: blacklist.Blacklisting) -> None:
        """Put somebody on the caller's blacklist.

        Announces `PersonBlocked`; changes and announces nothing if they are on it. They no longer
        follow the caller; what else is between the two stays, friendship included. Refuses
        oneself, who does not exist, and one too many.
        """
        rules.check(ask.owner_id, ask.target_id)
        await self._people.check([ask.target_id])
        async with self._turns.of(ask.owner_id, ask.target_id, until=deadline.get()):
            await self._outbox.transact(lambda session: self._add(session, ask))

    async def _add(self, session: Session, ask: blacklist.Blacklisting) -> None:
        if await self._blacklist.lists(session, ask.owner_id, ask.target_id):
            return
        await self._people.keep(session, (ask.owner_id, ask.target_id))
        await self._put(session, ask, True)
        await self._ties.end(session, ask.target_id, ask.owner_id)
        event = blacklist.PersonBlocked(user_id=ask.owner_id, target_id=ask.target_id)
        await self._outbox.record(session, event)

    async def remove(self, ask: blacklist.Blacklisting) -> None:
        """Take somebody off the caller's blacklist.

        Announces `PersonUnblocked`; nothing happens if they are not on it, whoever they are.
        """
        async with self._turns.of(ask.owner_id, ask.target_id, until=deadline.get()):
            await self._outbox.transact(lambda session: self._remove(session, ask))

    async def _remove(self, session: Session, ask: blacklist.Blacklisting) -> None:
        if not await self._blacklist.lists(session, ask.owner_id, ask.target_id):
            return
        await self._put(session, ask, False)
        event = blacklist.PersonUnblocked(user_id=ask.owner_id, target_id=ask.target_id)
        await self._outbox.record(session, event)

    async def _put(self, session: Session, ask: blacklist.Blacklisting, listed: bool) -> None:
        now = datetime.now(UTC)
        await self._blacklist.put(session, ask.owner_id, ask.target_id, listed, now)
        by = {ask.owner_id: 1 if listed else -1}
        most = blacklist.BLACKLIST_MOST
        await self._counters.add(session, Counted.BLACKLIST, by, most, relations.TooMany)
        change = Change(ask.owner_id, Section.BLACKLIST, ask.target_id)
        await self._log.stamp(session, [change])

    async def latest(self, ask: blacklist.LatestBlocked) -> list[blacklist.BlacklistEntry]:
        """Give a page of the caller's own blacklist, the latest first."""
        if ask.offset >= blacklist.BLACKLIST_MOST:
            return []
        return await self._blacklist.latest(ask.owner_id, ask.limit, ask.offset)

    async def among(self, ask: blacklist.AmongBlacklist) -> list[int]:
        """Give those of these people who are on the caller's own blacklist."""
        return await self._blacklist.listed_among(ask.owner_id, ask.target_ids)

    async def list(self, ask: relations.ListOfOwner) -> list[blacklist.BlacklistEntry]:
        """Give a page of the caller's own blacklist."""
        return await self._blacklist.page(ask.owner_id, ask.after)

    async def erase(self, user_id: int, session: Session) -> bool:
        """Remove rows of a leaving person and rows that name them; true once there are none."""
        rows = await self._blacklist.rows_about(user_id, session, ERASED_AT_ONCE)
        await self._blacklist.remove(rows, session)
        others = {row["owner"]: -1 for row in rows if row["owner"] != user_id and row["listed"]}
        most = blacklist.BLACKLIST_MOST
        await self._counters.add(session, Counted.BLACKLIST, others, most, relations.TooMany)
        await self._log.stamp(session, (Change(one, Section.BLACKLIST, user_id) for one in others))
        return len(rows) < ERASED_AT_ONCE

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            blacklist.add_to_blacklist: self.add,
            blacklist.remove_from_blacklist: self.remove,
            blacklist.list_blacklist: self.list,
            blacklist.latest_blocked: self.latest,
            blacklist.blocked_among: self.among,
        }
