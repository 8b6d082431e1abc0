"""What a client is told when it syncs: five sections and a version, all as of one moment."""

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeAlias

from services.social.blacklist.store import BlacklistStore
from services.social.friendships.store import FriendshipStore
from services.social.sync.log import Pointer, Section, SyncLog
from shared.contracts import sync
from shared.mongo import Mongo, Session

Versions: TypeAlias = Mapping[int, int]
"""Of which person or group something changed, and at which version."""


class GroupsInSync(Protocol):
    """What a sync reads of groups; everything through the session, which is one moment."""

    async def whole_groups(
        self, session: Session, owner_id: int, versions: Versions
    ) -> list[sync.SyncedGroup]:
        """Give all groups that a person is in; what has no version has 0."""

    async def changed_groups(
        self, session: Session, owner_id: int, versions: Versions
    ) -> list[sync.SyncedGroup]:
        """Give these groups, as deleted if the person is not in them (any more)."""

    async def whole_members(
        self,
        session: Session,
        owner_id: int,
        rosters: Versions,
        members: Mapping[tuple[int, int], int],
    ) -> list[sync.SyncedMember]:
        """Give all members of all groups that a person is in.

        A member's version is the greater one of their own (by group and person) and their group's
        in `rosters`, 0 where there is none.
        """

    async def changed_members(
        self,
        session: Session,
        owner_id: int,
        rosters: Versions,
        members: Mapping[tuple[int, int], int],
    ) -> list[sync.SyncedMember]:
        """Give everybody of the groups in `rosters` and, beside those, these members.

        Of groups that the person is in only. Who is not in such a group any more is given as
        deleted: those that `members` names, and of groups in `rosters` all who ever left, as the
        client may have rows of them from the last time that the person was in.
        """


class SyncReader:
    """Answers what changed, from the log and the tables it points to."""

    def __init__(
        self,
        mongo: Mongo,
        log: SyncLog,
        blacklist: BlacklistStore,
        friendships: FriendshipStore,
        groups: GroupsInSync,
    ) -> None:
        self._mongo, self._log = mongo, log
        self._blacklist, self._friendships, self._groups = blacklist, friendships, groups

    async def read(self, ask: sync.Sync) -> sync.Changes:
        """Give the caller what is different for them since a version that they were given.

        Costs as much as there are changes. For version 0, and for one that was never given, that is
        everything there is, without what is over.
        """
        async with self._mongo.snapshot() as session:
            head = await self._log.head(session, ask.owner_id)
            whole = not 0 < ask.since <= head
            since = 0 if whole else ask.since
            if since == head:
                pointers: list[Pointer] = []
            else:
                pointers = await self._log.since(session, ask.owner_id, since)
            return await self._resolve(session, ask.owner_id, head, pointers, whole)

    async def _resolve(
        self, session: Session, owner_id: int, head: int, pointers: list[Pointer], whole: bool
    ) -> sync.Changes:
        by_key = {section: _versions(pointers, section) for section in Section}
        members = {
            (pointer.key, pointer.member): pointer.version
            for pointer in pointers
            if pointer.section is Section.MEMBER and pointer.member is not None
        }
        rosters = by_key[Section.ROSTER]
        blacklist, friends, groups = self._blacklist, self._friendships, self._groups
        read_blacklist = blacklist.whole if whole else blacklist.changed
        read_friends = friends.whole if whole else friends.changed
        read_groups = groups.whole_groups if whole else groups.changed_groups
        read_members = groups.whole_members if whole else groups.changed_members
        return sync.Changes(
            version=head,
            own_version=by_key[Section.SELF].get(0, 0 if whole else None),
            blacklist=await read_blacklist(session, owner_id, by_key[Section.BLACKLIST]),
            friends=await read_friends(session, owner_id, by_key[Section.FRIEND]),
            groups=await read_groups(session, owner_id, by_key[Section.GROUP]),
            members=await read_members(session, owner_id, rosters, members),
        )


def _versions(pointers: Iterable[Pointer], section: Section) -> Versions:
    return {one.key: one.version for one in pointers if one.section is section}
