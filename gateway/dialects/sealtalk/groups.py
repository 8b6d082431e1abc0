"""Groups: making, joining, leading and leaving them."""

from msgspec import UNSET, UnsetType

from gateway.core import Core
from gateway.dialects.sealtalk import group_views as views
from gateway.dialects.sealtalk import rules
from gateway.dialects.sealtalk.envelope import Code, Done, Ok
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.people import People
from gateway.dialects.sealtalk.refusals import Forbidden, told_as
from gateway.dialects.sealtalk.views import Id
from gateway.errors import BadRequest, NotFound
from gateway.handlers import Handlers
from shared.caller import Caller
from shared.contract import Call
from shared.contracts import groups, relations

TOO_MANY = 1000
"""Who makes a group is in as many as one can be in (reference 3.2)."""


class Groups(Handlers):
    """Shows and changes groups."""

    def __init__(self, core: Core, ids: PublicIds, people: People) -> None:
        self.core, self.ids, self.people = core, ids, people

    async def create(self, data: views.NewGroup, caller: Caller) -> Ok[Id]:
        """Make a group of oneself and others: 1000 if one of them is in too many."""
        members = [self.ids.given(word) for word in data.member_ids]
        ask = groups.CreateGroup(
            owner_id=caller.user_id,
            name=data.name,
            member_ids=rules.founders(members, caller.user_id),
        )
        try:
            with told_as(BadRequest, relations.NoSuchPerson):
                made = await self.core.bus.ask(groups.create_group, ask, caller=caller)
        except groups.TooManyGroups:
            raise Code(TOO_MANY) from None
        return Ok(result=Id(self.ids.encode(made.group_id)))

    async def add(self, data: views.GroupAndMembers, caller: Caller) -> Done:
        """Bring people into a group one is in: 404 no group, 403 not in it, 400 the rest."""
        with told_as(BadRequest, relations.NoSuchPerson):
            return await self._with_members(groups.add_members, data, caller)

    async def kick(self, data: views.GroupAndMembers, caller: Caller) -> Done:
        """Put members out of one's group: 404 no group, 403 not its creator, 400 the rest."""
        return await self._with_members(groups.kick_members, data, caller)

    async def _with_members(
        self,
        call: Call[groups.GroupMembers, None],
        data: views.GroupAndMembers,
        caller: Caller,
    ) -> Done:
        members = dict.fromkeys(self.ids.given(word) for word in data.member_ids)
        ask = groups.GroupMembers(
            owner_id=caller.user_id,
            group_id=self.ids.given(data.group_id),
            member_ids=list(members),
        )
        await self.core.bus.ask(call, ask, caller=caller)
        return Done()

    async def join(self, data: views.GroupId, caller: Caller) -> Done:
        """Join a group: 404 if there is none, 400 if one is in it or it is full."""
        return await self._do(groups.join_group, data, caller)

    async def quit(self, data: views.GroupId, caller: Caller) -> Done:
        """Leave a group, to somebody else if one led it: 404 no group, 403 not in it."""
        return await self._do(groups.quit_group, data, caller)

    async def dismiss(self, data: views.GroupId, caller: Caller) -> Done:
        """End one's group: 400 if there is none or it is another's."""
        with told_as(BadRequest, groups.NoSuchGroup, groups.NotTheCreator):
            return await self._do(groups.dismiss_group, data, caller)

    async def _do(
        self, call: Call[groups.OneGroup, None], data: views.GroupId, caller: Caller
    ) -> Done:
        await self.core.bus.ask(call, self._one(data.group_id, caller), caller=caller)
        return Done()

    def _one(self, word: str, caller: Caller) -> groups.OneGroup:
        return groups.OneGroup(owner_id=caller.user_id, group_id=self.ids.given(word))

    async def transfer(self, data: views.GroupAndUser, caller: Caller) -> Done:
        """Hand one's group to another member: 403 to oneself, 400 for all else that is wrong."""
        ask = groups.TransferGroup(
            owner_id=caller.user_id,
            group_id=self.ids.given(data.group_id),
            target_id=self.ids.given(data.user_id),
        )
        with (
            told_as(Forbidden, relations.Oneself),
            told_as(BadRequest, groups.NoSuchGroup, groups.NotTheCreator),
        ):
            await self.core.bus.ask(groups.transfer_group, ask, caller=caller)
        return Done()

    async def rename(self, data: views.GroupAndName, caller: Caller) -> Done:
        """Give one's group another name of 2 to 32 characters."""
        return await self._change(data, caller, name=data.name)

    async def set_bulletin(self, data: views.GroupAndBulletin, caller: Caller) -> Done:
        """Put up what is to be read in one's group, or take it down."""
        return await self._change(data, caller, bulletin=data.bulletin or "")

    async def set_portrait_uri(self, data: views.GroupAndPortrait, caller: Caller) -> Done:
        """Set the URL of one's group's portrait."""
        portrait = rules.portrait(data.portrait_uri, self.core.config.public_host)
        return await self._change(data, caller, portrait=portrait)

    async def _change(
        self,
        data: views.GroupId,
        caller: Caller,
        *,
        name: str | UnsetType = UNSET,
        bulletin: str | UnsetType = UNSET,
        portrait: str | UnsetType = UNSET,
    ) -> Done:
        """Change a group: 400 if there is none or it is another's."""
        ask = groups.ChangeGroup(
            owner_id=caller.user_id,
            group_id=self.ids.given(data.group_id),
            name=name,
            bulletin=bulletin,
            portrait=portrait,
        )
        with told_as(BadRequest, groups.NoSuchGroup, groups.NotTheCreator):
            await self.core.bus.ask(groups.change_group, ask, caller=caller)
        return Done()

    async def set_display_name(self, data: views.GroupAndDisplayName, caller: Caller) -> Done:
        """Go by another name in a group, or by one's own again: 404 if one is not in it."""
        ask = groups.SetMemberName(
            owner_id=caller.user_id,
            group_id=self.ids.given(data.group_id),
            display_name=data.display_name or "",
        )
        with told_as(NotFound, groups.NotAMember):
            await self.core.bus.ask(groups.set_member_name, ask, caller=caller)
        return Done()

    async def show(self, caller: Caller, group_id: str) -> Ok[views.GroupShown]:
        """Show a group, one that was dismissed as well: 404 if there never was one."""
        ask = groups.OneGroup(owner_id=caller.user_id, group_id=self.ids.decode(group_id))
        group = await self.core.bus.ask(groups.read_group, ask, caller=caller)
        return Ok(result=views.group_shown(group, self.ids))

    async def members(self, caller: Caller, group_id: str) -> Ok[list[views.MemberRow]]:
        """Show who is in a group one is in: 403 if one is not, 404 if nobody is."""
        ask = groups.OneGroup(owner_id=caller.user_id, group_id=self.ids.decode(group_id))
        members = await self.core.bus.ask(groups.list_members, ask, caller=caller)
        shown = await self.people.shown(one.user_id for one in members)
        rows = [
            views.member_row(one, shown[one.user_id]) for one in members if one.user_id in shown
        ]
        return Ok(result=rows)

    async def mine(self, caller: Caller) -> Ok[list[views.GroupRow]]:
        """Show the groups that one is in."""
        ask = relations.ListOfOwner(owner_id=caller.user_id)
        memberships = await self.core.bus.ask(groups.list_groups, ask, caller=caller)
        return Ok(result=[views.group_row(one, self.ids) for one in memberships])
