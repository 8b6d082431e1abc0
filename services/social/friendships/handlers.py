"""What happens to friendships, in order."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from services.social.blacklist.store import BlacklistStore
from services.social.counters import Counted, Counters
from services.social.friendships import rules
from services.social.friendships.rules import Decision, Pair, Row
from services.social.friendships.store import FriendshipStore, to_row
from services.social.people import People
from services.social.remarks.store import RemarkStore
from services.social.sync.log import Change, Section, SyncLog
from services.social.turns import Turns
from shared.bus import deadline
from shared.clock import now
from shared.contract import Table
from shared.contracts import friendships, relations
from shared.mongo import Session
from shared.outbox import Outbox

ERASED_AT_ONCE = 150
"""Rows that one transaction of an erasure removes: about 600 documents with what goes with them."""


class FriendshipHandlers:
    """Asks, answers, ends; every change is in one transaction with what it tells others."""

    def __init__(
        self,
        turns: Turns,
        outbox: Outbox,
        people: People,
        counters: Counters,
        log: SyncLog,
        blacklist: BlacklistStore,
        friendships: FriendshipStore,
        remarks: RemarkStore,
    ) -> None:
        self._turns, self._outbox, self._people = turns, outbox, people
        self._counters, self._log = counters, log
        self._blacklist, self._friendships = blacklist, friendships
        self._remarks = remarks

    async def invite(self, ask: friendships.Invite) -> friendships.Invited:
        """Ask somebody to be the caller's friend, or make friends if nothing stands against it.

        `Sent` announces `FriendInvited`, `Added` announces `FriendsMade`; `None` is also the answer
        to the one who is blocked, of whom nothing is kept and nobody told. Refuses who does not
        exist, friends, and one too many on either side.
        """
        rules.check_message(ask.message)
        await self._people.check([ask.target_id])

        async def decide(session: Session, pair: Pair) -> Decision:
            blocked = await self._blacklist.lists(session, ask.target_id, ask.owner_id)
            decision = rules.invite(pair, ask.message, blocked, now())
            if decision.mine:
                await self._people.keep(session, (ask.owner_id, ask.target_id))
            return decision

        decision = await self._change(ask.owner_id, ask.target_id, decide)
        return friendships.Invited(action=decision.action)

    async def agree(self, ask: friendships.AnswerInvitation) -> None:
        """Agree to be somebody's friend.

        Announces `FriendsMade`; between friends nothing happens. Refuses where no invitation
        stands, also after the one who asked has blocked the caller, and one friend too many.
        """

        async def decide(session: Session, pair: Pair) -> Decision:
            blocked = await self._blacklist.lists(session, ask.target_id, ask.owner_id)
            return rules.agree(pair, blocked, now())

        await self._change(ask.owner_id, ask.target_id, decide)

    async def ignore(self, ask: friendships.AnswerInvitation) -> None:
        """Leave an invitation unanswered; the one who asked is not told, nothing is announced."""

        async def decide(session: Session, pair: Pair) -> Decision:
            return rules.ignore(pair, now())

        await self._change(ask.owner_id, ask.target_id, decide)

    async def unfriend(self, ask: friendships.AnswerInvitation) -> None:
        """End a friendship on the caller's side, and announce `Unfriended`."""

        async def decide(session: Session, pair: Pair) -> Decision:
            return rules.unfriend(pair, now())

        await self._change(ask.owner_id, ask.target_id, decide)

    async def rename(self, ask: friendships.SetFriendName) -> None:
        """Call a friend by another name; nobody else sees it, nothing is announced.

        What the caller has noted about them has that name too (`remarks.py` in the contracts).
        """
        rules.check_display_name(ask.display_name)

        async def decide(session: Session, pair: Pair) -> Decision:
            decision = rules.rename(pair, ask.display_name, now())
            owner_id, name = ask.owner_id, ask.display_name
            if await self._remarks.rename(session, owner_id, ask.target_id, name):
                await self._count(session, Counted.REMARKS, {owner_id: -1})
            return decision

        await self._change(ask.owner_id, ask.target_id, decide)

    async def call(self, session: Session, owner_id: int, target_id: int, name: str) -> None:
        """Do the same in the transaction of a remark; nothing happens to who is no friend."""
        pair = await self._friendships.pair(session, owner_id, target_id)
        if rules.are_friends(pair):
            await self._apply(session, pair, rules.rename(pair, name, now()))

    async def names(self, owner_id: int, target_ids: Iterable[int]) -> dict[int, str]:
        """Give what a person calls those of these people who are their friends."""
        return await self._friendships.names(owner_id, target_ids)

    async def waiting(
        self, owner_id: int, after: int, limit: int
    ) -> Sequence[friendships.Friendship]:
        """Give rows of people who asked a person and have no answer, by their id."""
        return await self._friendships.asked(owner_id, after, limit)

    async def list(self, ask: relations.ListOfOwner) -> list[friendships.Friendship]:
        """Give a page of the caller's own rows."""
        return await self._friendships.page(ask.owner_id, ask.after)

    async def read(self, ask: friendships.OneFriend) -> friendships.Friendship:
        """Give the caller's row about a friend."""
        found = await self._friendships.find(ask.owner_id, ask.target_id)
        if found is None or found.status is not friendships.FriendStatus.FRIENDS:
            raise friendships.NotFriends
        return found

    async def erase(self, user_id: int, session: Session) -> bool:
        """Remove rows of a leaving person and rows about them; true once there are none."""
        rows = await self._friendships.rows_about(user_id, session, ERASED_AT_ONCE)
        await self._friendships.remove(rows, session)
        others = [row for row in rows if row["owner"] != user_id]
        for what in (Counted.FRIENDS, Counted.ASKED_BY):
            less = {row["owner"]: -1 for row in others if rules.counted(to_row(row)) is what}
            await self._count(session, what, less)
        changes = (Change(row["owner"], Section.FRIEND, user_id) for row in others)
        await self._log.stamp(session, changes)
        return not rows

    async def _change(
        self,
        owner_id: int,
        target_id: int,
        decide: Callable[[Session, Pair], Awaitable[Decision]],
    ) -> Decision:
        """Decide in a transaction and do what was decided there."""

        async def work(session: Session) -> Decision:
            pair = await self._friendships.pair(session, owner_id, target_id)
            decision = await decide(session, pair)
            await self._apply(session, pair, decision)
            return decision

        async with self._turns.of(owner_id, target_id, until=deadline.get()):
            return await self._outbox.transact(work)

    async def _apply(self, session: Session, pair: Pair, decision: Decision) -> None:
        one, two = pair.owner_id, pair.target_id
        changes = []
        for owner_id, target_id, before, after in (
            (one, two, pair.mine, decision.mine),
            (two, one, pair.other, decision.other),
        ):
            if after is not None:
                await self._friendships.write(session, owner_id, target_id, after)
                await self._recount(session, owner_id, before, after)
                changes.append(Change(owner_id, Section.FRIEND, target_id))
        await self._log.stamp(session, changes)
        if decision.event:
            await self._outbox.record(session, decision.event)

    async def _recount(
        self, session: Session, owner_id: int, before: Row | None, after: Row
    ) -> None:
        old, new = rules.counted(before), rules.counted(after)
        if old is not new:
            for what, by in ((old, -1), (new, 1)):
                if what:
                    await self._count(session, what, {owner_id: by})

    async def _count(self, session: Session, what: Counted, by: dict[int, int]) -> None:
        await self._counters.add(session, what, by, friendships.FRIENDS_MOST, relations.TooMany)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            friendships.invite: self.invite,
            friendships.agree: self.agree,
            friendships.ignore: self.ignore,
            friendships.unfriend: self.unfriend,
            friendships.set_friend_name: self.rename,
            friendships.list_friendships: self.list,
            friendships.read_friendship: self.read,
        }
