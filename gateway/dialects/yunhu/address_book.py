"""The address book: the people, groups and bots that one has added."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from litestar import Response

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.core import Core
from gateway.dialects.yunhu import protobuf
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import bots, friendships, groups, relations, remarks
from shared.contracts.contacts import ContactKind
from shared.contracts.profile import Profile

NAMES = {ContactKind.USER: "用户", ContactKind.GROUP: "我加入的群聊", ContactKind.BOT: "机器人"}
"""What the three lists are called."""

CREATOR = 100
"""The level of who made a group; other members have none."""

Entry = pb.address_book_list.Data.Data_list
Row = TypeVar("Row")
Remarks = dict[int, remarks.Remark]


class AddressBook(Handlers):
    """Reads the address book."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def show(self, caller: Caller) -> Response[bytes]:
        """List friends, groups and bots, by id, with what one noted about each."""
        owner, ask = caller.user_id, self.core.bus.ask
        noted, friends, memberships, added = await asyncio.gather(
            self._noted(caller),
            self._friends(caller),
            ask(groups.list_groups, relations.ListOfOwner(owner_id=owner), caller=caller),
            ask(bots.list_added_bots, bots.BotsOf(owner_id=owner), caller=caller),
        )
        data = [
            _list(ContactKind.USER, [_person(one, noted) for one in friends]),
            _list(ContactKind.GROUP, [_group(one, noted) for one in memberships]),
            _list(ContactKind.BOT, [_bot(one, noted) for one in added]),
        ]
        return protobuf.answer(pb.address_book_list(status=protobuf.status(), data=data))

    async def _noted(self, caller: Caller) -> Remarks:
        """Give what the caller noted, by chat."""

        async def page(after: int) -> list[remarks.Remark]:
            ask = remarks.ListRemarks(owner_id=caller.user_id, after=after)
            return await self.core.bus.ask(remarks.list_remarks, ask, caller=caller)

        found = await _whole(page, lambda one: one.chat_id, remarks.PAGE_MOST)
        return {one.chat_id: one for one in found}

    async def _friends(self, caller: Caller) -> list[Profile]:
        async def page(after: int) -> list[friendships.Friendship]:
            ask = relations.ListOfOwner(owner_id=caller.user_id, after=after)
            return await self.core.bus.ask(friendships.list_friendships, ask, caller=caller)

        found = await _whole(page, lambda one: one.target_id, relations.PAGE_MOST)
        friends = [one.target_id for one in found if one.status is friendships.FriendStatus.FRIENDS]
        return await self.core.profiles.many(friends)


async def _whole(
    page: Callable[[int], Awaitable[list[Row]]], key: Callable[[Row], int], most: int
) -> list[Row]:
    """Read a list to its end, page by page."""
    rows: list[Row] = []
    after = 0
    while True:
        found = await page(after)
        rows += found
        if len(found) < most:
            return rows
        after = key(found[-1])


def _list(kind: ContactKind, entries: list[Entry]) -> pb.address_book_list.Data:
    return pb.address_book_list.Data(list_name=NAMES[kind], data=entries, chat_type=int(kind))


def _person(one: Profile, noted: Remarks) -> Entry:
    return _entry(one.user_id, one.nickname, one.avatar, noted)


def _group(one: groups.Membership, noted: Remarks) -> Entry:
    level = CREATOR if one.role is groups.GroupRole.CREATOR else 0
    group = one.group
    return _entry(group.group_id, group.name, group.portrait, noted, level)


def _bot(one: bots.Bot, noted: Remarks) -> Entry:
    return _entry(one.bot_id, one.name, one.avatar, noted)


def _entry(chat_id: int, name: str, avatar: str, noted: Remarks, level: int = 0) -> Entry:
    remark = noted.get(chat_id) or remarks.Remark(chat_id=chat_id)
    return Entry(
        chat_id=str(chat_id),
        remark=remark.name,
        avatar_url=avatar,
        permisson_level=level,
        noDisturb=remark.muted,
        name=name,
    )
