"""Groups and bots of one's own: making them, and what they show."""

from typing import Annotated

from litestar import Response

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.core import Core
from gateway.dialects.yunhu import discovery_views as views
from gateway.dialects.yunhu import protobuf, rules
from gateway.dialects.yunhu.envelope import Done
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import bots, directory, groups


class Groups(Handlers):
    """Makes and edits groups."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def create(
        self,
        data: Annotated[pb.create_group_send, protobuf.body(pb.create_group_send)],
        caller: Caller,
    ) -> Response[bytes]:
        """Make a group of oneself; it is in no directory until its switch is turned."""
        ask = groups.CreateGroup(
            owner_id=caller.user_id,
            name=_name(data.name),
            member_ids=[caller.user_id],
            portrait=rules.picture(data.avatar_url),
            introduction=_introduction(data.introduction),
        )
        made = await self.core.bus.ask(groups.create_group, ask, caller=caller)
        return protobuf.answer(
            pb.create_group(status=protobuf.status(), group_id=str(made.group_id))
        )

    async def edit(
        self,
        data: Annotated[pb.edit_group_send, protobuf.body(pb.edit_group_send)],
        caller: Caller,
    ) -> Response[bytes]:
        """Set everything that one's group shows: what is not sent is empty or off."""
        ask = groups.ChangeGroup(
            owner_id=caller.user_id,
            group_id=rules.group(data.group_id),
            name=_name(data.name),
            introduction=_introduction(data.introduction),
            portrait=rules.picture(data.avatar_url),
            direct_join=bool(data.direct_join),
            history_shown=bool(data.history_msg),
            category_id=await self._category(data.category_id, data.category_name),
            private=bool(data.private),
            members_hidden=bool(data.hide_group_members),
        )
        await self.core.bus.ask(groups.change_group, ask, caller=caller)
        return protobuf.answer(pb.edit_group(status=protobuf.status()))

    async def _category(self, number: int, name: str) -> int:
        """Give the number of a category; clients send it, its name, or both (the number holds).

        A name may be written as in lists: the one above, a dash, its own.
        """
        if number or not name:
            return rules.category(number)
        found = await self.core.bus.ask(directory.list_categories, directory.AllCategories())
        names = {one.name: one.category_id for one in found}
        known = names.get(name) or names.get(name.rpartition("-")[2])
        if known is None:
            raise groups.NoSuchCategory()
        return known

    async def switch(self, data: views.GroupSwitch, caller: Caller) -> Done:
        """Offer one's group in the directory (0), or keep it out (1)."""
        ask = groups.ChangeGroup(
            owner_id=caller.user_id, group_id=rules.group(data.group_id), hidden=bool(data.hide)
        )
        await self.core.bus.ask(groups.change_group, ask, caller=caller)
        return Done()


class Bots(Handlers):
    """Makes and edits bots."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def create(
        self,
        data: Annotated[pb.create_bot_send, protobuf.body(pb.create_bot_send)],
        caller: Caller,
    ) -> Response[bytes]:
        """Make a bot, public or private."""
        ask = bots.CreateBot(
            owner_id=caller.user_id,
            name=rules.within(data.name, bots.LONGEST_BOT_NAME, "机器人名称", least=1),
            introduction=_introduction(data.introduction),
            avatar=rules.picture(data.avatar_url),
            private=bool(data.private),
        )
        made = await self.core.bus.ask(bots.create_bot, ask, caller=caller)
        shown = pb.create_bot.Bot_data(bot_id=str(made.bot_id))
        return protobuf.answer(pb.create_bot(status=protobuf.status(), data=shown))

    async def edit(self, data: views.BotEdit, caller: Caller) -> Done:
        """Set what one's bot shows."""
        ask = bots.ChangeBot(
            owner_id=caller.user_id,
            bot_id=rules.bot(data.bot_id),
            name=data.nickname,
            introduction=data.introduction,
            avatar=rules.picture(data.avatar_url),
            private=bool(data.private),
        )
        await self.core.bus.ask(bots.change_bot, ask, caller=caller)
        return Done()


def _name(text: str) -> str:
    least, most = groups.SHORTEST_GROUP_NAME, groups.LONGEST_GROUP_NAME
    return rules.within(text, most, "群聊名称", least=least)


def _introduction(text: str) -> str:
    return rules.within(text, groups.LONGEST_INTRODUCTION, "简介")
