"""Two or three people who invite, agree, ignore, delete and block as they please.

A hypothesis state machine over any way to do these things (the bare rules, or the real service),
beside a model of its own that knows who lists whom and who asked whom.
"""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.social.friendships.rules import AGAIN_AFTER_IGNORED, AGAIN_AFTER_SILENCE
from shared.contracts import friendships, relations
from shared.contracts.friendships import FriendStatus, InviteAction
from shared.errors import AppError

INVITED, ASKED, FRIENDS = FriendStatus.INVITED, FriendStatus.ASKED, FriendStatus.FRIENDS
IGNORED, DELETED = FriendStatus.IGNORED, FriendStatus.DELETED

_HALF = {(INVITED, ASKED), (INVITED, IGNORED), (FRIENDS, FRIENDS), (FRIENDS, DELETED)}
LEGAL = _HALF | {(b, a) for a, b in _HALF} | {(DELETED, DELETED)}
"""What can stand side by side (reference 3.1)."""

DAYS = st.sampled_from([timedelta(hours=1), timedelta(days=1, hours=1), timedelta(days=3, hours=1)])
PLACES = st.integers(0, 2)


class Model:
    """What should be true, without rows: lists, invitations and blocks as sets of ordered pairs."""

    def __init__(self) -> None:
        self.lists: set[tuple[int, int]] = set()
        self.blocks: set[tuple[int, int]] = set()
        self.asked: dict[tuple[int, int], tuple[timedelta, bool]] = {}
        """By who asked whom: how long ago, and whether the other ignores it."""

    def invite(self, one: int, two: int) -> Any:
        if (two, one) in self.blocks:
            return InviteAction.NONE
        if {(one, two), (two, one)} <= self.lists:
            return friendships.AlreadyFriends
        if one == two or (two, one) in self.asked or (two, one) in self.lists:
            self._befriend(one, two)
            return InviteAction.ADDED
        if (one, two) in self.asked:
            age, ignored = self.asked[one, two]
            if age <= (AGAIN_AFTER_IGNORED if ignored else AGAIN_AFTER_SILENCE):
                return InviteAction.NONE
        self.lists.discard((one, two))
        self.asked[one, two] = (timedelta(0), False)
        return InviteAction.SENT

    def agree(self, one: int, two: int) -> Any:
        if {(one, two), (two, one)} <= self.lists:
            return None
        if (two, one) not in self.asked or (two, one) in self.blocks:
            return friendships.NoSuchInvitation
        self._befriend(one, two)
        return None

    def _befriend(self, one: int, two: int) -> None:
        self.asked.pop((two, one), None)
        self.lists |= {(one, two), (two, one)}

    def ignore(self, one: int, two: int) -> Any:
        age, ignored = self.asked.get((two, one), (timedelta(0), True))
        if ignored:
            return friendships.NoSuchInvitation
        self.asked[two, one] = (age, True)
        return None

    def unfriend(self, one: int, two: int) -> Any:
        if (one, two) not in self.lists:
            return friendships.NoSuchFriend
        self.lists.discard((one, two))
        return None

    def block(self, one: int, two: int) -> Any:
        if one == two:
            return relations.Oneself
        self.blocks.add((one, two))
        return None

    def unblock(self, one: int, two: int) -> Any:
        self.blocks.discard((one, two))

    def wait(self, age: timedelta) -> None:
        self.asked = {pair: (old + age, ignored) for pair, (old, ignored) in self.asked.items()}

    def status(self, one: int, two: int) -> FriendStatus:
        """How the one stands to the other, as a row would say it."""
        if (one, two) in self.lists:
            return FRIENDS
        if (one, two) in self.asked:
            return INVITED
        if (two, one) in self.asked:
            return IGNORED if self.asked[two, one][1] else ASKED
        return DELETED


class Circle(RuleBasedStateMachine):
    """Drives `make_world()` and the model side by side."""

    make_world: Any = None
    """Gives what has `act(name, one, two)`, `wait(age)` and `rows()` for people 0, 1 and 2."""

    @initialize()
    def begin(self) -> None:
        self.model, self.world = Model(), type(self).make_world()
        self.rows = self.world.rows()

    def act(self, name: str, one: int, two: int) -> None:
        """Do it in both worlds, and compare what came of it."""
        before, blocked = self.rows, (two, one) in self.model.blocks
        expected = getattr(self.model, name)(one, two)
        try:
            outcome = self.world.act(name, one, two)
        except AppError as error:
            outcome = type(error)
        assert outcome == expected
        self.rows = self.world.rows()
        others = {pair: row for pair, row in self.rows.items() if set(pair) != {one, two}}
        assert others.items() <= before.items(), "somebody else's rows changed"
        if blocked and one != two:
            row = self.rows.get((two, one))
            assert row == before.get((two, one)), "the blocked reached the blocker"
        if name == "agree" and outcome is None:
            assert self.rows[one, two].status == self.rows[two, one].status == FRIENDS

    @rule(one=PLACES, two=PLACES)
    def invite(self, one: int, two: int) -> None:
        self.act("invite", one, two)

    @rule(one=PLACES, two=PLACES)
    def agree(self, one: int, two: int) -> None:
        self.act("agree", one, two)

    @rule(one=PLACES, two=PLACES)
    def ignore(self, one: int, two: int) -> None:
        self.act("ignore", one, two)

    @rule(one=PLACES, two=PLACES)
    def unfriend(self, one: int, two: int) -> None:
        self.act("unfriend", one, two)

    @rule(one=PLACES, two=PLACES)
    def block(self, one: int, two: int) -> None:
        self.act("block", one, two)

    @rule(one=PLACES, two=PLACES)
    def unblock(self, one: int, two: int) -> None:
        self.act("unblock", one, two)

    @rule(age=DAYS)
    def wait(self, age: timedelta) -> None:
        self.model.wait(age)
        self.world.wait(age)
        self.rows = self.world.rows()

    @invariant()
    def rows_are_what_they_should_be(self) -> None:
        for one in range(3):
            for two in range(3):
                row = self.rows.get((one, two))
                status = row.status if row else DELETED
                assert status == self.model.status(one, two)
                other = self.rows.get((two, one))
                assert (row is None) == (other is None), "half a pair"
                pair = (status, other.status if other else DELETED)
                assert one == two or pair in LEGAL

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.settle(self.rows)
