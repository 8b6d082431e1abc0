"""`userhub admin groups`: the directory of groups, its categories and picks, and bans."""

from typing import Any

from ops.admin.connection import Services, add_action, show
from shared.contracts import directory, groups


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("groups", help="the directory of groups, and bans")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    find = add_action(actions, "find", "look in the directory, most members first", _find)
    find.add_argument("keyword", nargs="?", default="", help="a part of the name")
    find.add_argument("--category", default="", help="name of a category, with those below it")
    find.add_argument("--picked", action="store_true", help="only picks, the newest first")
    find.add_argument("--offset", type=int, default=0, help="groups to pass over")
    for name, help_text, do in (
        ("show", "print what a group is, whether or not it is in the directory", _show),
        ("ban", "take a group out of the directory and let nobody in", _ban),
        ("unban", "allow a group again", _unban),
        ("pick", "show a group first among the picks", _pick),
        ("unpick", "pick a group no longer", _unpick),
    ):
        action = add_action(actions, name, help_text, do)
        action.add_argument("group_id", type=int)
        if do is _ban:
            action.add_argument("--reason", default="", help="kept for other administrators")
    add_action(actions, "categories", "print the tree of categories", _categories)
    put = add_action(actions, "set-category", "make a category, or change it whole", _set_category)
    put.add_argument("category_id", type=int)
    put.add_argument("name")
    put.add_argument("--parent", type=int, default=0, help="id of a category of the first level")
    put.add_argument("--position", type=int, default=0, help="place among those beside it")
    put.add_argument("--shown-at", type=int, default=0, help="place on the discovery page; 0: none")
    remove = add_action(actions, "remove-category", "remove a category", _remove_category)
    remove.add_argument("category_id", type=int)


async def _find(services: Services, arguments: Any) -> None:
    ask = directory.SearchGroups(
        limit=directory.PAGE_MOST,
        offset=arguments.offset,
        category=arguments.category,
        keyword=arguments.keyword,
        picked=arguments.picked,
    )
    _print(await services.ask(directory.search_groups, ask), "no groups")


async def _show(services: Services, arguments: Any) -> None:
    ask = directory.ReadGroups(group_ids=[arguments.group_id])
    found = await services.ask(directory.read_groups, ask)
    if not found:
        raise groups.NoSuchGroup
    _print(found, "")
    print(found[0].introduction)


async def _ban(services: Services, arguments: Any) -> None:
    ask = directory.BanGroup(group_id=arguments.group_id, banned=True, reason=arguments.reason)
    await services.ask(directory.ban_group, ask)


async def _unban(services: Services, arguments: Any) -> None:
    ask = directory.BanGroup(group_id=arguments.group_id, banned=False)
    await services.ask(directory.ban_group, ask)


async def _pick(services: Services, arguments: Any) -> None:
    ask = directory.PickGroup(group_id=arguments.group_id, picked=True)
    await services.ask(directory.pick_group, ask)


async def _unpick(services: Services, arguments: Any) -> None:
    ask = directory.PickGroup(group_id=arguments.group_id, picked=False)
    await services.ask(directory.pick_group, ask)


async def _categories(services: Services, _: Any) -> None:
    found = await services.ask(directory.list_categories, directory.AllCategories())
    show(
        [
            (one.category_id, one.parent_id or "", one.position, one.shown_at or "", one.name)
            for one in found
        ],
        header=("id", "parent", "position", "shown at", "name"),
        empty="no categories",
    )


async def _set_category(services: Services, arguments: Any) -> None:
    ask = directory.SetCategory(
        category_id=arguments.category_id,
        name=arguments.name,
        parent_id=arguments.parent,
        position=arguments.position,
        shown_at=arguments.shown_at,
    )
    await services.ask(directory.set_category, ask)


async def _remove_category(services: Services, arguments: Any) -> None:
    ask = directory.RemoveCategory(category_id=arguments.category_id)
    await services.ask(directory.remove_category, ask)


def _print(found: list[groups.Group], empty: str) -> None:
    show(
        [
            (
                one.group_id,
                one.creator_id,
                one.member_count,
                one.category_id or "",
                _state(one),
                one.name,
            )
            for one in found
        ],
        header=("id", "creator", "members", "category", "state", "name"),
        empty=empty,
    )


def _state(group: groups.Group) -> str:
    """Say why a group is not in the directory, or that it is."""
    for is_so, word in (
        (group.dismissed_at, "over"),
        (group.ban_id, "banned"),
        (group.private, "private"),
        (group.hidden, "hidden"),
    ):
        if is_so:
            return word
    return "listed"
