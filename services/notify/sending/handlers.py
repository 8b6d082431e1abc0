"""What happens to a message: opened, composed, handed to a channel, and each step on record."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from nats.aio.msg import Msg

from services.notify.sending import reports, rules
from services.notify.sending.channels import (
    Channel,
    Message,
    NoTemplate,
    Provider,
    Refused,
    Reporting,
    Stopped,
    TryLater,
)
from services.notify.sending.rules import Delivery, Hopeless
from services.notify.sending.store import CLAIM, MongoDeliveries
from services.notify.sms_reports.store import MongoSmsReports
from services.notify.templates.catalogue import Catalogue, Unrenderable
from shared.consumers import REPLAY_FOR, Later
from shared.contract import Table
from shared.contracts import notify
from shared.contracts.notify import Outcome, Send, Status
from shared.telemetry import metrics

SEND_SECONDS = 10.0
"""How long providers may take for one message: well below the claim on the delivery.

The first of two has half of it, and the second what is left.
"""


class Sending:
    """Sends what comes in through the stream, and tells what became of it."""

    def __init__(
        self,
        deliveries: MongoDeliveries,
        templates: Catalogue,
        channels: Mapping[notify.Channel, Channel],
        send_seconds: float = SEND_SECONDS,
        reporting: Mapping[str, Reporting] | None = None,
        reported: MongoSmsReports | None = None,
    ) -> None:
        self._deliveries, self._templates, self._channels = deliveries, templates, channels
        self._send_seconds, self._reporting = send_seconds, reporting or {}
        self._reported = reported

    async def handle(self, msg: Msg) -> None:
        """Send one message, if that is still to be done.

        Returns when it is sent, expired, stopped or none of our business any more. Raises
        `Hopeless` for the dead letters, `Later` while another process is at it, anything else for
        another try.
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
        try:
            await self._attempt(send, delivery)
        except Stopped as stop:
            reason = rules.printable(str(stop), send)
            await self._deliveries.close(send.id, sequence, Status.STOPPED, reason)

    async def _attempt(self, send: Send, delivery: Delivery) -> None:
        """Ask one provider after the other until one takes it; raises what the last one said."""
        message = self._compose(send)
        providers = await self._providers(send, message, delivery)
        end = time.monotonic() + self._send_seconds
        failures: list[Exception] = []
        for left in range(len(providers), 0, -1):
            provider, seconds = providers[-left], (end - time.monotonic()) / left
            if seconds <= 0:
                break
            claimed = await self._deliveries.claim(delivery, provider.name)
            if claimed is None:
                raise Later(CLAIM.total_seconds())
            delivery = claimed
            try:
                async with asyncio.timeout(seconds):
                    receipt = await provider.send(message)
            except Stopped as stop:
                await self._settle(send, delivery, provider, Outcome.REFUSED, Status.STOPPED, stop)
                return
            except Exception as error:
                failures.append(error)
                outcome, status = _what_it_means(error)
                await self._settle(send, delivery, provider, outcome, status, error)
                if status is Status.FAILED or rules.is_expired(send, datetime.now(UTC)):
                    break
            else:
                await self._deliveries.settle(
                    delivery, provider.name, Outcome.SENT, Status.SENT, receipt=receipt.id
                )
                metrics.DELIVERY_ATTEMPTS.labels(send.channel, provider.name, "sent").inc()
                return
        raise _what_remains(failures)

    async def _providers(self, send: Send, message: Message, delivery: Delivery) -> list[Provider]:
        channel = self._channels.get(send.channel)
        if channel is None:
            raise Hopeless(f"no provider for {send.channel} is configured")
        return rules.worth_a_try(await channel.providers(message), delivery)

    async def _settle(
        self,
        send: Send,
        delivery: Delivery,
        provider: Provider,
        outcome: Outcome,
        status: Status,
        error: Exception,
    ) -> None:
        reason = rules.printable(rules.reason_of(error), send)
        await self._deliveries.settle(delivery, provider.name, outcome, status, error=reason)
        metrics.DELIVERY_ATTEMPTS.labels(send.channel, provider.name, outcome).inc()

    def _compose(self, send: Send) -> Message:
        try:
            return rules.compose(send, self._templates)
        except Unrenderable as error:
            raise Hopeless(str(error)) from None

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
        found = await self._deliveries.to_address(ask.to)
        if self._reported:
            found = await self._reported.added(found)
        return await reports.added(found, ask.to, self._reporting) if ask.reports else found

    def table(self) -> Table:
        """What can be asked about deliveries."""
        return {notify.read_deliveries: self.read}


def _what_remains(failures: list[Exception]) -> Exception:
    """Give what to raise when nobody took a message: what the last one said."""
    if failures and all(isinstance(one, NoTemplate) for one in failures):
        return Stopped("no provider for this address has a template for it")
    return failures[-1] if failures else TryLater("nobody was asked")


def _is_replayed(msg: Msg) -> bool:
    return REPLAY_FOR in (msg.headers or {})


def _what_it_means(error: Exception) -> tuple[Outcome, Status]:
    if isinstance(error, Refused):
        return Outcome.REFUSED, Status.FAILED
    return (Outcome.LATER if isinstance(error, TryLater) else Outcome.UNKNOWN), Status.WAITING
