"""What happens to remarks, in order."""

from collections.abc import Sequence

from msgspec import UNSET, structs

from services.social.bots.store import BotStore
from services.social.counters import Counted, Counters
from services.social.friendships.handlers import FriendshipHandlers
from services.social.groups.store import GroupStore
from services.social.people import People
from services.social.remarks import rules
from services.social.remarks.store import RemarkStore
from shared.contract import Table
from shared.contracts import relations, remarks
from shared.contracts.remarks import REMARKS_MOST
from shared.mongo import Mongo, Session

ERASED_AT_ONCE = 200
"""Rows that one transaction of an erasure removes: about 400 documents."""


class RemarkHandlers:
    """Notes and shows what somebody keeps for themselves; nobody is told of anything."""

    def __init__(
        self,
        mongo: Mongo,
        people: People,
        counters: Counters,
        groups: GroupStore,
        bots: BotStore,
        befriending: FriendshipHandlers,
        store: RemarkStore,
    ) -> None:
        self._mongo, self._people, self._counters = mongo, people, counters
        self._groups, self._bots, self._befriending = groups, bots, befriending
        self._store = store

    async def note(self, ask: remarks.Note) -> remarks.Remark:
        """Note something about a person, a group or a bot; gives all that is noted then.

        A friend's name is their display name as well, which the caller's next sync shows. Refuses
        what is not there, text that cannot be shown, and one chat more than `REMARKS_MOST`.
        """
        rules.check(ask)
        await self._check(ask.chat_id)
        try:
            remark = await self._mongo.transact(lambda session: self._note(session, ask))
        except relations.NoSuchPerson:
            raise remarks.NoSuchChat from None
        [named] = await self._named(ask.owner_id, [remark])
        return named

    async def _note(self, session: Session, ask: remarks.Note) -> remarks.Remark:
        owner_id, chat_id = ask.owner_id, ask.chat_id
        before = await self._store.find(session, owner_id, chat_id)
        after = rules.noted(before or remarks.Remark(chat_id=chat_id), ask)
        if ask.name is not UNSET:
            await self._befriending.call(session, owner_id, chat_id, ask.name)
        if after == before:
            return after
        if rules.is_empty(after):
            if before is not None:
                await self._store.remove(session, owner_id, chat_id)
                await self._count(session, {owner_id: -1})
            return after
        if before is None:
            await self._people.keep(session, (owner_id, chat_id))
            await self._count(session, {owner_id: 1})
        await self._store.put(session, owner_id, after)
        return after

    async def _check(self, chat_id: int) -> None:
        """Refuse what is no group, bot or person."""
        if await self._groups.find([chat_id]) or await self._bots.find([chat_id]):
            return
        try:
            await self._people.check([chat_id])
        except relations.NoSuchPerson:
            raise remarks.NoSuchChat from None

    async def read(self, ask: remarks.ReadRemarks) -> list[remarks.Remark]:
        """Give what the caller noted about these chats, one for each."""
        found = await self._store.read(ask.owner_id, set(ask.chat_ids))
        every = [found.get(one) or remarks.Remark(chat_id=one) for one in ask.chat_ids]
        return await self._named(ask.owner_id, every)

    async def _named(self, owner_id: int, found: Sequence[remarks.Remark]) -> list[remarks.Remark]:
        """Give remarks with what friends are called, in whatever dialect that was said."""
        names = await self._befriending.names(owner_id, [one.chat_id for one in found])
        return [structs.replace(one, name=names.get(one.chat_id) or one.name) for one in found]

    async def erase(self, user_id: int, session: Session) -> bool:
        """Remove remarks by and about a leaving person; true once there are none."""
        rows = await self._store.rows_about(user_id, session, ERASED_AT_ONCE)
        await self._store.forget(rows, session)
        await self._count(session, {row["owner"]: -1 for row in rows if row["owner"] != user_id})
        return not rows

    async def list(self, ask: remarks.ListRemarks) -> list[remarks.Remark]:
        """Give a page of what the caller noted, by chat."""
        page = await self._store.page(ask.owner_id, ask.after, ask.pinned)
        return await self._named(ask.owner_id, page)

    async def _count(self, session: Session, by: dict[int, int]) -> None:
        await self._counters.add(session, Counted.REMARKS, by, REMARKS_MOST, relations.TooMany)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            remarks.note: self.note,
            remarks.read_remarks: self.read,
            remarks.list_remarks: self.list,
        }
