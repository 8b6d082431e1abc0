"""What can be asked about switches."""

from services.notify.switches.store import MongoSwitches
from shared.contract import Table
from shared.contracts import switches
from shared.contracts.notify import Channel
from shared.telemetry import logs

log = logs.logger("switches")


class Switches:
    """Turns switches for administrators."""

    def __init__(self, kept: MongoSwitches) -> None:
        self._kept = kept

    async def turn(self, ask: switches.TurnSwitch) -> None:
        """Stop a channel or a country, or let it go on."""
        channel = Channel(ask.channel)
        country = ask.country if channel is Channel.SMS else None
        if ask.off:
            await self._kept.turn_off(channel, country, ask.reason)
        else:
            await self._kept.turn_on(channel, country)
        log.warning(
            "switch.turned", channel=channel, country=country, off=ask.off, reason=ask.reason
        )

    async def read(self, ask: switches.ReadSwitches) -> list[switches.Switch]:
        """Give what is off."""
        return await self._kept.all()

    def table(self) -> Table:
        """What can be asked."""
        return {switches.turn_switch: self.turn, switches.read_switches: self.read}
