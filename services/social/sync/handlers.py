"""What happens around syncs, in order."""

from typing import Protocol

from services.social.sync.fan_out import Audience, FanOut, News
from services.social.sync.log import Change, Section, SyncLog
from services.social.sync.reading import SyncReader
from shared import erasure
from shared.contract import Table
from shared.contracts import profile, sync
from shared.mongo import Mongo, Session

SHOWN = frozenset(("nickname", "avatar"))
"""What a sync shows of people: a change of anything else is no news."""


class MembersGroups(Protocol):
    """Knows who is in which groups."""

    async def groups_of(self, session: Session, user_id: int) -> list[int]:
        """Give, as a transaction sees them, the groups that a person is in."""


class SyncHandlers:
    """Answers syncs, and brings changes of profiles into the log."""

    def __init__(
        self,
        mongo: Mongo,
        log: SyncLog,
        fan_out: FanOut,
        reader: SyncReader,
        groups: MembersGroups,
    ) -> None:
        self._mongo, self._log, self._fan_out = mongo, log, fan_out
        self._reader, self._groups = reader, groups

    async def sync(self, ask: sync.Sync) -> sync.Changes:
        """Give the caller what changed for them since a version; see `SyncReader.read`."""
        return await self._reader.read(ask)

    async def on_profile_changed(self, event: profile.ProfileChanged, session: Session) -> None:
        """Note that a person looks different: for themselves, friends and fellow members.

        Only the jobs are written here: one for the friends, one per group.
        """
        user_id = event.user_id
        if not SHOWN.intersection(event.changed):
            return
        if not await erasure.may_keep(self._mongo, session, user_id):
            return
        await self._log.stamp(session, [Change(user_id, Section.SELF)])
        friends = ([News(Section.FRIEND, user_id)], Audience.FRIENDS, user_id)
        members = [
            ([News(Section.MEMBER, group, user_id)], Audience.MEMBERS, group)
            for group in await self._groups.groups_of(session, user_id)
        ]
        await self._fan_out.in_background(session, friends, *members)

    def table(self) -> Table:
        """Which call is answered by what."""
        return {sync.sync: self.sync}
