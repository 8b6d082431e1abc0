"""How many notices one address gets in a day: past that they help nobody, and SMS cost money.

Codes have limits of their own where they are asked for (auth).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from services.notify.sending.channels import Channel, Message, Provider, Stopped
from services.notify.sending.store import MongoDeliveries
from shared.contracts import notify

DAY = timedelta(days=1)
NOTICES_A_DAY: Mapping[notify.Channel, int] = {
    notify.Channel.SMS: 10,
    notify.Channel.EMAIL: 30,
    notify.Channel.PUSH: 30,
}
"""Messages to one address in any 24 hours, codes included, past which notices are dropped."""

PUSHES_TO_A_PERSON = 300
"""Notices by push to all devices of one person in any 24 hours: thirty on each of ten."""

UNCOUNTED = "verification_code"


class Capped:
    """Offers the providers of a channel, unless its reader has had enough."""

    def __init__(self, channel: Channel, deliveries: MongoDeliveries) -> None:
        self._channel, self._deliveries = channel, deliveries

    async def providers(self, message: Message) -> Sequence[Provider]:
        """Give who delivers; raises `Stopped` for one notice too many."""
        most = NOTICES_A_DAY.get(message.channel, 0)
        if message.template != UNCOUNTED and most:
            since = datetime.now(UTC) - DAY
            if await self._deliveries.count_to(message.to, since, most + 1) > most:
                raise Stopped(f"more than {most} messages a day to one address")
            if message.channel is notify.Channel.PUSH and message.user_id is not None:
                await self._refuse_a_flood(message.user_id, since)
        return await self._channel.providers(message)

    async def _refuse_a_flood(self, user_id: int, since: datetime) -> None:
        """A person with many devices, or with ever other ones, is one person."""
        most = PUSHES_TO_A_PERSON
        if await self._deliveries.count_pushes(user_id, since, most + 1) > most:
            raise Stopped(f"more than {most} pushes a day to one person")
