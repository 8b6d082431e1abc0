"""Looking at people: one, oneself, and lists of them."""

from typing import Annotated, Any

from litestar import Request
from litestar.params import QueryParameter

from gateway.core import Core
from gateway.dialects.thinksns import lists, rules, views
from gateway.dialects.thinksns.checks import Wrong
from gateway.dialects.thinksns.people import People
from gateway.errors import NotFound
from gateway.handlers import Handlers
from shared import addresses
from shared.caller import Caller
from shared.contracts import activity, follows, lookups, nearby, recommendations
from shared.errors import InvalidAddress
from shared.redis import Limit

FINDS_HOUR = 300
"""Phone numbers and e-mail addresses that one person may look people up by in an hour."""

FINDS_MINUTE = 60
"""The same, of one network without a session, in a minute."""

AnyRequest = Request[Any, Any, Any]


class Users(Handlers):
    """Shows people."""

    def __init__(self, core: Core, people: People) -> None:
        self.core, self.people = core, people

    async def me(self, caller: Caller) -> views.OwnUser:
        """Show the person who asks."""
        return await self.people.oneself(caller)

    async def show(
        self,
        user: str,
        viewer: Caller | None,
        request: AnyRequest,
        following: str | None = None,
        follower: str | None = None,
    ) -> views.User | views.OwnUser:
        """Show somebody by name, e-mail address, phone number or id; oneself in full.

        `following` and `follower` are ids to compare with, instead of the viewer's.
        """
        user_id = await self._find(user, viewer, request)
        shown: views.User | views.OwnUser
        if viewer and viewer.user_id == user_id:
            shown = await self.people.oneself(viewer)
        elif found := await self.people.shown([user_id], viewer, disabled=True):
            shown = found[0]
        else:
            raise NotFound()
        return await self._compared(shown, lists.user_id(following), lists.user_id(follower))

    async def _find(self, text: str, viewer: Caller | None, request: AnyRequest) -> int:
        text = text.strip()
        if (user_id := lists.user_id(text)) and not rules.is_phone(text):
            return user_id
        try:
            login = rules.known_email(text) if "@" in text else rules.login(text)
        except (Wrong, InvalidAddress):
            raise NotFound() from None
        if not login:
            raise NotFound()
        if "@" in login or login.startswith("+"):
            await self._count_find(viewer, request)
        ask = lookups.FindAccount(login=login)
        try:
            return (await self.core.bus.ask(lookups.find_account, ask)).user_id
        except InvalidAddress:
            raise NotFound() from None

    async def _count_find(self, viewer: Caller | None, request: AnyRequest) -> None:
        if viewer:
            await self.core.redis.count(Limit(f"finds:{viewer.user_id}", FINDS_HOUR, 3600))
            return
        network = addresses.network(self.core.clients.ip(request))
        most = max(1, int(FINDS_MINUTE * self.core.config.limit_scale))
        await self.core.redis.count(Limit(f"finds:ip:{network}", most, 60))

    async def _compared(
        self, user: views.Shown, following: int | None, follower: int | None
    ) -> views.Shown:
        """Tell instead whether the person follows `following`, and is followed by `follower`."""
        if following:
            relation = await self._relation(following, user.id)
            user = views.related(user, has_following=relation.follows)
        if follower:
            relation = await self._relation(follower, user.id)
            user = views.related(user, has_follower=relation.followed)
        return user

    async def _relation(self, viewer_id: int, user_id: int) -> follows.Relation:
        ask = follows.Relate(viewer_id=viewer_id, user_ids=[user_id])
        return (await self.core.bus.ask(follows.relate, ask))[0]

    async def list_all(
        self,
        viewer: Caller | None,
        limit: str | None = None,
        order: str | None = None,
        since: str | None = None,
        name: str | None = None,
        fetch_by: str | None = None,
        ids: Annotated[str | None, QueryParameter(name="id")] = None,
        active: str | None = None,
        offset: str | None = None,
    ) -> list[views.User]:
        """List people by id, newest first: all, or those with these names or ids.

        With `active=1` those who were here last come first, paged by `offset`.
        """
        if active == "1":
            return await self._active(viewer, lists.limit(limit), lists.offset(offset))
        names: list[str] | None = None
        picked: list[int] | None = None
        part = (name or "").strip()
        if fetch_by == "username":
            names, part = lists.names(part), ""
        elif ids:
            picked = lists.user_ids(ids)
        if names == [] or picked == [] or len(part) > lists.NAME_MOST:
            return []
        ask = lookups.ListAccounts(
            limit=lists.limit(limit, lists.LIMIT_MOST if names or picked else lists.LIMIT),
            after=lists.user_id(since),
            newest_first=order != "asc",
            user_ids=picked,
            usernames=names,
            name_part=part or None,
        )
        found = await self.core.bus.ask(lookups.list_accounts, ask)
        return await self.people.shown((one.user_id for one in found), viewer, disabled=True)

    async def _active(self, viewer: Caller | None, limit: int, offset: int) -> list[views.User]:
        ask = activity.ListActive(skip=offset, limit=limit)
        found = await self.core.bus.ask(activity.list_active, ask)
        return await self.people.shown(found, viewer)

    async def recommended(
        self, viewer: Caller | None, limit: str | None = None, offset: str | None = None
    ) -> list[views.User]:
        """List people whom administrators picked, the latest pick first."""
        ask = recommendations.ListRecommended(
            limit=lists.limit(limit),
            offset=min(lists.offset(offset), recommendations.MOST_RECOMMENDED),
        )
        found = await self.core.bus.ask(recommendations.list_recommended, ask)
        return await self.people.shown((one.user_id for one in found), viewer)

    async def nearby(
        self, caller: Caller, limit: str | None = None, offset: str | None = None
    ) -> list[views.User]:
        """List other people of one's own city; nobody for who has not said where they are."""
        ask = nearby.ListNearby(
            user_id=caller.user_id, limit=lists.limit(limit), offset=lists.offset(offset)
        )
        found = await self.core.bus.ask(nearby.list_nearby, ask, caller=caller)
        return await self.people.shown(found.user_ids, caller)
