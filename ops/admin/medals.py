"""`userhub admin medals`: the catalogue of medals, and who has which."""

from typing import Any

from msgspec import UNSET

from ops.admin.connection import Services, add_action, show
from shared.contracts import medals


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("medals", help="the catalogue of medals, and who has which")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_action(actions, "list", "print the catalogue", _list)
    create = add_action(actions, "create", "add a medal to the catalogue", _create)
    create.add_argument("name")
    _add_words(create, sort=100, description="", picture="")
    change = add_action(actions, "change", "change a medal for everybody who has it", _change)
    change.add_argument("medal_id", type=int)
    change.add_argument("--name", default=UNSET)
    _add_words(change, sort=UNSET, description=UNSET, picture=UNSET)
    delete = add_action(actions, "delete", "remove a medal, also from who has it", _delete)
    delete.add_argument("medal_id", type=int)
    add_action(actions, "of", "print somebody's medals", _of).add_argument("user_id", type=int)
    for name, help_text, do in (
        ("award", "give a medal to somebody", _award),
        ("take", "take a medal from somebody", _take),
    ):
        action = add_action(actions, name, help_text, do)
        action.add_argument("user_id", type=int)
        action.add_argument("medal_id", type=int)


def _add_words(action: Any, **defaults: object) -> None:
    action.add_argument(
        "--sort", type=int, default=defaults["sort"], help="the smaller, the earlier it is shown"
    )
    action.add_argument("--description", default=defaults["description"])
    action.add_argument("--picture", default=defaults["picture"], help="an http(s) address")


async def _list(services: Services, _: Any) -> None:
    _show(await services.ask(medals.list_medals, medals.All()))


async def _of(services: Services, arguments: Any) -> None:
    ask = medals.ReadMedals(user_ids=[arguments.user_id])
    for worn in await services.ask(medals.read_medals, ask):
        _show(worn.medals)


async def _create(services: Services, arguments: Any) -> None:
    ask = medals.NewMedal(
        name=arguments.name,
        sort=arguments.sort,
        description=arguments.description,
        picture=arguments.picture,
    )
    _show([await services.ask(medals.create_medal, ask)])


async def _change(services: Services, arguments: Any) -> None:
    ask = medals.ChangeMedal(
        medal_id=arguments.medal_id,
        name=arguments.name,
        sort=arguments.sort,
        description=arguments.description,
        picture=arguments.picture,
    )
    _show([await services.ask(medals.change_medal, ask)])


async def _delete(services: Services, arguments: Any) -> None:
    await services.ask(medals.delete_medal, medals.MedalById(medal_id=arguments.medal_id))


async def _award(services: Services, arguments: Any) -> None:
    ask = medals.Award(user_id=arguments.user_id, medal_id=arguments.medal_id)
    await services.ask(medals.award_medal, ask)


async def _take(services: Services, arguments: Any) -> None:
    ask = medals.Award(user_id=arguments.user_id, medal_id=arguments.medal_id)
    await services.ask(medals.take_medal, ask)


def _show(found: list[medals.Medal]) -> None:
    show(
        [(one.medal_id, one.sort, one.name, one.description, one.picture) for one in found],
        header=("id", "sort", "name", "description", "picture"),
        empty="no medals",
    )
