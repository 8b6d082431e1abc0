"""Syncing: what changed since a client asked last."""

import time

from gateway.core import Core
from gateway.dialects.sealtalk import rules
from gateway.dialects.sealtalk import sync_views as views
from gateway.dialects.sealtalk.envelope import Ok
from gateway.dialects.sealtalk.ids import PublicIds
from gateway.dialects.sealtalk.people import People, in_parts
from gateway.dialects.sealtalk.views import User
from gateway.handlers import Handlers
from shared import bus
from shared.caller import Caller
from shared.contracts import sync

SYNC_SECONDS = 30.0
"""How long a sync may take: one of everything, with 500 groups of 500 members, needs some."""


class Syncing(Handlers):
    """Tells clients what changed."""

    def __init__(self, core: Core, ids: PublicIds, people: People) -> None:
        self.core, self.ids, self.people = core, ids, people

    async def sync(self, caller: Caller, version: str) -> Ok[views.Synced]:
        """Tell what changed since a version; everything if it is 0 or was never given.

        Names and portraits are read after the changes and so are never older than these.
        """
        ask = sync.Sync(owner_id=caller.user_id, since=rules.version(version))
        bus.deadline.set(time.time() + SYNC_SECONDS)
        changes = await self.core.bus.ask(sync.sync, ask, caller=caller, timeout=SYNC_SECONDS)
        shown = await self.people.shown(_mentioned(changes, caller))

        def person(user_id: int) -> User:
            # Who is gone has no profile any more, and yet others must hear that they are.
            return shown.get(user_id) or User(self.ids.encode(user_id), "", "")

        own = changes.own_version
        result = views.Synced(
            version=changes.version,
            user=None if own is None else views.oneself(person(caller.user_id), own),
            blacklist=await in_parts(
                changes.blacklist, lambda row: views.blacklist_change(row, person(row.target_id))
            ),
            friends=await in_parts(
                changes.friends, lambda row: views.friend_change(row, person(row.target_id))
            ),
            groups=await in_parts(changes.groups, lambda row: views.group_change(row, self.ids)),
            group_members=await in_parts(
                changes.members,
                lambda row: views.member_change(row, person(row.user_id), self.ids),
            ),
        )
        return Ok(result=result)


def _mentioned(changes: sync.Changes, caller: Caller) -> set[int]:
    """Give everybody who is to be shown."""
    people = {row.target_id for row in changes.blacklist}
    people |= {row.target_id for row in changes.friends}
    people |= {row.user_id for row in changes.members}
    return people if changes.own_version is None else people | {caller.user_id}
