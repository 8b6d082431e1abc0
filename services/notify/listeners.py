"""What the notify service does when something happened elsewhere."""

from collections.abc import Awaitable, Callable, Sequence

from shared import erasure
from shared.contract import Listeners
from shared.contracts import deletion, notify
from shared.mongo import Mongo, Session
from shared.outbox import Outbox


class Leaving:
    """Erases who leaves: from the stores in one transaction, and from the dead letters before it.

    Records of deliveries go with their person: masked or not, they are about nobody any more.
    """

    def __init__(
        self,
        mongo: Mongo,
        outbox: Outbox,
        erasers: Sequence[erasure.Eraser],
        forget_dead_letters: Callable[[int], Awaitable[None]],
    ) -> None:
        self._mongo, self._outbox, self._erasers = mongo, outbox, erasers
        self._forget_dead_letters = forget_dead_letters

    async def erase(self, event: deletion.UserDeleting, session: Session) -> None:
        """Remove everything of a person and announce it, once."""
        await self._forget_dead_letters(event.user_id)
        erased = notify.UserErased(user_id=event.user_id)
        await erasure.erase_once(
            self._mongo, self._outbox, session, event.user_id, self._erasers, erased
        )

    def listeners(self) -> Listeners:
        """What is listened to."""
        return {deletion.UserDeleting: self.erase}
