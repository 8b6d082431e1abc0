"""`userhub admin channels`: the switches that stop messages."""

from typing import Any

import phonenumbers

from ops.admin.connection import Services, add_action, show
from shared.contracts import switches
from shared.contracts.notify import Channel

STOPPABLE = (Channel.SMS, Channel.EMAIL, Channel.PUSH)


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("channels", help="stop messages by channel or country, and let them go")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_action(actions, "list", "show what is switched off", _list)
    for name, help_text, do in (
        ("off", "stop messages at once; those that come meanwhile are never sent", _off),
        ("on", "let messages go again", _on),
    ):
        action = add_action(actions, name, help_text, do)
        action.add_argument("channel", choices=STOPPABLE)
        action.add_argument("--country", help="SMS to this country alone (ISO 3166: CN)")
        if name == "off":
            action.add_argument("--reason", default="", help="for the records of what is stopped")


async def _list(services: Services, arguments: Any) -> None:
    found = await services.ask(switches.read_switches, switches.ReadSwitches())
    rows = [
        (one.channel, one.country or "", one.since.isoformat(" ", "seconds"), one.reason)
        for one in found
    ]
    header = ("channel", "country", "off since", "reason")
    show(rows, header=header, empty="nothing is switched off")


async def _off(services: Services, arguments: Any) -> None:
    await _turn(services, arguments, off=True, reason=arguments.reason)


async def _on(services: Services, arguments: Any) -> None:
    await _turn(services, arguments, off=False, reason="")


async def _turn(services: Services, arguments: Any, *, off: bool, reason: str) -> None:
    if arguments.country and arguments.channel != Channel.SMS:
        raise SystemExit("userhub: --country is for sms: of another channel all would be meant")
    if off and arguments.country and arguments.country not in phonenumbers.SUPPORTED_REGIONS:
        raise SystemExit(f"userhub: no number is of {arguments.country} (ISO 3166: GB, not UK)")
    turn = switches.TurnSwitch(
        channel=arguments.channel, country=arguments.country, off=off, reason=reason
    )
    await services.ask(switches.turn_switch, turn)
