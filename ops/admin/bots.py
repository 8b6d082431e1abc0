"""`userhub admin bots`: the directory of bots, and bans."""

from typing import Any

from ops.admin.connection import OPERATOR, Services, add_action, show
from shared.contracts import bots


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("bots", help="the directory of bots, and bans")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    find = add_action(actions, "find", "look in the directory, most added first", _find)
    find.add_argument("keyword", nargs="?", default="", help="a part of the name")
    find.add_argument("--newest", action="store_true", help="the newest first, without a keyword")
    find.add_argument("--offset", type=int, default=0, help="bots to pass over")
    for name, help_text, do in (
        ("show", "print what a bot is, private or banned or not", _show),
        ("ban", "take a bot out of the directory and let nobody add it", _ban),
        ("unban", "allow a bot again", _unban),
    ):
        add_action(actions, name, help_text, do).add_argument("bot_id", type=int)


async def _find(services: Services, arguments: Any) -> None:
    order = bots.BotOrder.NEWEST if arguments.newest else bots.BotOrder.HEADCOUNT
    ask = bots.SearchBots(
        viewer_id=OPERATOR.user_id,
        limit=bots.PAGE_MOST,
        offset=arguments.offset,
        keyword=arguments.keyword,
        order=order,
    )
    _print(await services.ask(bots.search_bots, ask), "no bots")


async def _show(services: Services, arguments: Any) -> None:
    ask = bots.ReadBots(viewer_id=OPERATOR.user_id, bot_ids=[arguments.bot_id])
    found = await services.ask(bots.read_bots, ask)
    if not found:
        raise bots.NoSuchBot
    _print(found, "")
    print(found[0].introduction)


async def _ban(services: Services, arguments: Any) -> None:
    await services.ask(bots.ban_bot, bots.BanBot(bot_id=arguments.bot_id, banned=True))


async def _unban(services: Services, arguments: Any) -> None:
    await services.ask(bots.ban_bot, bots.BanBot(bot_id=arguments.bot_id, banned=False))


def _print(found: list[bots.Bot], empty: str) -> None:
    show(
        [
            (
                one.bot_id,
                one.owner_id,
                one.headcount,
                "banned" if one.banned else "private" if one.private else "listed",
                one.name,
            )
            for one in found
        ],
        header=("id", "owner", "added by", "state", "name"),
        empty=empty,
    )
