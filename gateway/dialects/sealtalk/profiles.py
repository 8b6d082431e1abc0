"""What a person shows, to themselves and to others."""

from typing import Annotated

from litestar.params import QueryParameter

from gateway.core import Core
from gateway.dialects.sealtalk import rules, views
from gateway.dialects.sealtalk.envelope import Done, Ok
from gateway.dialects.sealtalk.ids import NoSuchId, PublicIds
from gateway.dialects.sealtalk.regions import regions
from gateway.errors import BadRequest
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contracts import accounts, profile
from shared.redis import Limit

FINDS_HOUR = 300
"""Phones that one person may look up in an hour."""


class Profiles(Handlers):
    """Changes and shows profiles."""

    def __init__(self, core: Core, ids: PublicIds) -> None:
        self.core, self.ids = core, ids

    async def set_nickname(self, data: views.Nickname, caller: Caller) -> Done:
        """Set one's nickname, 1 to 32 bytes."""
        nickname = rules.nickname(data.nickname)
        return await self._change(
            profile.ChangeProfile(user_id=caller.user_id, nickname=nickname), caller
        )

    async def set_portrait_uri(self, data: views.Portrait, caller: Caller) -> Done:
        """Set the URL of one's portrait."""
        avatar = rules.portrait(data.portrait_uri, self.core.config.public_host)
        return await self._change(
            profile.ChangeProfile(user_id=caller.user_id, avatar=avatar), caller
        )

    async def _change(self, ask: profile.ChangeProfile, caller: Caller) -> Done:
        await self.core.bus.ask(profile.change_profile, ask, caller=caller)
        return Done()

    async def show(self, caller: Caller, user_id: str) -> Ok[views.User]:
        """Show a person by public id."""
        found = await self.core.profiles.one(self.ids.decode(user_id))
        return Ok(result=views.user(found, self.ids))

    async def batch(
        self, caller: Caller, ids: Annotated[list[str] | None, QueryParameter(name="id")] = None
    ) -> Ok[list[views.User]]:
        """Show several people (`?id=…&id=…`, 100 at most); unknown ids are left out."""
        if not ids or len(ids) > rules.BATCH_MOST:
            raise BadRequest(f"Give 1 to {rules.BATCH_MOST} ids.")
        numbers = [number for word in ids if (number := self._known(word))]
        found = await self.core.profiles.many(numbers)
        return Ok(result=[views.user(one, self.ids) for one in found])

    def _known(self, word: str) -> int | None:
        try:
            return self.ids.decode(word)
        except NoSuchId:
            return None

    async def find(self, caller: Caller, region: str, phone: str) -> Ok[views.User]:
        """Show the person with a phone number."""
        address = rules.phone(region, phone)
        await self.core.redis.count(Limit(f"finds:{caller.user_id}", FINDS_HOUR, 3600))
        found = await self.core.bus.ask(
            accounts.find_by_address, accounts.ByAddress(address=address)
        )
        shown = await self.core.profiles.one(found.user_id)
        return Ok(result=views.user(shown, self.ids))

    async def regions(self) -> Ok[list[views.RegionRow]]:
        """List calling codes for a sign-up screen."""
        return Ok(result=regions())
