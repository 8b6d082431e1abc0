"""What can be asked about points."""

from services.profile.points import rules
from services.profile.points.income import IncomeStore
from services.profile.points.ledger import Ledger
from services.profile.points.ranking import Ranking, first_day
from services.profile.points.store import PointStore
from services.profile.profiles.store import ProfileStore
from shared.caller import acting
from shared.contract import Table
from shared.contracts import points, profile
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class PointHandlers:
    """Shows ledgers, changes them for administrators, and ranks people by what came in."""

    def __init__(
        self, mongo: Mongo, outbox: Outbox, ledger: Ledger, profiles: ProfileStore
    ) -> None:
        self._mongo, self._outbox, self._ledger = mongo, outbox, ledger
        self._profiles = profiles
        self._points, self._incomes = PointStore(mongo), IncomeStore(mongo)
        self._ranking = Ranking(self._incomes)

    async def balances(self, ask: points.ReadBalances) -> list[points.Balance]:
        """Give the balances of many people at once."""
        return await self._points.read(ask.user_ids)

    async def entries(self, ask: points.ListEntries) -> points.EntryPage:
        """Give a page of somebody's entries, newest first: their own, or to administrators any."""
        return await self._points.page(ask)

    async def grant(self, ask: points.Change) -> points.Entry:
        """Give points, once per key."""
        return await self._change(ask, ask.points)

    async def take(self, ask: points.Change) -> points.Entry:
        """Take points, once per key; never more than there are."""
        return await self._change(ask, -ask.points)

    async def _change(self, ask: points.Change, change: int) -> points.Entry:
        rules.check(ask)
        want = rules.Want(
            user_id=ask.user_id,
            change=change,
            cause=ask.cause,
            reason=ask.reason,
            remark=ask.remark,
            key=f"{ask.cause}:{ask.key}",
            actor_id=acting().user_id,
        )
        return await self._outbox.transact(lambda session: self._ledger.enter(session, want))

    async def check(self, ask: points.OwnerOf) -> points.Audit:
        """Add a ledger up anew, as it is at one moment."""
        adding = rules.Adding()
        async with self._mongo.snapshot() as session:
            balance = await self._points.find(session, ask.user_id)
            async for chunk in self._points.all_of(session, ask.user_id):
                adding.take(chunk)
        return adding.audit(balance or points.Balance(user_id=ask.user_id))

    async def rank(self, ask: points.RankIncome) -> points.IncomeRank:
        """Rank people by their income; the viewer's own amount is of now, the places are not."""
        city = rules.city(ask.city)
        computed = await self._ranking.rank(ask.days, city)
        rows = [
            points.RankRow(user_id=user_id, amount=amount, place=place)
            for place, (user_id, amount) in enumerate(computed.rows[: ask.limit], 1)
        ]
        mine = None
        if ask.viewer_id is not None:
            mine = await self._own_row(ask.viewer_id, ask.days, city, computed.places)
        return points.IncomeRank(rows=rows, computed_at=computed.at, mine=mine)

    async def _own_row(
        self, user_id: int, window: int | None, city: str, places: dict[int, int]
    ) -> points.RankRow | None:
        if city:
            found = await self._profiles.read([user_id])
            if not found or rules.city_of(found[0]) != city:
                return None
        amount = await self._incomes.of(user_id, first_day(window))
        return points.RankRow(user_id=user_id, amount=amount, place=places.get(user_id))

    async def on_profile_changed(self, event: profile.ProfileChanged, session: Session) -> None:
        """Count somebody in the city that they are of now."""
        if not {"place", "region"} & set(event.changed):
            return
        if present := await self._profiles.find(session, event.user_id):
            await self._incomes.move(session, event.user_id, rules.city_of(present))

    async def erase_ahead(self, user_id: int) -> None:
        """Remove most of a person's ledger."""
        await self._points.erase_ahead(user_id)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's points."""
        await self._points.erase(user_id, session)
        await self._incomes.erase(user_id, session)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            points.read_balances: self.balances,
            points.list_entries: self.entries,
            points.inspect_entries: self.entries,
            points.grant: self.grant,
            points.take: self.take,
            points.check: self.check,
            points.rank_income: self.rank,
        }
