"""Erasing a person who leaves."""

from collections.abc import Sequence

from shared.contracts import auth, social
from shared.erasure import Eraser, erase_once
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class Erasing:
    """Asks every store to let go of a person."""

    def __init__(self, mongo: Mongo, outbox: Outbox, erasers: Sequence[Eraser]) -> None:
        self._mongo, self._outbox, self._erasers = mongo, outbox, erasers

    async def on_deleting(self, event: auth.UserDeleting, session: Session) -> None:
        """Remove all there is of a person and announce `UserErased`, once and for good."""
        erased = social.UserErased(user_id=event.user_id)
        await erase_once(self._mongo, self._outbox, session, event.user_id, self._erasers, erased)
