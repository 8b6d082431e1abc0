"""What administrators do: lists and searches, changes, roles, deletion.

Who may act on whom is decided where accounts are; a higher role includes the lower ones.
"""

import asyncio
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from msgspec import UNSET

from gateway.core import Core
from gateway.dialects.leaf import rules, views
from gateway.dialects.leaf.envelope import (
    LAST_ROOT,
    ONESELF,
    OWN_ROLE,
    Done,
    Ok,
    Refused,
    done,
    ok,
)
from gateway.dialects.leaf.images import Images
from gateway.errors import NotFound
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import accounts, administration, profile

AnyRequest = Request[Any, Any, Any]
Connection = ASGIConnection[Any, Any, Any, Any]
SEARCH = b"/manage/search&"


def only_search(connection: Connection, _: BaseRouteHandler) -> None:
    """Let the page's odd search pass a route that catches everything (a guard)."""
    if SEARCH not in connection.scope["raw_path"]:
        raise NotFound()


class Management(Handlers):
    """Lists, finds and changes people on behalf of administrators."""

    def __init__(self, core: Core, images: Images) -> None:
        self.core, self.images = core, images

    async def list_all(
        self, caller: Caller, page: str | None = None, page_size: str | None = None
    ) -> Ok[views.ManagedUsers]:
        """List everybody, oldest first: pages of 15, at most 30, else 4050."""
        number, size = rules.page(page, page_size)
        ask = administration.ListPeople(limit=size, skip=(number - 1) * size)
        return await self._shown(
            await self.core.bus.ask(administration.list_people, ask, caller=caller)
        )

    async def search(
        self,
        caller: Caller,
        keyword: str = "",
        page: str | None = None,
        page_size: str | None = None,
    ) -> Ok[views.ManagedUsers]:
        """Find people whose id, name or e-mail address is just this, whatever its case."""
        number, size = rules.page(page, page_size)
        wanted = rules.keyword(keyword)
        if not rules.is_keyword(wanted):
            return ok(views.ManagedUsers(0, []))
        ask = administration.SearchPeople(keyword=wanted, limit=size, skip=(number - 1) * size)
        return await self._shown(
            await self.core.bus.ask(administration.search_people, ask, caller=caller)
        )

    async def search_in_path(self, caller: Caller, request: AnyRequest) -> Ok[views.ManagedUsers]:
        """Find people as the page writes it: `search&keyword=…`, without a question mark."""
        query = rules.query_in_path(request.scope, SEARCH)
        return await self.search(
            caller, query.get("keyword", ""), query.get("page"), query.get("page_size")
        )

    async def _shown(self, found: administration.People) -> Ok[views.ManagedUsers]:
        profiles = await self.core.profiles.many([one.user_id for one in found.accounts])
        by_id = {one.user_id: one for one in profiles}
        users = [
            views.user_info(one, by_id.get(one.user_id), self.images, one.email or "")
            for one in found.accounts
        ]
        return ok(views.ManagedUsers(found.total, users))

    async def modify(self, data: views.Management, caller: Caller) -> Done:
        """Give a person another name, e-mail address and signature: 6000 for what is taken."""
        which = administration.OfPerson(user_id=rules.user_id(data.id))
        person, [*shown] = await asyncio.gather(
            self.core.bus.ask(administration.read_person, which, caller=caller),
            self.core.profiles.many([which.user_id]),
        )
        bio = shown[0].bio if shown else ""
        name = rules.changed(data.name, person.username, rules.name)
        email = rules.changed(data.email, person.email or "", rules.plain_email)
        sign = rules.changed(data.sign, bio, rules.sign)
        ask = administration.ModifyAccount(
            user_id=which.user_id, username=name, email=email or UNSET
        )
        await self.core.bus.ask(administration.modify_account, ask, caller=caller)
        if sign != bio:
            change = profile.ModerateProfile(user_id=which.user_id, bio=sign)
            await self.core.bus.ask(profile.moderate_profile, change, caller=caller)
        return done()

    async def set_role(self, data: views.RoleOf, caller: Caller) -> Done:
        """Give a person another role, at once; nobody changes their own."""
        user_id, role = rules.user_id(data.id), rules.role(data.role)
        ask = administration.SetRole(user_id=user_id, role=role)
        await self._act(administration.set_role, ask, caller, to_oneself=OWN_ROLE)
        return done()

    async def delete(self, data: views.Id, caller: Caller) -> Done:
        """Delete a person, with everything they have; nobody deletes themselves here."""
        ask = administration.OfPerson(user_id=rules.user_id(data.id))
        await self._act(administration.delete_person, ask, caller, to_oneself=ONESELF)
        return done()

    async def _act(self, call: Any, ask: Any, caller: Caller, to_oneself: Any) -> None:
        try:
            await self.core.bus.ask(call, ask, caller=caller)
        except administration.Oneself:
            raise Refused(to_oneself) from None
        except accounts.LastRoot:
            raise Refused(LAST_ROOT) from None
        await self.core.sessions.catch_up()
