"""What happens to bots, in order."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar

from msgspec import structs

from services.social import jobs
from services.social.bots import rules
from services.social.bots.store import BotStore
from services.social.counters import Counted, Counters
from services.social.ids import Ids
from services.social.people import People
from services.social.turns import Turns
from shared.bus import deadline
from shared.clock import now
from shared.contract import Table
from shared.contracts import bots
from shared.mongo import Document, Mongo, Session
from shared.outbox import Outbox

AT_ONCE = 200
"""Rows that one transaction of an erasure or a deletion removes: about 400 documents."""

T = TypeVar("T")

INDEXES = jobs.indexes("bot_deletions")


class BotHandlers:
    """Makes, changes and shows bots; people add and remove them.

    Who had added a bot that is deleted loses it by a job in `bot_deletions`: they may be many.
    """

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        people: People,
        counters: Counters,
        ids: Ids,
        store: BotStore,
    ) -> None:
        self._outbox, self._people = outbox, people
        self._counters, self._ids, self._store = counters, ids, store
        self._turns = Turns()
        self.jobs = jobs.Jobs(mongo, "bot_deletions", self._chunk)

    # ------------------------------------------------------------------------------ owners

    async def create(self, ask: bots.CreateBot) -> bots.Bot:
        """Make a bot of the caller's own, and announce `BotCreated`.

        Refuses text or a picture that cannot be shown, and one more than `BOTS_MOST`.
        """
        rules.check_shown(ask)
        bot = bots.Bot(
            bot_id=await self._ids.one(),
            owner_id=ask.owner_id,
            created_at=now(),
            **{name: getattr(ask, name) for name in rules.SHOWN},
        )

        async def work(session: Session) -> None:
            await self._people.keep(session, [ask.owner_id])
            await self._count(session, Counted.BOTS, {ask.owner_id: 1})
            await self._store.insert(session, bot)
            event = bots.BotCreated(user_id=ask.owner_id, bot_id=bot.bot_id, name=bot.name)
            await self._outbox.record(session, event)

        await self._do(bot.bot_id, work)
        return bot

    async def change(self, ask: bots.ChangeBot) -> bots.Bot:
        """Change what the caller's bot shows; gives it as it is then.

        Announces `BotChanged` with what really is different; if nothing is, nothing happens.
        Refuses a bot of another, and what cannot be shown.
        """
        rules.check_shown(ask)

        async def work(session: Session) -> bots.Bot:
            bot = await self._store.hold(session, ask.bot_id)
            rules.check_owner(ask.owner_id, bot)
            values = rules.changes(bot, ask)
            if not values:
                return bot
            event = bots.BotChanged(user_id=ask.owner_id, bot_id=ask.bot_id, changed=list(values))
            await self._outbox.record(session, event)
            return await self._store.change(session, bot, values)

        return await self._do(ask.bot_id, work)

    async def delete(self, ask: bots.OneBot) -> None:
        """Delete the caller's bot for all who have added it, and announce `BotDeleted`."""

        async def work(session: Session) -> None:
            bot = await self._store.hold(session, ask.bot_id)
            rules.check_owner(ask.owner_id, bot)
            await self._delete(session, bot)

        await self._do(ask.bot_id, work)

    async def _delete(self, session: Session, bot: bots.Bot) -> None:
        await self._store.remove(session, bot.bot_id)
        await self._count(session, Counted.BOTS, {bot.owner_id: -1})
        event = bots.BotDeleted(user_id=bot.owner_id, bot_id=bot.bot_id)
        await self._outbox.record(session, event)
        await self.jobs.add(session, bot=bot.bot_id)

    async def _chunk(self, session: Session, job: Document) -> Mapping[str, Any] | None:
        people = await self._store.who_added(session, job["bot"], AT_ONCE)
        await self._store.drop(session, [(job["bot"], one) for one in people])
        await self._count(session, Counted.BOTS_ADDED, dict.fromkeys(people, -1))
        return {} if len(people) == AT_ONCE else None

    async def own(self, ask: bots.BotsOf) -> list[bots.Bot]:
        """Give the caller's own bots, by id."""
        return await self._marked(ask.owner_id, await self._store.of(ask.owner_id))

    # ------------------------------------------------------------------------------ people

    async def add(self, ask: bots.OneBot) -> None:
        """Add a bot for the caller, and announce `BotAdded`.

        Refuses one that is not there for them, is banned or added already, and one more than
        `ADDED_MOST`.
        """

        async def work(session: Session) -> None:
            bot = await self._store.hold(session, ask.bot_id)
            rules.check_addable(ask.owner_id, bot)
            if await self._store.has_added(session, ask.bot_id, ask.owner_id):
                raise bots.AlreadyAdded
            await self._people.keep(session, [ask.owner_id])
            await self._store.add(session, ask.bot_id, ask.owner_id)
            await self._store.resize(session, {ask.bot_id: 1})
            await self._count(session, Counted.BOTS_ADDED, {ask.owner_id: 1})
            event = bots.BotAdded(user_id=ask.owner_id, bot_id=ask.bot_id)
            await self._outbox.record(session, event)

        await self._do(ask.bot_id, work)

    async def remove(self, ask: bots.OneBot) -> None:
        """Remove a bot from those that the caller has added, and announce `BotRemoved`.

        Refuses one that they have not added.
        """

        async def work(session: Session) -> None:
            if not await self._store.has_added(session, ask.bot_id, ask.owner_id):
                raise bots.NoSuchBot
            await self._store.drop(session, [(ask.bot_id, ask.owner_id)])
            await self._store.resize(session, {ask.bot_id: -1})
            await self._count(session, Counted.BOTS_ADDED, {ask.owner_id: -1})
            event = bots.BotRemoved(user_id=ask.owner_id, bot_id=ask.bot_id)
            await self._outbox.record(session, event)

        await self._do(ask.bot_id, work)

    async def read(self, ask: bots.ReadBots) -> list[bots.Bot]:
        """Show those of these bots that the caller may see."""
        wanted = dict.fromkeys(ask.bot_ids)
        found = await self._store.find(wanted)
        seen = await self._marked(ask.viewer_id, [found[one] for one in wanted if one in found])
        return [bot for bot in seen if rules.is_seen_by(ask.viewer_id, bot)]

    async def search(self, ask: bots.SearchBots) -> list[bots.Bot]:
        """Give a page of the directory."""
        if ask.offset > bots.DEEPEST:
            return []
        return await self._marked(ask.viewer_id, await self._store.search(ask))

    async def added(self, ask: bots.BotsOf) -> list[bots.Bot]:
        """Give the bots that the caller has added, by id."""
        mine = await self._store.added_by(ask.owner_id, bots.ADDED_MOST)
        found = await self._store.find(mine)
        return [structs.replace(found[one], added=True) for one in mine if one in found]

    async def _marked(self, viewer_id: int, found: Collection[bots.Bot]) -> list[bots.Bot]:
        """Give bots with whether the viewer has added them."""
        mine = await self._store.added_among(viewer_id, [bot.bot_id for bot in found])
        return [structs.replace(bot, added=bot.bot_id in mine) for bot in found]

    # ---------------------------------------------------------------------- administrators

    async def ban(self, ask: bots.BanBot) -> None:
        """Ban a bot or allow it again, and announce `BotBanChanged`; again, nothing happens."""

        async def work(session: Session) -> None:
            bot = await self._store.hold(session, ask.bot_id)
            if bot.banned == ask.banned:
                return
            await self._store.change(session, bot, {"banned": ask.banned})
            event = bots.BotBanChanged(user_id=bot.owner_id, bot_id=ask.bot_id, banned=ask.banned)
            await self._outbox.record(session, event)

        await self._do(ask.bot_id, work)

    # ----------------------------------------------------------------------------- leaving

    async def erase(self, user_id: int, session: Session) -> bool:
        """Delete a leaving person's bots, and what they have added; true once nothing is left."""
        mine = await self._store.of(user_id, session)
        for bot in mine:
            await self._delete(session, bot)
        added = await self._store.added_by(user_id, AT_ONCE, session)
        await self._store.drop(session, [(bot_id, user_id) for bot_id in added])
        await self._store.resize(session, dict.fromkeys(added, -1))
        return not mine and len(added) < AT_ONCE

    async def _do(self, bot_id: int, work: Callable[[Session], Awaitable[T]]) -> T:
        async with self._turns.of(bot_id, until=deadline.get()):
            return await self._outbox.transact(work)

    async def _count(self, session: Session, what: Counted, by: dict[int, int]) -> None:
        most = bots.BOTS_MOST if what is Counted.BOTS else bots.ADDED_MOST
        await self._counters.add(session, what, by, most, bots.TooManyBots)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            bots.create_bot: self.create,
            bots.change_bot: self.change,
            bots.delete_bot: self.delete,
            bots.add_bot: self.add,
            bots.remove_bot: self.remove,
            bots.read_bots: self.read,
            bots.search_bots: self.search,
            bots.list_own_bots: self.own,
            bots.list_added_bots: self.added,
            bots.ban_bot: self.ban,
        }
