"""Who follows whom."""

from gateway.core import Core
from gateway.dialects.leaf import rules, views
from gateway.dialects.leaf.envelope import Done, Ok, done, ok
from gateway.dialects.leaf.people import People
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contract import Call
from shared.contracts import follows


class Follows(Handlers):
    """Lets people follow each other, and shows it to everybody."""

    def __init__(self, core: Core, people: People) -> None:
        self.core, self.people = core, people

    async def followings(
        self, uid: str | None = None, page: str | None = None, page_size: str | None = None
    ) -> Ok[views.Users]:
        """List whom somebody follows, newest first: pages of 10, at most 30, else 4050."""
        return await self._list(follows.list_followings, uid, page, page_size)

    async def followers(
        self, uid: str | None = None, page: str | None = None, page_size: str | None = None
    ) -> Ok[views.Users]:
        """List who follows somebody, in the same way."""
        return await self._list(follows.list_followers, uid, page, page_size)

    async def _list(
        self,
        call: Call[follows.ListFollows, list[follows.Follow]],
        uid: str | None,
        page: str | None,
        page_size: str | None,
    ) -> Ok[views.Users]:
        number, size = rules.page(page, page_size, rules.FOLLOWS_DEFAULT)
        user_id = rules.person(uid)
        ask = follows.ListFollows(user_id=user_id, limit=size, offset=(number - 1) * size)
        rows = await self.core.bus.ask(call, ask)
        return ok(views.Users(await self.people.shown([row.user_id for row in rows])))

    async def count(self, uid: str | None = None) -> Ok[views.FollowCounts]:
        """Tell how many people somebody follows, and how many follow them."""
        ask = follows.CountFollows(user_ids=[rules.person(uid)])
        [found] = await self.core.bus.ask(follows.count_follows, ask)
        return ok(views.FollowCounts(found.followings, found.followers, found.followers))

    async def status(self, caller: Caller, fid: str | None = None) -> Ok[views.Follows]:
        """Tell whether one follows somebody."""
        ask = follows.Relate(viewer_id=caller.user_id, user_ids=[rules.person(fid)])
        [found] = await self.core.bus.ask(follows.relate, ask)
        return ok(views.Follows(found.followed))

    async def add(self, data: views.Id, caller: Caller) -> Done:
        """Follow somebody: 4060 for oneself; doing it again changes nothing."""
        ask = follows.Following(user_id=caller.user_id, target_id=rules.user_id(data.id))
        await self.core.bus.ask(follows.follow, ask, caller=caller)
        return done()

    async def cancel(self, data: views.Id, caller: Caller) -> Done:
        """Follow somebody no longer; doing it again changes nothing."""
        ask = follows.Following(user_id=caller.user_id, target_id=rules.user_id(data.id))
        await self.core.bus.ask(follows.unfollow, ask, caller=caller)
        return done()
