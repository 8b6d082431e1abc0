"""What happens to a message: opened, composed, handed to a channel, and each step on record."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from nats.aio.msg import Msg

from services.notify.sending import rules
from services.notify.sending.channels import Channel, Message, Refused, TryLater
from services.notify.sending.rules import Delivery, Hopeless
from services.notify.sending.store import CLAIM, MongoDeliveries
from services.notify.templates.catalogue import Catalogue, Unrenderable
from shared.consumers import REPLAY_FOR, Later
from shared.contract import Table
from shared.contracts import notify
from shared.contracts.notify import Outcome, Send, Status

SEND_SECONDS = 10.0
"""How long a provider may take for one message: well below the claim on the delivery."""


class Sending:
    """Sends what comes in through the stream, and tells what became of it."""

    def __init__(
        self,
        deliveries: MongoDeliveries,
        templates: Catalogue,
        channels: Mapping[notify.Channel, Channel],
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        self._deliveries, self._templates, self._channels = deliveries, templates, channels
        self._send_seconds = send_seconds

    async def handle(self, msg: Msg) -> None:
        """Send one message, if that is still to be done.

        Returns when it is sent, expired or none of our business any more. Raises `Hopeless` for the
        dead letters, `Later` while another process is at it, anything else for another try.
        """
        send, sequence = rules.read(msg.data), msg.metadata.sequence.stream
        delivery = await self._deliveries.open(send, sequence, _is_replayed(msg))
        if delivery is None or delivery.is_finished_for(sequence):
            return
        if delivery.status is Status.FAILED:
            raise Hopeless(delivery.error or "given up before")
        if delivery.is_claimed(datetime.now(UTC)):
            raise Later(CLAIM.total_seconds())
        if rules.is_expired(send, datetime.now(UTC)):
            await self._deliveries.close(send.id, sequence, Status.EXPIRED)
            return
        await self._attempt(send, delivery)

    async def _attempt(self, send: Send, delivery: Delivery) -> None:
        message, channel = self._compose(send), self._channel(send.channel)
        if not rules.is_worth_a_try(delivery.unknown, channel.repeatable):
            raise Hopeless(f"{channel.name} may have sent it {delivery.unknown} times already")
        if not await self._deliveries.claim(delivery, channel.name):
            raise Later(CLAIM.total_seconds())
        try:
            async with asyncio.timeout(self._send_seconds):
                receipt = await channel.send(message)
        except Exception as error:
            await self._not_sent(send, delivery, error)
            raise
        await self._deliveries.settle(delivery, Outcome.SENT, Status.SENT, receipt=receipt.id)

    async def _not_sent(self, send: Send, delivery: Delivery, error: Exception) -> None:
        outcome, status = Outcome.UNKNOWN, Status.WAITING
        if isinstance(error, TryLater):
            outcome = Outcome.LATER
        elif isinstance(error, Refused):
            outcome, status = Outcome.REFUSED, Status.FAILED
        reason = rules.printable(rules.reason_of(error), send)
        await self._deliveries.settle(delivery, outcome, status, error=reason)

    def _compose(self, send: Send) -> Message:
        try:
            return rules.compose(send, self._templates)
        except Unrenderable as error:
            raise Hopeless(str(error)) from None

    def _channel(self, wanted: notify.Channel) -> Channel:
        channel = self._channels.get(wanted)
        if channel is None:
            raise Hopeless(f"no provider for {wanted} is configured")
        return channel

    async def give_up(self, msg: Msg, error: Exception) -> None:
        """Write down that a message goes to the dead letters; before it does."""
        try:
            send = rules.read(msg.data)
        except Hopeless:
            return
        sequence = msg.metadata.sequence.stream
        await self._deliveries.open(send, sequence, _is_replayed(msg))
        reason = rules.printable(rules.reason_of(error), send)
        await self._deliveries.close(send.id, sequence, Status.FAILED, reason)

    async def read(self, ask: notify.ReadDeliveries) -> list[notify.Delivery]:
        """Look up what became of messages to an address, newest first."""
        return await self._deliveries.to_address(ask.to)

    def table(self) -> Table:
        """What can be asked about deliveries."""
        return {notify.read_deliveries: self.read}


def _is_replayed(msg: Msg) -> bool:
    return REPLAY_FOR in (msg.headers or {})
