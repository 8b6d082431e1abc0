"""Switches that stop messages by channel, or SMS by country, at once; the notify service answers.

For the hour in which something goes wrong: an attack that costs money, a provider that sends
nonsense. What meets a closed switch is not sent later either, and its record says why.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from shared.contract import Call, Message
from shared.contracts.accounts import Role
from shared.contracts.notify import Channel

Stoppable = Literal["sms", "email", "push"]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
"""ISO 3166, two letters."""


class TurnSwitch(Message):
    """Stop a channel or let it go on: administrators only.

    It acts on every message that is tried from now on, of all instances. Turning it the way it is
    changes nothing but the reason.
    """

    channel: Stoppable
    off: bool
    country: Country | None = None
    """SMS to numbers of this country alone; ignored for other channels."""
    reason: Annotated[str, Meta(max_length=200)] = ""
    """For the records of what is stopped."""


class ReadSwitches(Message):
    """Read which switches are off; anybody on the bus may."""


class Switch(Message):
    """Something that is switched off."""

    channel: Channel
    country: Country | None
    reason: str
    since: datetime


turn_switch = Call("notify.switches.turn", TurnSwitch, type(None), least_role=Role.ADMIN)
read_switches = Call("notify.switches.read", ReadSwitches, list[Switch], read_only=True)
"""At most one per channel and country, the latest first."""
