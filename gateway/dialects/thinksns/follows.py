"""Whom people follow, and whom they do not want to hear from.

Who is locked out stays in these lists: their pages are paged by how many came, the numbers count
everybody, and a page that is not full is the last one to clients.
"""

import asyncio

from gateway.core import Core
from gateway.dialects.thinksns import lists, views
from gateway.dialects.thinksns.envelope import Said
from gateway.dialects.thinksns.people import People
from gateway.errors import NotFound
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contract import Call
from shared.contracts import blacklist, lookups
from shared.contracts import follows as contract

SEARCHED_MOST = 500
"""Of one's friends, the latest that `keyword` is looked for in."""

FollowList = Call[contract.ListFollows, list[contract.Follow]]


def _id(text: str) -> int:
    found = lists.user_id(text)
    if found is None:
        raise NotFound()
    return found


class Follows(Handlers):
    """Changes and shows whom people follow."""

    def __init__(self, core: Core, people: People) -> None:
        self.core, self.people = core, people

    async def follow(self, user: str, caller: Caller) -> None:
        """Follow somebody; once more changes nothing."""
        ask = contract.Following(user_id=caller.user_id, target_id=_id(user))
        await self.core.bus.ask(contract.follow, ask, caller=caller)

    async def unfollow(self, user: str, caller: Caller) -> None:
        """Follow somebody no longer; it is done where one did not, too."""
        ask = contract.Following(user_id=caller.user_id, target_id=_id(user))
        await self.core.bus.ask(contract.unfollow, ask, caller=caller)

    async def my_followings(
        self, caller: Caller, limit: str | None = None, offset: str | None = None
    ) -> list[views.User]:
        """List whom one follows, the latest first."""
        return await self._page(contract.list_followings, caller.user_id, caller, limit, offset)

    async def my_followers(
        self, caller: Caller, limit: str | None = None, offset: str | None = None
    ) -> list[views.User]:
        """List who follows one, the latest first."""
        return await self._page(contract.list_followers, caller.user_id, caller, limit, offset)

    async def followings(
        self,
        user: str,
        viewer: Caller | None,
        limit: str | None = None,
        offset: str | None = None,
    ) -> list[views.User]:
        """List whom somebody follows, the latest first."""
        user_id = await self._somebody(user)
        return await self._page(contract.list_followings, user_id, viewer, limit, offset)

    async def followers(
        self,
        user: str,
        viewer: Caller | None,
        limit: str | None = None,
        offset: str | None = None,
    ) -> list[views.User]:
        """List who follows somebody, the latest first."""
        user_id = await self._somebody(user)
        return await self._page(contract.list_followers, user_id, viewer, limit, offset)

    async def mutual(
        self,
        caller: Caller,
        keyword: str | None = None,
        limit: str | None = None,
        offset: str | None = None,
    ) -> list[views.User]:
        """List whom one follows and is followed by; with `keyword` in their name, if that is given.

        A keyword is looked for among the 500 latest.
        """
        if not (keyword := (keyword or "").strip()):
            return await self._page(contract.list_mutual, caller.user_id, caller, limit, offset)
        friends = await self._latest_friends(caller.user_id)
        if not friends or len(keyword) > lists.NAME_MOST:
            return []
        named = await self._with_in_name(keyword, friends)
        start = lists.offset(offset)
        found = [one for one in friends if one in named][start : start + lists.limit(limit)]
        return await self.people.shown(found, caller, disabled=True)

    async def _latest_friends(self, user_id: int) -> list[int]:
        asks = [
            contract.ListFollows(user_id=user_id, limit=contract.PAGE_MOST, offset=offset)
            for offset in range(0, SEARCHED_MOST, contract.PAGE_MOST)
        ]
        pages = await asyncio.gather(
            *(self.core.bus.ask(contract.list_mutual, ask) for ask in asks)
        )
        return list(dict.fromkeys(row.user_id for page in pages for row in page))

    async def _with_in_name(self, keyword: str, user_ids: list[int]) -> set[int]:
        """Give those of many people whose names have this in them."""
        most = lookups.LISTED_AT_ONCE
        asks = [
            lookups.ListAccounts(limit=most, user_ids=user_ids[at : at + most], name_part=keyword)
            for at in range(0, len(user_ids), most)
        ]
        pages = await asyncio.gather(
            *(self.core.bus.ask(lookups.list_accounts, ask) for ask in asks)
        )
        return {one.user_id for page in pages for one in page}

    async def _somebody(self, text: str) -> int:
        user_id = _id(text)
        ask = lookups.ReadAccounts(user_ids=[user_id])
        if not await self.core.bus.ask(lookups.read_accounts, ask):
            raise NotFound()
        return user_id

    async def _page(
        self,
        call: FollowList,
        user_id: int,
        viewer: Caller | None,
        limit: str | None,
        offset: str | None,
    ) -> list[views.User]:
        ask = contract.ListFollows(
            user_id=user_id, limit=lists.limit(limit), offset=lists.offset(offset)
        )
        rows = await self.core.bus.ask(call, ask)
        return await self.people.shown((row.user_id for row in rows), viewer, disabled=True)


class Blacks(Handlers):
    """Changes and shows one's blacklist; nobody on it is told."""

    def __init__(self, core: Core, people: People) -> None:
        self.core, self.people = core, people

    async def add(self, user: str, caller: Caller) -> Said:
        """Put somebody on one's blacklist; once more changes nothing."""
        ask = blacklist.Blacklisting(owner_id=caller.user_id, target_id=_id(user))
        await self.core.bus.ask(blacklist.add_to_blacklist, ask, caller=caller)
        return Said("操作成功")

    async def remove(self, user: str, caller: Caller) -> None:
        """Take somebody off; it is done where there is nobody, too."""
        ask = blacklist.Blacklisting(owner_id=caller.user_id, target_id=_id(user))
        await self.core.bus.ask(blacklist.remove_from_blacklist, ask, caller=caller)

    async def show(
        self, caller: Caller, limit: str | None = None, offset: str | None = None
    ) -> list[views.User]:
        """List who is on one's blacklist, the latest first."""
        ask = blacklist.LatestBlocked(
            owner_id=caller.user_id, limit=lists.limit(limit), offset=lists.offset(offset)
        )
        rows = await self.core.bus.ask(blacklist.latest_blocked, ask, caller=caller)
        return await self.people.shown((row.target_id for row in rows), caller, disabled=True)
