"""A client that keeps what sealtalk's clients keep, and follows their rules when it syncs."""

from msgspec.structs import replace

from shared.contracts import social
from shared.contracts.social import FriendStatus


class Client:
    """One person's device: local tables, and the version of the last sync."""

    def __init__(self, user_id):
        self.user_id = user_id
        self.version = 0
        self.own = None
        self.blacklist, self.friends, self.groups, self.members = {}, {}, {}, {}

    def apply(self, changes):
        """Take in an answer: insert, update, or delete where a row says so (reference 4.1)."""
        if changes.own_version is not None:
            self.own = changes.own_version
        for row in changes.blacklist:
            keep(self.blacklist, row.target_id, row, row.listed)
        for row in changes.friends:
            keep(self.friends, row.target_id, row, row.status is not FriendStatus.DELETED)
        for row in changes.groups:
            # How many there are is no news by itself: `members` has who came and went.
            shown = replace(row, group=replace(row.group, member_count=0))
            keep(self.groups, row.group.group_id, shown, not row.is_deleted)
            if row.is_deleted:
                gone = [key for key in self.members if key[0] == row.group.group_id]
                for key in gone:
                    del self.members[key]
        for row in changes.members:
            keep(self.members, (row.group_id, row.user_id), row, not row.is_deleted)
        self.version = changes.version

    @property
    def tables(self):
        """Everything that the device shows."""
        return self.own, self.blacklist, self.friends, self.groups, self.members


def keep(table, key, row, there):
    if there:
        table[key] = row
    else:
        table.pop(key, None)


def is_empty(changes: social.Changes) -> bool:
    """Whether an answer says that nothing is different."""
    sections = (changes.blacklist, changes.friends, changes.groups, changes.members)
    return changes.own_version is None and not any(sections)
