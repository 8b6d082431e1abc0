"""Kill switches: what they stop, at once, and who may turn them."""

from typing import Any

import pytest
from msgspec.structs import replace

from shared.caller import Caller
from shared.contracts import notify, switches
from shared.contracts.accounts import Role
from shared.contracts.notify import Channel, Status
from shared.contracts.switches import ReadSwitches, TurnSwitch
from shared.errors import Malformed, NotAllowed
from tests.services.notify.conftest import OPERATOR, new_send, publish

FRANCE, SPAIN = "+33612345678", "+34612345678"


@pytest.fixture
async def turn(bus):
    """Turn a switch as an operator; it is on again after the test."""
    turned = set()

    async def ask(channel, country=None, off=True, reason="an attack"):
        if off:
            turned.add((channel, country))
        asked = TurnSwitch(channel=channel, country=country, off=off, reason=reason)
        await bus.ask(switches.turn_switch, asked, caller=OPERATOR)

    yield ask
    for channel, country in turned:
        await ask(channel, country, off=False)


@pytest.fixture
def fate(bus, js, eventually):
    """Send a message and give what became of it."""

    async def send(to, **fields):
        one = new_send(to=to, **fields)
        await publish(js, one)

        async def ended():
            ask = notify.ReadDeliveries(to=to)
            rows = await bus.ask(notify.read_deliveries, ask, caller=OPERATOR)
            done = (Status.SENT, Status.STOPPED)
            return [row for row in rows if row.id == one.id and row.status in done]

        [delivery] = await eventually(ended)
        return delivery

    return send


async def test_a_country_is_stopped_and_let_go(bus, turn, fate):
    """While SMS to a country are off none goes there, and others do; afterwards they go again."""
    await turn(Channel.SMS, "FR")
    await turn(Channel.SMS, "FR", reason="still an attack")

    stopped = await fate(FRANCE)
    assert (stopped.status, stopped.attempts) == (Status.STOPPED, 0)
    assert stopped.error == "sms to FR is switched off: still an attack"
    assert (await fate(SPAIN)).status is Status.SENT
    [listed] = await bus.ask(switches.read_switches, ReadSwitches())
    assert (listed.channel, listed.country) == (Channel.SMS, "FR")

    await turn(Channel.SMS, "FR", off=False)
    assert (await fate(FRANCE)).status is Status.SENT


async def test_a_whole_channel_is_stopped(turn, fate):
    """A channel that is off sends nothing, and the other channels go on."""
    await turn(Channel.EMAIL, "FR")

    assert (await fate("ann@example.com", channel=Channel.EMAIL)).status is Status.STOPPED
    assert (await fate(FRANCE)).status is Status.SENT


async def test_who_may_turn_it(bus):
    """Only administrators turn a switch, and only one that there is."""
    ask = TurnSwitch(channel="sms", off=True)
    with pytest.raises(NotAllowed):
        await bus.ask(switches.turn_switch, ask, caller=Caller(1, "s", Role.AUDITOR))
    im: Any = "im"
    for wrong in (TurnSwitch(channel=im, off=True), replace(ask, country="fr")):
        with pytest.raises(Malformed):
            await bus.ask(switches.turn_switch, wrong, caller=OPERATOR)
    assert await bus.ask(switches.read_switches, ReadSwitches()) == []


async def test_deliveries_are_for_administrators(bus):
    """Who is no administrator does not learn what was sent to whom."""
    ask, person = notify.ReadDeliveries(to=FRANCE), Caller(1, "s", Role.AUDITOR)
    with pytest.raises(NotAllowed):
        await bus.ask(notify.read_deliveries, ask, caller=person)
