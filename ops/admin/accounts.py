"""`userhub admin accounts`: people and whether they may log in."""

from typing import Any

from ops.admin.connection import Services, add_action
from shared import addresses
from shared.contracts import administration, auth


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("accounts", help="people and whether they may log in")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    find = add_action(actions, "find", "print the id of the person with an address", _find)
    find.add_argument("address", help="phone number in E.164 (+8613912345678) or e-mail address")
    for name, help_text, do in (
        ("disable", "lock a person out, which ends all their sessions", _disable),
        ("enable", "let a person in again", _enable),
    ):
        add_action(actions, name, help_text, do).add_argument("user_id", type=int)


async def _find(services: Services, arguments: Any) -> None:
    address = addresses.key(arguments.address)
    found = await services.ask(auth.find_by_address, auth.ByAddress(address=address))
    print(found.user_id)


async def _disable(services: Services, arguments: Any) -> None:
    await services.ask(
        administration.set_disabled,
        administration.SetDisabled(user_id=arguments.user_id, disabled=True),
    )


async def _enable(services: Services, arguments: Any) -> None:
    await services.ask(
        administration.set_disabled,
        administration.SetDisabled(user_id=arguments.user_id, disabled=False),
    )
