"""What happens to groups, in order."""

from collections.abc import Awaitable, Callable, Collection

from services.social.blacklist.store import BlacklistStore
from services.social.directory.store import DirectoryStore
from services.social.groups import rules
from services.social.groups.seats import Seats
from services.social.groups.store import GroupStore
from services.social.groups.telling import Telling
from services.social.ids import Ids
from services.social.people import People
from services.social.sync.fan_out import FanOut
from services.social.turns import Turns
from shared.bus import deadline
from shared.contract import Table
from shared.contracts import groups, relations
from shared.contracts.groups import MEMBERS_MOST, GroupRole
from shared.mongo import Session
from shared.outbox import Outbox


class GroupHandlers:
    """Makes groups, lets people in and out, and changes and shows what groups are."""

    def __init__(
        self,
        outbox: Outbox,
        people: People,
        blacklist: BlacklistStore,
        ids: Ids,
        groups: GroupStore,
        seats: Seats,
        telling: Telling,
        fan_out: FanOut,
        directory: DirectoryStore,
    ) -> None:
        self._outbox, self._fan_out, self._directory = outbox, fan_out, directory
        self._people, self._blacklist, self._ids = people, blacklist, ids
        self._groups, self._seats, self._telling = groups, seats, telling
        self._turns = Turns()

    # ------------------------------------------------------------------------------ people

    async def create(self, ask: groups.CreateGroup) -> groups.GroupMade:
        """Make a group of the caller, who leads it, and others, who are not asked, if there are.

        Those who have blacklisted the caller are left out; neither they nor the caller are told.
        Announces `GroupCreated`. Refuses a list without the caller, people who do not exist, text
        or a picture that cannot be shown, and one group too many for anyone.
        """
        named = rules.founders(ask)
        rules.check_name(ask.name)
        rules.check_portrait(ask.portrait)
        rules.check_introduction(ask.introduction)
        others = [one for one in named if one != ask.owner_id]
        await self._people.check(others)
        group_id = await self._ids.one()

        async def work(session: Session) -> list[str]:
            members = [ask.owner_id, *await self._willing(session, others, ask.owner_id)]
            group = groups.Group(
                group_id=group_id,
                name=ask.name,
                portrait=ask.portrait,
                creator_id=ask.owner_id,
                member_count=len(members),
                max_member_count=MEMBERS_MOST,
                bulletin="",
                introduction=ask.introduction,
                hidden=ask.hidden,
            )
            return await self._seats.found(session, group, members)

        await self._do(group_id, work)
        return groups.GroupMade(group_id=group_id)

    async def add(self, ask: groups.GroupMembers) -> None:
        """Bring others into a group that the caller is in; they are not asked.

        Those who have blacklisted the caller are left out; neither they nor the caller are told.
        Announces `GroupJoined`. All come in or nobody: refuses if one does not exist, is in already
        or is in too many groups, more people than there is room for, and a group that is banned.
        """
        people = rules.distinct(ask.member_ids)
        await self._people.check(people)

        async def work(session: Session) -> list[str]:
            group = await self._groups.hold(session, ask.group_id)
            asked_about = [ask.owner_id, *people]
            present = await self._groups.present(session, ask.group_id, asked_about)
            rules.check_member(ask.owner_id, present)
            rules.check_open(group)
            rules.check_joining(people, present)
            newcomers = await self._willing(session, people, ask.owner_id)
            if not newcomers:
                return []
            return await self._seats.let_in(session, group, newcomers, ask.owner_id)

        await self._do(ask.group_id, work)

    async def join(self, ask: groups.OneGroup) -> None:
        """Let the caller into any group whose id they know, and announce `GroupJoined`.

        Refuses who is in already, a group without room, one that is banned or where people apply
        to the creator, and one group too many.
        """

        async def work(session: Session) -> list[str]:
            group = await self._groups.hold(session, ask.group_id)
            newcomer = [ask.owner_id]
            present = await self._groups.present(session, ask.group_id, newcomer)
            rules.check_joining(newcomer, present)
            rules.check_open(group)
            rules.check_direct(group)
            return await self._seats.let_in(session, group, newcomer, ask.owner_id)

        await self._do(ask.group_id, work)

    async def kick(self, ask: groups.GroupMembers) -> None:
        """Let the creator put others out, and announce `MembersKicked`; they may come back.

        Nobody is put out if one of them is not in, or is the creator.
        """
        people = rules.distinct(ask.member_ids)

        async def work(session: Session) -> list[str]:
            group = await self._groups.hold(session, ask.group_id)
            present = await self._groups.present(session, ask.group_id, people)
            rules.check_kick(ask.owner_id, group, people, present)
            return await self._seats.put_out(session, group, people)

        await self._do(ask.group_id, work)

    async def quit(self, ask: groups.OneGroup) -> None:
        """Let the caller out, and announce `GroupLeft`.

        Whoever has been in longest leads the group if the caller did. With the last one it ends,
        which is announced as `GroupDismissed`.
        """
        await self._do(
            ask.group_id, lambda session: self._seats.leave(session, ask.group_id, ask.owner_id)
        )

    async def dismiss(self, ask: groups.OneGroup) -> None:
        """Let the creator end a group for all who are in it, and announce `GroupDismissed`."""

        async def work(session: Session) -> list[str]:
            group = await self._groups.hold(session, ask.group_id)
            rules.check_creator(ask.owner_id, group)
            return await self._seats.dismiss(session, group)

        await self._do(ask.group_id, work)

    async def transfer(self, ask: groups.TransferGroup) -> None:
        """Let the creator hand the group over to another member; announces `GroupTransferred`."""

        async def work(session: Session) -> list[str]:
            group_id, before, after = ask.group_id, ask.owner_id, ask.target_id
            group = await self._groups.hold(session, group_id)
            present = await self._groups.present(session, group_id, [after])
            rules.check_transfer(before, group, after, present)
            await self._groups.assign(session, group_id, before, GroupRole.MEMBER)
            await self._groups.assign(session, group_id, after, GroupRole.CREATOR)
            await self._groups.change(session, group, {"creator_id": after})
            event = groups.GroupTransferred(user_id=before, group_id=group_id, target_id=after)
            await self._outbox.record(session, event)
            return await self._telling.handed_over(session, group_id, before, after)

        await self._do(ask.group_id, work)

    # ------------------------------------------------------------------------ what it shows

    async def change(self, ask: groups.ChangeGroup) -> None:
        """Let the creator change what a group shows, and how people find it and come in.

        Announces `GroupChanged` with what really is different; if nothing is, nothing happens.
        Refuses what cannot be shown, and a category that is not there.
        """
        rules.check_change(ask)

        async def work(session: Session) -> list[str]:
            group = await self._groups.hold(session, ask.group_id)
            rules.check_creator(ask.owner_id, group)
            values = rules.changes(group, ask)
            if not values:
                return []
            if values.get("category_id"):
                await self._directory.check_category(session, values["category_id"])
            await self._groups.change(session, group, values)
            event = groups.GroupChanged(
                user_id=ask.owner_id,
                group_id=ask.group_id,
                changed=list(values),
                name=values.get("name", group.name),
            )
            await self._outbox.record(session, event)
            return await self._telling.changed(session, ask.group_id, ask.owner_id)

        await self._do(ask.group_id, work)

    async def rename_member(self, ask: groups.SetMemberName) -> None:
        """Let the caller go by another name in a group, or by none; nothing is announced.

        Refuses a name that cannot be shown.
        """
        rules.check_display_name(ask.display_name)

        async def work(session: Session) -> list[str]:
            group_id, who, name = ask.group_id, ask.owner_id, ask.display_name
            if not await self._groups.rename_member(session, group_id, who, name):
                return []
            return await self._telling.renamed(session, group_id, who)

        await self._do(ask.group_id, work)

    async def read(self, ask: groups.OneGroup) -> groups.Group:
        """Show a group to whoever knows its id, dismissed or not; its bulletin to members only."""
        found = await self._groups.find([ask.group_id])
        if ask.group_id not in found:
            raise groups.NoSuchGroup
        is_member = await self._groups.is_present(ask.group_id, ask.owner_id)
        return rules.shown_to(found[ask.group_id], is_member)

    async def members(self, ask: groups.OneGroup) -> list[groups.Member]:
        """Show who is in a group, longest-standing first, to those who are."""
        members = await self._groups.members(ask.group_id)
        if not any(one.user_id == ask.owner_id for one in members):
            raise await self._groups.refusal(ask.group_id)
        return members

    async def mine(self, ask: relations.ListOfOwner) -> list[groups.Membership]:
        """Give the groups that the caller is in, by id, after the one given."""
        mine = await self._groups.of(ask.owner_id, ask.after)
        found = await self._groups.find([row.group_id for row in mine])
        return [
            groups.Membership(role=row.role, display_name=row.display_name, group=group)
            for row in mine
            if (group := found[row.group_id]).dismissed_at is None
        ]

    async def _willing(self, session: Session, people: Collection[int], asking: int) -> list[int]:
        """Give those who have not blacklisted whoever brings them in."""
        unwilling = await self._blacklist.who_lists(session, people, asking)
        return [one for one in people if one not in unwilling]

    async def _do(self, group_id: int, work: Callable[[Session], Awaitable[list[str]]]) -> None:
        async with self._turns.of(group_id, until=deadline.get()):
            jobs = await self._outbox.transact(work)
        await self._fan_out.run_now(*jobs)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {
            groups.create_group: self.create,
            groups.add_members: self.add,
            groups.join_group: self.join,
            groups.kick_members: self.kick,
            groups.quit_group: self.quit,
            groups.dismiss_group: self.dismiss,
            groups.transfer_group: self.transfer,
            groups.change_group: self.change,
            groups.set_member_name: self.rename_member,
            groups.read_group: self.read,
            groups.list_members: self.members,
            groups.list_groups: self.mine,
        }
