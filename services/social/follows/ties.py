"""Follows that begin and end, with all that follows, in the transaction of whoever does it.

Rows, both people's numbers and the event change together or not at all.
"""

from services.social.follows import rules
from services.social.follows.store import FollowStore
from services.social.people import People
from shared.clock import now
from shared.contracts import follows, relations
from shared.mongo import Session
from shared.outbox import Outbox


class Ties:
    """Who follows whom."""

    def __init__(self, outbox: Outbox, people: People, store: FollowStore) -> None:
        self._outbox, self._people, self._store = outbox, people, store

    async def begin(self, session: Session, user_id: int, target_id: int) -> None:
        """Let somebody follow somebody and announce `Followed`; nothing happens if they do."""
        already, mutual = await self._store.between(session, user_id, target_id)
        if already:
            return
        await self._people.keep(session, (user_id, target_id))
        await self._store.add(session, user_id, target_id, mutual, now())
        await self._store.count(session, rules.changes(user_id, target_id, 1, mutual))
        most = follows.FOLLOWINGS_MOST
        if await self._store.follows_more_than(session, user_id, most):
            raise relations.TooMany(most=most)
        await self._outbox.record(session, follows.Followed(user_id=user_id, target_id=target_id))

    async def end(self, session: Session, user_id: int, target_id: int) -> None:
        """Let somebody follow somebody no longer and announce `Unfollowed`, if they did."""
        already, mutual = await self._store.between(session, user_id, target_id)
        if not already:
            return
        await self._store.remove(session, user_id, target_id, mutual)
        await self._store.count(session, rules.changes(user_id, target_id, -1, mutual))
        event = follows.Unfollowed(user_id=user_id, target_id=target_id)
        await self._outbox.record(session, event)
