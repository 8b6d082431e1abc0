"""A channel that asks first whether it is switched off."""

from collections.abc import Sequence

from services.notify.sending.channels import Channel, Message, Provider, Stopped
from services.notify.sms.routes import country_of
from services.notify.switches.store import MongoSwitches
from shared.contracts import notify


class Switchable:
    """Offers the providers of a channel, unless an operator stopped it."""

    def __init__(self, channel: Channel, switches: MongoSwitches) -> None:
        self._channel, self._switches = channel, switches

    async def providers(self, message: Message) -> Sequence[Provider]:
        """Give who delivers; raises `Stopped` while the switch is off."""
        country = country_of(message.to) if message.channel is notify.Channel.SMS else ""
        switch = await self._switches.off_for(message.channel, country)
        if switch is not None:
            what = f"{switch.channel} to {switch.country}" if switch.country else switch.channel
            raise Stopped(f"{what} is switched off: {switch.reason or 'no reason given'}")
        return await self._channel.providers(message)
