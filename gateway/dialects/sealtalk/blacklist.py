"""The blacklist: whom a person does not want to hear from."""

from gateway.core import Core
from gateway.dialects.sealtalk import friend_views as views
from gateway.dialects.sealtalk.envelope import Done, Ok
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.people import People, in_parts
from gateway.dialects.sealtalk.refusals import told_as
from gateway.errors import BadRequest
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contract import Call
from shared.contracts import blacklist, relations


class Blacklist(Handlers):
    """Shows and changes one's blacklist; nobody on it is told."""

    def __init__(self, core: Core, ids: PublicIds, people: People) -> None:
        self.core, self.ids, self.people = core, ids, people

    async def show(self, caller: Caller) -> Ok[list[views.Blocked]]:
        """Show who is on one's blacklist, since when."""
        entries = await self.people.list_of(
            caller, blacklist.list_blacklist, blacklist.BLACKLIST_MOST
        )
        shown = await self.people.shown(one.target_id for one in entries)
        entries = [one for one in entries if one.target_id in shown]
        rows = await in_parts(entries, lambda one: views.blocked(one, shown[one.target_id]))
        return Ok(result=rows)

    async def add(self, data: views.Friend, caller: Caller) -> Done:
        """Put anybody but oneself on one's blacklist; once more changes nothing."""
        return await self._change(blacklist.add_to_blacklist, data, caller)

    async def remove(self, data: views.Friend, caller: Caller) -> Done:
        """Take somebody off; it is done where there is nobody, too."""
        return await self._change(blacklist.remove_from_blacklist, data, caller)

    async def _change(
        self, call: Call[blacklist.Blacklisting, None], data: views.Friend, caller: Caller
    ) -> Done:
        target = self.ids.given(data.friend_id)
        ask = blacklist.Blacklisting(owner_id=caller.user_id, target_id=target)
        with told_as(BadRequest, relations.NoSuchPerson):  # the page has no 404 here
            await self.core.bus.ask(call, ask, caller=caller)
        return Done()
