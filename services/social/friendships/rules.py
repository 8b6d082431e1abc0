"""How two people come to be friends, and how they stop: sealtalk's state machine, repaired.

Each of two people has a row of their own about the other. What one of them does is decided from
both rows, whether the other has blocked them, and the time; nothing here reads or writes. A row
that is not there counts as one that is deleted.

Rows that can stand side by side: INVITED with ASKED or IGNORED, FRIENDS with FRIENDS or DELETED,
DELETED with DELETED. A person can be their own friend: then the one row is both.

- A block wins: what the blocked one does changes nothing at all, and looks like a thing that had
  no effect. That goes for agreeing to an invitation of somebody who has blocked one since.
- The block of the one who acts is no matter: whoever invites a person they have blocked asks them,
  and does not lift the block.
- Nobody can put back a row that the other has deleted, except the other: agreeing needs an
  invitation that stands.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.social.counters import Counted
from shared.contract import Event
from shared.contracts import friendships
from shared.contracts.friendships import FriendStatus, InviteAction
from shared.errors import UnusableText
from shared.texts import NOT_IN_LINE, NOT_IN_TEXT

AGAIN_AFTER_IGNORED = timedelta(days=1)
"""How old an invitation must be to be sent again to somebody who ignores it (reference 3.1)."""

AGAIN_AFTER_SILENCE = timedelta(days=3)
"""How old an invitation must be to be sent again to somebody who did not answer (reference 3.1)."""


@dataclass(frozen=True)
class Row:
    """How one person stands to another."""

    status: FriendStatus
    updated_at: datetime
    display_name: str = ""
    message: str = ""


@dataclass(frozen=True)
class Pair:
    """Two people and their rows, from the side of the one who acts."""

    owner_id: int
    target_id: int
    mine: Row | None
    other: Row | None

    @property
    def oneself(self) -> bool:
        """Whether the two are one person: `mine` and `other` are then the same row."""
        return self.owner_id == self.target_id

    @property
    def statuses(self) -> tuple[FriendStatus, FriendStatus]:
        """Both statuses, mine first."""
        return _status(self.mine), _status(self.other)


@dataclass(frozen=True)
class Decision:
    """What happens: the rows that are to be written, and what is announced."""

    action: InviteAction = InviteAction.NONE
    mine: Row | None = None
    other: Row | None = None
    event: Event | None = None


NOTHING = Decision()


def invite(pair: Pair, message: str, blocked: bool, now: datetime) -> Decision:
    """Decide on an invitation (reference 3.1, rows 1 to 10); `blocked` by the one invited."""
    mine, other = pair.statuses
    if blocked:
        return NOTHING
    if (mine, other) == (FriendStatus.FRIENDS, FriendStatus.FRIENDS):
        raise friendships.AlreadyFriends
    if pair.oneself or other in (FriendStatus.INVITED, FriendStatus.FRIENDS):
        return _friends(pair, InviteAction.ADDED, False, now)
    if _may_ask(pair, now):
        return _asked(pair, message, now)
    return NOTHING


def agree(pair: Pair, blocked: bool, now: datetime) -> Decision:
    """Decide on an answer: only an invitation that stands can be agreed to.

    Between friends nothing happens, so that a client may ask again.
    """
    mine, other = pair.statuses
    if (mine, other) == (FriendStatus.FRIENDS, FriendStatus.FRIENDS):
        return NOTHING
    asked = mine in (FriendStatus.ASKED, FriendStatus.IGNORED)
    if blocked or not asked or other is not FriendStatus.INVITED:
        raise friendships.NoSuchInvitation
    return _friends(pair, InviteAction.ADDED, True, now)


def ignore(pair: Pair, now: datetime) -> Decision:
    """Decide on leaving an invitation unanswered; the other is not told."""
    if pair.mine is None or pair.mine.status is not FriendStatus.ASKED:
        raise friendships.NoSuchInvitation
    ignored = dataclasses.replace(pair.mine, status=FriendStatus.IGNORED, updated_at=now)
    return Decision(mine=ignored)


def unfriend(pair: Pair, now: datetime) -> Decision:
    """Decide on ending a friendship: on one's own side only, with all that was noted there."""
    if pair.mine is None or pair.mine.status is not FriendStatus.FRIENDS:
        raise friendships.NoSuchFriend
    event = friendships.Unfriended(user_id=pair.owner_id, target_id=pair.target_id)
    return Decision(mine=Row(FriendStatus.DELETED, now), event=event)


def are_friends(pair: Pair) -> bool:
    """Tell whether the one who acts counts the other among their friends."""
    return pair.statuses[0] is FriendStatus.FRIENDS


def rename(pair: Pair, display_name: str, now: datetime) -> Decision:
    """Decide on what a friend is called on one's own side."""
    if pair.mine is None or pair.mine.status is not FriendStatus.FRIENDS:
        raise friendships.NoSuchFriend
    if pair.mine.display_name == display_name:
        return NOTHING
    renamed = dataclasses.replace(pair.mine, display_name=display_name, updated_at=now)
    return Decision(mine=renamed)


def check_message(message: str) -> None:
    """Refuse a message that cannot be shown; it may have several lines."""
    if NOT_IN_TEXT.search(message):
        raise UnusableText(field="message")


def check_display_name(display_name: str) -> None:
    """Refuse a name that cannot be shown in one line."""
    if NOT_IN_LINE.search(display_name):
        raise UnusableText(field="display_name")


def counted(row: Row | None) -> Counted | None:
    """Tell towards which of its owner's limits a row counts.

    Invitations from others have a limit of their own: nobody can use up somebody's room for friends
    by asking them.
    """
    return _COUNTED.get(_status(row))


_COUNTED = {
    FriendStatus.INVITED: Counted.FRIENDS,
    FriendStatus.FRIENDS: Counted.FRIENDS,
    FriendStatus.ASKED: Counted.ASKED_BY,
    FriendStatus.IGNORED: Counted.ASKED_BY,
}


def _status(row: Row | None) -> FriendStatus:
    return row.status if row else FriendStatus.DELETED


def _may_ask(pair: Pair, now: datetime) -> bool:
    """Whether an invitation goes out: none stands, or the one that does is old enough."""
    mine, other = pair.statuses
    if other is FriendStatus.DELETED:
        return mine in (FriendStatus.FRIENDS, FriendStatus.DELETED)
    if mine is not FriendStatus.INVITED:
        return False
    assert pair.mine
    ages = {
        FriendStatus.IGNORED: AGAIN_AFTER_IGNORED,
        FriendStatus.ASKED: AGAIN_AFTER_SILENCE,
    }
    return other in ages and now - pair.mine.updated_at > ages[other]


def _asked(pair: Pair, message: str, now: datetime) -> Decision:
    name = pair.mine.display_name if pair.mine else ""
    return Decision(
        InviteAction.SENT,
        mine=Row(FriendStatus.INVITED, now, display_name=name),
        other=Row(FriendStatus.ASKED, now, message=message),
        event=friendships.FriendInvited(
            user_id=pair.owner_id, target_id=pair.target_id, message=message
        ),
    )


def _friends(pair: Pair, action: InviteAction, agreed: bool, now: datetime) -> Decision:
    event = friendships.FriendsMade(user_id=pair.owner_id, target_id=pair.target_id, agreed=agreed)
    mine, other = _befriended(pair.mine, now), _befriended(pair.other, now)
    return Decision(action, mine, None if pair.oneself else other, event)


def _befriended(row: Row | None, now: datetime) -> Row:
    row = row or Row(FriendStatus.DELETED, now)
    return dataclasses.replace(row, status=FriendStatus.FRIENDS, updated_at=now)
