"""Who sees what differently when something changes in a group: stamps in the log of syncs.

Those whom a change is about are stamped with it. The members are told by a job, which the handler
begins at once; they are at most 500, and mostly few.
"""

from collections.abc import Collection, Sequence

from services.social.sync.fan_out import Audience, FanOut, News
from services.social.sync.log import Change, Section, SyncLog
from shared.mongo import Session

NAMED_MOST = 20
"""People who come in at once and are told of one by one; of more, the whole list is read again."""


class Telling:
    """Stamps, in the transaction of a change; each method gives the job that tells the members."""

    def __init__(self, log: SyncLog, fan_out: FanOut) -> None:
        self._log, self._fan_out = log, fan_out

    async def came(
        self, session: Session, group_id: int, people: Collection[int], members: int
    ) -> list[str]:
        """Tell of people who came in: they see the group and everyone there, others see them.

        `members` is how many there are now.
        """
        await self._log.stamp(
            session,
            (
                Change(one, section, group_id)
                for one in people
                for section in (Section.GROUP, Section.ROSTER)
            ),
        )
        if len(people) == members:
            return []
        if len(people) > NAMED_MOST:
            return await self._members(session, group_id, [News(Section.ROSTER, group_id)])
        return await self._members(session, group_id, _about(group_id, people))

    async def went(
        self,
        session: Session,
        group_id: int,
        people: Collection[int],
        successor: int | None = None,
        erased: bool = False,
    ) -> list[str]:
        """Tell of people who are in no longer, and of who leads the group since.

        A row that says that somebody left is what those are told by who come back. Of somebody who
        is erased there will be none, so that all who may come back are told now.
        """
        await self.ended(session, group_id, people)
        news = _about(group_id, people)
        if successor is not None:
            news += [News(Section.GROUP, group_id), *_about(group_id, [successor])]
        if not erased:
            return await self._members(session, group_id, news)
        await self._fan_out.in_background(session, (news, Audience.EVER_MEMBERS, group_id))
        return []

    async def ended(self, session: Session, group_id: int, people: Collection[int]) -> None:
        """Tell people that they are no longer in a group, whether or not there is one still."""
        await self._log.stamp(session, (Change(one, Section.GROUP, group_id) for one in people))

    async def handed_over(
        self, session: Session, group_id: int, before: int, after: int
    ) -> list[str]:
        """Tell that another leads the group."""
        news = [News(Section.GROUP, group_id), *_about(group_id, [before, after])]
        await self._themselves(session, before, news)
        return await self._members(session, group_id, news)

    async def changed(self, session: Session, group_id: int, by: int) -> list[str]:
        """Tell that a group shows something else."""
        news = [News(Section.GROUP, group_id)]
        await self._themselves(session, by, news)
        return await self._members(session, group_id, news)

    async def renamed(self, session: Session, group_id: int, member: int) -> list[str]:
        """Tell that somebody goes by another name in a group."""
        named = _about(group_id, [member])
        await self._themselves(session, member, [News(Section.GROUP, group_id), *named])
        return await self._members(session, group_id, named)

    async def _themselves(self, session: Session, person: int, news: Sequence[News]) -> None:
        """Stamp whoever made a change: they see it in their next sync, however long jobs take."""
        changes = [Change(person, one.section, one.key, one.member) for one in news]
        await self._log.stamp(session, changes)

    async def _members(self, session: Session, group_id: int, news: Sequence[News]) -> list[str]:
        return [await self._fan_out.later(session, news, Audience.MEMBERS, group_id)]


def _about(group_id: int, people: Collection[int]) -> list[News]:
    return [News(Section.MEMBER, group_id, one) for one in people]
