"""What can be asked of the development inbox."""

from services.notify.inbox.store import MongoInbox
from shared.contract import Table
from shared.contracts import notify


class Inbox:
    """Shows to who asks what was sent to an address; not served in production."""

    def __init__(self, messages: MongoInbox) -> None:
        self._messages = messages

    async def read(self, ask: notify.ReadInbox) -> list[notify.InboxMessage]:
        """Read the messages to an address, newest first."""
        return await self._messages.read(ask.to)

    def table(self) -> Table:
        """What can be asked."""
        return {notify.read_inbox: self.read}
