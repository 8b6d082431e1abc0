"""What happens to follows, in order."""

from services.social.blacklist.store import BlacklistStore
from services.social.follows import rules
from services.social.follows.store import FollowStore
from services.social.follows.ties import Ties
from services.social.people import People
from services.social.turns import Turns
from shared.bus import deadline
from shared.contract import Table
from shared.contracts import follows
from shared.mongo import Session
from shared.outbox import Outbox

ERASED_AT_ONCE = 200
"""Rows that one transaction of an erasure removes: at most 600 documents with what goes along."""


class FollowHandlers:
    """Begins and ends follows, lists and counts them."""

    def __init__(
        self,
        turns: Turns,
        outbox: Outbox,
        people: People,
        blacklist: BlacklistStore,
        store: FollowStore,
        ties: Ties,
    ) -> None:
        self._turns, self._outbox, self._people = turns, outbox, people
        self._blacklist, self._store, self._ties = blacklist, store, ties

    async def follow(self, ask: follows.Following) -> None:
        """Let the caller follow somebody, and announce `Followed`; again, nothing happens.

        Refuses oneself, who does not exist, somebody who has blacklisted the caller, and one more
        than `FOLLOWINGS_MOST`. Whom the caller has blacklisted they may follow.
        """
        rules.check(ask.user_id, ask.target_id)
        await self._people.check([ask.target_id])

        async def work(session: Session) -> None:
            if await self._blacklist.lists(session, ask.target_id, ask.user_id):
                raise follows.NotWelcome
            await self._ties.begin(session, ask.user_id, ask.target_id)

        async with self._turns.of(ask.user_id, ask.target_id, until=deadline.get()):
            await self._outbox.transact(work)

    async def unfollow(self, ask: follows.Following) -> None:
        """Let the caller follow somebody no longer, and announce `Unfollowed`.

        Nothing happens if they do not, whoever it is.
        """
        async with self._turns.of(ask.user_id, ask.target_id, until=deadline.get()):
            await self._outbox.transact(lambda s: self._ties.end(s, ask.user_id, ask.target_id))

    async def followings(self, ask: follows.ListFollows) -> list[follows.Follow]:
        """Give a page of those whom somebody follows, to anybody."""
        return [] if ask.offset > follows.DEEPEST else await self._store.followings(ask)

    async def followers(self, ask: follows.ListFollows) -> list[follows.Follow]:
        """Give a page of those who follow somebody, to anybody."""
        return [] if ask.offset > follows.DEEPEST else await self._store.followers(ask)

    async def mutual(self, ask: follows.ListFollows) -> list[follows.Follow]:
        """Give a page of those whom somebody follows and who follow them, to anybody."""
        return [] if ask.offset > follows.DEEPEST else await self._store.mutual(ask)

    async def count(self, ask: follows.CountFollows) -> list[follows.FollowCounts]:
        """Give how many follow these people and whom they follow, to anybody."""
        found = await self._store.counts(set(ask.user_ids))
        return [found.get(one) or follows.FollowCounts(user_id=one) for one in ask.user_ids]

    async def relate(self, ask: follows.Relate) -> list[follows.Relation]:
        """Tell how one person stands to others, to anybody, in one query."""
        viewer = ask.viewer_id
        there = await self._store.related(viewer, ask.user_ids)
        return [
            follows.Relation(
                user_id=one, followed=(viewer, one) in there, follows=(one, viewer) in there
            )
            for one in ask.user_ids
        ]

    async def erase(self, user_id: int, session: Session) -> bool:
        """Remove follows by and of a leaving person; true once there are none.

        The numbers of the others go down with each; nothing is announced but that the person left.
        """
        rows = await self._store.rows_about(user_id, session, ERASED_AT_ONCE)
        await self._store.forget(session, rows)
        less = {}
        for row in rows:
            follower = row["user"] != user_id
            other = row["user"] if follower else row["target"]
            less[other] = rules.erased(follower, row["mutual"])
        await self._store.count(session, less)
        if rows:
            return False
        await self._store.forget_counts(user_id, session)
        return True

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            follows.follow: self.follow,
            follows.unfollow: self.unfollow,
            follows.list_followings: self.followings,
            follows.list_followers: self.followers,
            follows.list_mutual: self.mutual,
            follows.count_follows: self.count,
            follows.relate: self.relate,
        }
