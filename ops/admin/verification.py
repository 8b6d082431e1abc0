"""`userhub admin verification`: who people say they are, and whether that is so."""

from typing import Any

import msgspec

from ops.admin.connection import Services, add_action, show
from shared.contracts import verification
from shared.contracts.verification import LONGEST_PAGE, State

_STATES = {state.name.lower(): state for state in State}


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("verification", help="who people say they are, and whether that is so")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = add_action(actions, "list", "list those in a state, the longest in it first", _list)
    listing.add_argument("--state", choices=list(_STATES), default="waiting")
    listing.add_argument("--after", type=int, metavar="USER_ID", help="the last of the page before")
    one = add_action(actions, "show", "show what a person submitted, its pictures as links", _show)
    one.add_argument("user_id", type=int)
    for name, help_text, do in (
        ("pass", "pass a submission", _pass),
        ("refuse", "refuse a submission", _refuse),
    ):
        action = add_action(actions, name, help_text, do)
        action.add_argument("user_id", type=int)
        action.add_argument("submission", help="as `show` prints it: only that is decided about")
        if name == "pass":
            action.add_argument("--slogan", help="what others see, instead of the person's words")
        else:
            action.add_argument("--reason", required=True, help="what the person is told")


async def _list(services: Services, arguments: Any) -> None:
    ask = verification.ListVerifications(
        state=_STATES[arguments.state], after=arguments.after, limit=LONGEST_PAGE
    )
    page = await services.ask(verification.list_all, ask)
    show(
        [(one.user_id, one.type, f"{one.updated_at:%Y-%m-%d %H:%M}", one.desc) for one in page],
        header=("PERSON", "TYPE", "SINCE (UTC)", "DESCRIPTION"),
        empty="There is none.",
    )


async def _show(services: Services, arguments: Any) -> None:
    found = await services.ask(
        verification.read_any, verification.OfPerson(user_id=arguments.user_id)
    )
    rows: list[tuple[str, object]] = [
        ("submission", found.submission),
        ("state", found.state.name.lower()),
        ("type", found.type),
        ("phone", found.phone_number),
        ("description", found.desc),
        ("slogan", found.slogan),
    ]
    if found.reason:
        rows.append(("reason", found.reason))
    shown = found.person or found.org
    rows += msgspec.structs.asdict(shown).items() if shown else ()
    for one in found.pictures:
        rows.append((f"see {one.picture.key[:8]}", f"/media/{one.picture.key}?pass={one.pass_}"))
    show(rows, header=("WHAT", "VALUE"), empty="")


async def _pass(services: Services, arguments: Any) -> None:
    ask = verification.Pass(
        user_id=arguments.user_id, submission=arguments.submission, slogan=arguments.slogan
    )
    await services.ask(verification.let_pass, ask)


async def _refuse(services: Services, arguments: Any) -> None:
    ask = verification.Refuse(
        user_id=arguments.user_id, submission=arguments.submission, reason=arguments.reason
    )
    await services.ask(verification.refuse, ask)
