"""What can be asked of the development inbox."""

import asyncio
import contextlib

from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from services.notify.inbox.store import MongoInbox
from shared.contract import Table
from shared.contracts import notify

PATIENCE_SECONDS = 1.0
"""How long a reader waits for what is still to be sent: it takes some hundredths of a second."""


class Inbox:
    """Shows to who asks what was sent to an address; not served in production."""

    def __init__(self, messages: MongoInbox, js: JetStreamContext, durable: str) -> None:
        """`durable` is the place in the stream `NOTIFY` up to which everything was handled."""
        self._messages, self._js, self._durable = messages, js, durable

    async def read(self, ask: notify.ReadInbox) -> list[notify.InboxMessage]:
        """Read the messages to an address, newest first.

        What was accepted before is in it, unless it cannot be sent at once: whoever asked for a
        code a moment ago does not read an older one.
        """
        with contextlib.suppress(TimeoutError, NatsError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._all_sent()
        return await self._messages.read(ask.to)

    async def _all_sent(self) -> None:
        last = (await self._js.stream_info("NOTIFY")).state.last_seq
        while True:
            handled = (await self._js.consumer_info("NOTIFY", self._durable)).ack_floor
            if handled and handled.stream_seq >= last:
                return
            await asyncio.sleep(0.005)

    def table(self) -> Table:
        """What can be asked."""
        return {notify.read_inbox: self.read}
