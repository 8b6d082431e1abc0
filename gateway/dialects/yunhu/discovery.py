"""Finding groups and bots."""

from gateway.core import Core
from gateway.dialects.yunhu import discovery_views as views
from gateway.dialects.yunhu import moments
from gateway.dialects.yunhu.envelope import Ok
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import bots, directory
from shared.contracts.contacts import ContactKind
from shared.contracts.groups import Group

PICKS = "精选"
"""The first category: what the operators picked."""

BOTS_SHOWN = 50
"""Of those that most people have added."""

GROUPS_SHOWN = 100
"""In the newer list, which has no pages."""


class Discovery(Handlers):
    """Looks into the directories."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def category_names(
        self, caller: Caller, data: views.Channel | None = None
    ) -> Ok[views.CategoryNames]:
        """List the categories of the discovery page: the picks first, then what operators show."""
        found = await self._categories()
        shown = sorted((one for one in found if one.shown_at), key=lambda one: one.shown_at)
        return Ok(data=views.CategoryNames([PICKS, *(one.name for one in shown)]))

    async def groups(self, data: views.GroupSearch, caller: Caller) -> Ok[views.FoundGroups]:
        """List a page of a category, those below it included; past the end it is empty."""
        picked = data.category == PICKS
        ask = directory.SearchGroups(
            limit=data.size,
            offset=data.skip,
            category="" if picked else data.category,
            picked=picked,
            keyword=data.keyword,
        )
        found = await self.core.bus.ask(directory.search_groups, ask)
        return Ok(data=views.FoundGroups([_found(one) for one in found]))

    async def category_tree(self) -> Ok[views.CategoryTree]:
        """List all categories; nobody needs to log in for this."""
        found = await self._categories()
        below: dict[int, list[views.SubCategory]] = {}
        for one in found:
            if one.parent_id:
                row = views.SubCategory(id=one.category_id, name=one.name, parent_id=one.parent_id)
                below.setdefault(one.parent_id, []).append(row)
        tree = [
            views.SubCategory(
                id=one.category_id,
                name=one.name,
                parent_id=0,
                sub_items=below.get(one.category_id, []),
            )
            for one in found
            if not one.parent_id
        ]
        return Ok(data=views.CategoryTree(tree))

    async def recommended_groups(self, data: views.RecommendSearch) -> Ok[views.RecommendedGroups]:
        """List the groups of a category with most members; nobody needs to log in for this."""
        ask = directory.SearchGroups(
            limit=GROUPS_SHOWN, category_id=data.category_id, keyword=data.keyword
        )
        found = await self.core.bus.ask(directory.search_groups, ask)
        names = await self._names() if found else {}
        return Ok(data=views.RecommendedGroups([_recommended(one, names) for one in found]))

    async def recommended_bots(self, caller: Caller) -> Ok[views.RecommendedBots]:
        """List the bots that most people have added."""
        return Ok(data=views.RecommendedBots([_bot(one) for one in await self._bots(caller)]))

    async def bot_shop(self, caller: Caller) -> Ok[views.ShopBots]:
        """List the same bots for the shop."""
        rows = [
            views.ShopBot(
                chat_id=str(one.bot_id),
                chat_type=str(int(ContactKind.BOT)),
                headcount=str(one.headcount),
                nickname=one.name,
                introduction=one.introduction,
                instructions="",
                avatar_url=one.avatar,
            )
            for one in await self._bots(caller)
        ]
        return Ok(data=views.ShopBots(rows))

    async def _bots(self, caller: Caller) -> list[bots.Bot]:
        ask = bots.SearchBots(viewer_id=caller.user_id, limit=BOTS_SHOWN)
        return await self.core.bus.ask(bots.search_bots, ask, caller=caller)

    async def _categories(self) -> list[directory.Category]:
        return await self.core.bus.ask(directory.list_categories, directory.AllCategories())

    async def _names(self) -> dict[int, str]:
        """Name categories as clients show them: the one above, a dash, their own."""
        found = {one.category_id: one for one in await self._categories()}
        return {
            number: f"{found[one.parent_id].name}-{one.name}"
            if one.parent_id in found
            else one.name
            for number, one in found.items()
        }


def _found(group: Group) -> views.FoundGroup:
    return views.FoundGroup(
        chat_id=str(group.group_id),
        ban_id=group.ban_id,
        nickname=group.name,
        introduction=group.introduction,
        avatar_url=group.portrait,
        headcount=group.member_count,
        create_time=moments.seconds(group.created_at),
    )


def _recommended(group: Group, names: dict[int, str]) -> views.RecommendedGroup:
    return views.RecommendedGroup(
        id=group.group_id,
        group_id=str(group.group_id),
        name=group.name,
        introduction=group.introduction,
        create_by=str(group.creator_id),
        create_time=moments.seconds(group.created_at),
        avatar_url=group.portrait,
        headcount=group.member_count,
        read_history=int(group.history_shown),
        always_agree=int(group.direct_join is True),
        category_id=group.category_id,
        category=names.get(group.category_id, ""),
        private=int(group.private),
        ban_id=group.ban_id,
    )


def _bot(bot: bots.Bot) -> views.RecommendedBot:
    return views.RecommendedBot(
        chat_id=str(bot.bot_id),
        chat_type=str(int(ContactKind.BOT)),
        headcount=str(bot.headcount),
        nickname=bot.name,
        introduction=bot.introduction,
        introductions="",
        avatar_url=bot.avatar,
        is_add=int(bot.can_be_added and not bot.added),
        is_apply=0,  # nobody waits for a bot's consent
        always_agree=int(bot.always_agree),
    )
