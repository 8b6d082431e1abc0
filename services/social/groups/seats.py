"""Coming into groups and going from them, with all that follows, in the transaction of a handler.

Rows, counts on both sides, events and stamps change together or not at all.
"""

from collections.abc import Collection

from services.social.contacts.store import ApplicationStore
from services.social.counters import Counted, Counters
from services.social.groups import rules
from services.social.groups.store import GroupStore
from services.social.groups.telling import Telling
from services.social.people import People
from shared.contracts import groups
from shared.contracts.groups import GROUPS_MOST, GroupRole, TooManyGroups
from shared.mongo import Session
from shared.outbox import Outbox

ERASED_AT_ONCE = 20
"""Groups that one transaction of an erasure takes a person out of: about 300 documents."""

FORGOTTEN_AT_ONCE = 500
"""Rows of groups that a leaving person was in before, cleared by one transaction."""


class Seats:
    """Who is in which group; what is given are the jobs to run once the change is committed."""

    def __init__(
        self,
        outbox: Outbox,
        people: People,
        counters: Counters,
        groups: GroupStore,
        telling: Telling,
        applications: ApplicationStore,
    ) -> None:
        self._outbox, self._people, self._counters = outbox, people, counters
        self._groups, self._telling, self._applications = groups, telling, applications

    async def found(
        self, session: Session, group: groups.Group, members: Collection[int]
    ) -> list[str]:
        """Make a group of people."""
        await self._people.keep(session, members)
        await self._groups.insert(session, group)
        await self._groups.seat(session, group.group_id, members, group.creator_id)
        await self._count(session, members, 1)
        event = groups.GroupCreated(
            user_id=group.creator_id,
            group_id=group.group_id,
            name=group.name,
            member_ids=list(members),
        )
        await self._outbox.record(session, event)
        return await self._telling.came(session, group.group_id, members, len(members))

    async def let_in(
        self, session: Session, group: groups.Group, newcomers: Collection[int], by: int
    ) -> list[str]:
        """Let people who are not in a group that is held into it; they apply for it no longer."""
        await self._people.keep(session, newcomers)
        await self._groups.resize(session, group.group_id, len(newcomers))
        await self._count(session, newcomers, 1)
        await self._groups.seat(session, group.group_id, newcomers)
        await self._applications.withdraw(session, group.group_id, newcomers)
        event = groups.GroupJoined(
            user_id=by, group_id=group.group_id, member_ids=list(newcomers), name=group.name
        )
        await self._outbox.record(session, event)
        members = group.member_count + len(newcomers)
        return await self._telling.came(session, group.group_id, newcomers, members)

    async def put_out(
        self, session: Session, group: groups.Group, people: Collection[int]
    ) -> list[str]:
        """Let the creator put others out of a group that is held."""
        await self._vacate(session, group.group_id, people)
        event = groups.MembersKicked(
            user_id=group.creator_id, group_id=group.group_id, member_ids=list(people)
        )
        await self._outbox.record(session, event)
        return await self._telling.went(session, group.group_id, people)

    async def leave(
        self, session: Session, group_id: int, user_id: int, erased: bool = False
    ) -> list[str]:
        """Let somebody go; who has been there longest leads then, if they did."""
        group = await self._groups.hold(session, group_id)
        rules.check_member(user_id, await self._groups.present(session, group_id, [user_id]))
        next_in_line = await self._groups.next_in_line(session, group_id, user_id)
        after = rules.departure(group, user_id, next_in_line)
        await self._vacate(session, group_id, [user_id])
        successor = after.successor
        left = groups.GroupLeft(user_id=user_id, group_id=group_id, successor_id=successor)
        await self._outbox.record(session, left)
        if after.dismissed:
            return await self._end(session, group, user_id, [user_id], [])
        if successor is not None:
            await self._groups.assign(session, group_id, successor, GroupRole.CREATOR)
            await self._groups.change(session, group, {"creator_id": successor})
        return await self._telling.went(session, group_id, [user_id], successor, erased)

    async def dismiss(self, session: Session, group: groups.Group) -> list[str]:
        """End a group that is held: everybody is out."""
        members = await self._groups.page(session, group.group_id)
        await self._vacate(session, group.group_id, members)
        return await self._end(session, group, group.creator_id, members, members)

    async def erase(self, user_id: int, session: Session) -> bool:
        """End some memberships of a leaving person, as if they quit; true once none is left.

        Groups that they led to the end lose what they showed.
        """
        mine = await self._groups.groups_of(session, user_id, limit=ERASED_AT_ONCE)
        for group_id in mine:
            await self.leave(session, group_id, user_id, erased=True)
        return (
            not mine
            and await self._groups.forget(session, user_id, FORGOTTEN_AT_ONCE)
            and await self._groups.blank(session, user_id, FORGOTTEN_AT_ONCE)
        )

    async def _vacate(self, session: Session, group_id: int, people: Collection[int]) -> None:
        await self._groups.unseat(session, group_id, people)
        await self._groups.resize(session, group_id, -len(people))
        await self._count(session, people, -1)

    async def _end(
        self,
        session: Session,
        group: groups.Group,
        by: int,
        told: Collection[int],
        members: Collection[int],
    ) -> list[str]:
        group_id = group.group_id
        await self._groups.end(session, group)
        event = groups.GroupDismissed(user_id=by, group_id=group_id, member_ids=list(members))
        await self._outbox.record(session, event)
        await self._telling.ended(session, group_id, told)
        return []

    async def _count(self, session: Session, people: Collection[int], by: int) -> None:
        each = dict.fromkeys(people, by)
        await self._counters.add(session, Counted.GROUPS, each, GROUPS_MOST, TooManyGroups)
