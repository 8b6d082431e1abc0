"""`userhub admin accounts`: people, what they may do, and whether they may log in."""

from collections.abc import Sequence
from typing import Any

from ops.admin.connection import Services, add_action, show
from shared import addresses
from shared.contracts import accounts, administration

PAGE = 20
"""Accounts shown at once unless the command says otherwise."""

ROLES = {role.name.lower(): role for role in accounts.Role}


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("accounts", help="people, their roles, and whether they may log in")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = add_action(actions, "list", "list accounts, oldest first", _list)
    listing.add_argument("--skip", type=int, default=0, help="how many to pass over (0)")
    listing.add_argument("--limit", type=int, default=PAGE, help=f"how many to show ({PAGE})")
    search = add_action(
        actions, "search", "list who has exactly this id, username, e-mail or phone", _search
    )
    search.add_argument("keyword")
    find = add_action(actions, "find", "print the id of the person with an address", _find)
    find.add_argument("address", help="phone number in E.164 (+8613912345678) or e-mail address")
    role = _of_person(actions, "role", "give a person a role, which acts at once", _role)
    role.add_argument("role", choices=ROLES, help="user, auditor, admin or root")
    _of_person(actions, "show", "print what is known of an account", _show)
    _of_person(actions, "disable", "lock a person out, which ends all their sessions", _disable)
    _of_person(actions, "enable", "let a person in again", _enable)
    _of_person(actions, "delete", "close an account for good and erase its person", _delete)
    _of_person(actions, "sessions", "list a person's sessions, newest first", _sessions)
    end = _of_person(actions, "end-session", "end one session of a person", _end_session)
    end.add_argument("session_id", help="as `sessions` shows it")


def _of_person(actions: Any, name: str, help_text: str, do: Any) -> Any:
    parser = add_action(actions, name, help_text, do)
    parser.add_argument("user_id", type=int, help="the person's id")
    return parser


async def _list(services: Services, arguments: Any) -> None:
    ask = administration.ListPeople(limit=arguments.limit, skip=arguments.skip)
    found = await services.ask(administration.list_people, ask)
    _show_accounts(found.accounts)
    print(f"{found.total} in all")


async def _search(services: Services, arguments: Any) -> None:
    ask = administration.SearchPeople(keyword=arguments.keyword, limit=PAGE)
    _show_accounts((await services.ask(administration.search_people, ask)).accounts)


def _show_accounts(accounts: Sequence[accounts.Account]) -> None:
    rows = [
        (
            one.user_id,
            one.username,
            one.role.name.lower(),
            one.state,
            one.email or "-",
            one.phone or "-",
            f"{one.created_at:%Y-%m-%d %H:%M}",
        )
        for one in accounts
    ]
    header = ("ID", "USERNAME", "ROLE", "STATE", "E-MAIL", "PHONE", "SINCE (UTC)")
    show(rows, header=header, empty="Nobody.")


async def _find(services: Services, arguments: Any) -> None:
    address = addresses.key(arguments.address)
    found = await services.ask(accounts.find_by_address, accounts.ByAddress(address=address))
    print(found.user_id)


async def _show(services: Services, arguments: Any) -> None:
    ask = administration.OfPerson(user_id=arguments.user_id)
    _show_accounts([await services.ask(administration.read_person, ask)])


async def _role(services: Services, arguments: Any) -> None:
    ask = administration.SetRole(user_id=arguments.user_id, role=ROLES[arguments.role])
    await services.ask(administration.set_role, ask)


async def _disable(services: Services, arguments: Any) -> None:
    ask = administration.SetDisabled(user_id=arguments.user_id, disabled=True)
    await services.ask(administration.set_disabled, ask)


async def _enable(services: Services, arguments: Any) -> None:
    ask = administration.SetDisabled(user_id=arguments.user_id, disabled=False)
    await services.ask(administration.set_disabled, ask)


async def _delete(services: Services, arguments: Any) -> None:
    ask = administration.OfPerson(user_id=arguments.user_id)
    await services.ask(administration.delete_person, ask)


async def _sessions(services: Services, arguments: Any) -> None:
    ask = administration.OfPerson(user_id=arguments.user_id)
    found = await services.ask(administration.list_sessions, ask)
    rows = [
        (
            one.session_id,
            one.dialect,
            one.platform or "-",
            one.device[:40] or "-",
            one.ip,
            f"{one.began_at:%Y-%m-%d %H:%M}",
            f"{one.last_used_at:%Y-%m-%d %H:%M}",
        )
        for one in found
    ]
    header = ("ID", "DIALECT", "PLATFORM", "DEVICE", "ADDRESS", "BEGAN (UTC)", "USED (UTC)")
    show(rows, header=header, empty="No sessions.")


async def _end_session(services: Services, arguments: Any) -> None:
    ask = administration.EndSession(user_id=arguments.user_id, session_id=arguments.session_id)
    await services.ask(administration.end_person_session, ask)
