"""The state machine of friendships: each line of its table, and what is always true."""

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.social.counters import Counted
from services.social.friendships import rules
from services.social.friendships.rules import (
    AGAIN_AFTER_IGNORED,
    AGAIN_AFTER_SILENCE,
    NOTHING,
    Decision,
    Pair,
    Row,
)
from shared.contracts import friendships
from shared.contracts.friendships import FriendStatus, InviteAction
from shared.errors import AppError, UnusableText

INVITED, ASKED, FRIENDS = FriendStatus.INVITED, FriendStatus.ASKED, FriendStatus.FRIENDS
IGNORED, DELETED = FriendStatus.IGNORED, FriendStatus.DELETED
ADDED, SENT, NONE = InviteAction.ADDED, InviteAction.SENT, InviteAction.NONE

NOW = datetime(2024, 5, 4, 12, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
ME, OTHER = 1, 2

_HALF = {(INVITED, ASKED), (INVITED, IGNORED), (FRIENDS, FRIENDS), (FRIENDS, DELETED)}
LEGAL = _HALF | {(b, a) for a, b in _HALF} | {(DELETED, DELETED), (None, None)}
"""What can stand side by side (reference 3.1); None: there is no row."""


def row(status: FriendStatus | None, age: timedelta = TICK, **values: str) -> Row | None:
    return None if status is None else Row(status, NOW - age, **values)


def pair(mine: FriendStatus | None, other: FriendStatus | None, age: timedelta = TICK) -> Pair:
    return Pair(ME, OTHER, row(mine, age), row(other))


def after(before: Pair, decision: Decision) -> tuple[FriendStatus, FriendStatus]:
    """Give both statuses once a decision is written."""
    written = dataclasses.replace(
        before, mine=decision.mine or before.mine, other=decision.other or before.other
    )
    if before.oneself:
        assert decision.other is None
        written = dataclasses.replace(written, other=written.mine)
    return written.statuses


@pytest.mark.parametrize(("mine", "other"), sorted(LEGAL, key=repr))
def test_line_1_whoever_is_blocked_changes_nothing(mine, other):
    """Whatever stands between the two, an invitation of the blocked one has no effect at all."""
    assert rules.invite(pair(mine, other, timedelta(days=9)), "hi", True, NOW) == NOTHING


def test_line_2_friends_are_refused():
    """Friends cannot be invited."""
    with pytest.raises(friendships.AlreadyFriends):
        rules.invite(pair(FRIENDS, FRIENDS), "hi", False, NOW)


@pytest.mark.parametrize("mine", [ASKED, IGNORED])
def test_line_3_inviting_whoever_invited_me_makes_friends(mine):
    """An invitation that stands is taken up, also one that was ignored."""
    before = pair(mine, INVITED)

    decision = rules.invite(before, "hi", False, NOW)

    assert after(before, decision) == (FRIENDS, FRIENDS)
    assert decision.action is ADDED
    assert decision.event == friendships.FriendsMade(user_id=ME, target_id=OTHER, agreed=False)


def test_line_4_whoever_still_lists_me_is_a_friend_again():
    """A friendship that I ended comes back without asking, as the other never ended it."""
    before = pair(DELETED, FRIENDS)

    decision = rules.invite(before, "hi", False, NOW)

    assert after(before, decision) == (FRIENDS, FRIENDS)
    assert decision.action is ADDED
    assert decision.event == friendships.FriendsMade(user_id=ME, target_id=OTHER, agreed=False)


@pytest.mark.parametrize("mine", [DELETED, FRIENDS])
def test_line_5_whoever_deleted_me_is_asked(mine):
    """Nothing comes back without the one who ended it."""
    before = pair(mine, DELETED)

    decision = rules.invite(before, "hi", False, NOW)

    assert after(before, decision) == (INVITED, ASKED)
    assert decision.action is SENT
    assert decision.other == Row(ASKED, NOW, message="hi")
    assert decision.event == friendships.FriendInvited(user_id=ME, target_id=OTHER, message="hi")


def test_line_5_keeps_what_i_call_them():
    """Asking somebody again does not take away the name I gave them."""
    mine = row(FRIENDS, display_name="Bobby")

    decision = rules.invite(Pair(ME, OTHER, mine, row(DELETED)), "hi", False, NOW)

    assert decision.mine == Row(INVITED, NOW, display_name="Bobby")


@pytest.mark.parametrize(
    ("other", "age", "action"),
    [
        (IGNORED, AGAIN_AFTER_IGNORED, NONE),
        (IGNORED, AGAIN_AFTER_IGNORED + TICK, SENT),
        (ASKED, AGAIN_AFTER_SILENCE, NONE),
        (ASKED, AGAIN_AFTER_SILENCE + TICK, SENT),
    ],
)
def test_lines_6_and_7_an_old_invitation_is_sent_again(other, age, action):
    """After more than a day if it is ignored, more than three if it is not answered."""
    before = pair(INVITED, other, age)

    decision = rules.invite(before, "again", False, NOW)

    assert decision.action is action
    if action is NONE:
        assert decision == NOTHING
    else:
        assert after(before, decision) == (INVITED, ASKED)
        assert decision.mine == Row(INVITED, NOW)
        assert decision.other == Row(ASKED, NOW, message="again")


def test_the_ages_are_one_and_three_days():
    """As old clients know it."""
    ages = (rules.AGAIN_AFTER_IGNORED, rules.AGAIN_AFTER_SILENCE)
    assert ages == (timedelta(days=1), timedelta(days=3))


@pytest.mark.parametrize("other", [ASKED, IGNORED])
def test_the_age_is_that_of_the_inviters_row(other):
    """How long ago the other ignored it does not matter."""
    before = Pair(ME, OTHER, row(INVITED, TICK), row(other, timedelta(days=9)))

    assert rules.invite(before, "hi", False, NOW) == NOTHING


@pytest.mark.parametrize("other", [ASKED, IGNORED])
def test_line_8_a_young_invitation_is_not_repeated(other):
    """Asking twice is asking once."""
    assert rules.invite(pair(INVITED, other), "hi", False, NOW) == NOTHING


def test_line_9_a_person_can_be_their_own_friend():
    """There is one row, and a second time is refused as between any friends."""
    decision = rules.invite(Pair(ME, ME, None, None), "hi", False, NOW)

    assert decision.mine == Row(FRIENDS, NOW)
    assert (decision.action, decision.other) == (ADDED, None)
    mine = decision.mine
    with pytest.raises(friendships.AlreadyFriends):
        rules.invite(Pair(ME, ME, mine, mine), "hi", False, NOW)
    ended = rules.unfriend(Pair(ME, ME, mine, mine), NOW).mine
    assert ended == Row(DELETED, NOW)
    assert rules.invite(Pair(ME, ME, ended, ended), "", False, NOW) == decision


def test_line_10_a_stranger_is_asked():
    """The message is theirs to read, not mine."""
    decision = rules.invite(pair(None, None), "hi", False, NOW)

    assert decision == Decision(
        SENT,
        mine=Row(INVITED, NOW),
        other=Row(ASKED, NOW, message="hi"),
        event=friendships.FriendInvited(user_id=ME, target_id=OTHER, message="hi"),
    )


@pytest.mark.parametrize("mine", [ASKED, IGNORED])
def test_agreeing_makes_friends(mine):
    """An invitation that stands can be agreed to, also after it was ignored."""
    before = pair(mine, INVITED)

    decision = rules.agree(before, False, NOW)

    assert after(before, decision) == (FRIENDS, FRIENDS)
    assert decision.event == friendships.FriendsMade(user_id=ME, target_id=OTHER, agreed=True)


def test_agreeing_between_friends_changes_nothing():
    """A client that did not hear the answer may ask again."""
    assert rules.agree(pair(FRIENDS, FRIENDS), False, NOW) == NOTHING
    assert rules.agree(pair(FRIENDS, FRIENDS), True, NOW) == NOTHING


@pytest.mark.parametrize(
    "statuses",
    sorted(LEGAL - {(FRIENDS, FRIENDS), (ASKED, INVITED), (IGNORED, INVITED)}, key=repr),
)
def test_agreeing_needs_an_invitation(statuses):
    """Above all, whoever was deleted cannot agree themselves back (reference 5, weakness 8)."""
    with pytest.raises(friendships.NoSuchInvitation):
        rules.agree(pair(*statuses), False, NOW)


@pytest.mark.parametrize("mine", [ASKED, IGNORED])
def test_a_block_takes_an_invitation_back(mine):
    """Whoever was blocked after they were invited finds no invitation."""
    with pytest.raises(friendships.NoSuchInvitation):
        rules.agree(pair(mine, INVITED), True, NOW)


@pytest.mark.parametrize("statuses", sorted(LEGAL, key=repr))
def test_only_an_unanswered_invitation_can_be_ignored(statuses):
    """The other side is left as it is, and nothing is announced."""
    before = pair(*statuses)
    if statuses == (ASKED, INVITED):
        decision = rules.ignore(before, NOW)
        assert decision == Decision(mine=Row(IGNORED, NOW))
    else:
        with pytest.raises(friendships.NoSuchInvitation):
            rules.ignore(before, NOW)


@pytest.mark.parametrize("statuses", sorted(LEGAL, key=repr))
def test_only_a_friend_can_be_deleted(statuses):
    """On one's own side alone, with name and message gone."""
    before = Pair(ME, OTHER, row(statuses[0], display_name="Bob", message="hi"), row(statuses[1]))
    if statuses[0] is FRIENDS:
        decision = rules.unfriend(before, NOW)
        assert (decision.mine, decision.other) == (Row(DELETED, NOW), None)
        assert decision.event == friendships.Unfriended(user_id=ME, target_id=OTHER)
    else:
        with pytest.raises(friendships.NoSuchFriend):
            rules.unfriend(before, NOW)


@pytest.mark.parametrize("statuses", sorted(LEGAL, key=repr))
def test_only_a_friend_can_be_given_a_name(statuses):
    """The name is on one's own side; the same name again is no change."""
    before = pair(*statuses)
    if statuses[0] is FRIENDS:
        decision = rules.rename(before, "Bob", NOW)
        assert decision == Decision(mine=Row(FRIENDS, NOW, display_name="Bob"))
        assert rules.rename(before, "", NOW) == NOTHING
    else:
        with pytest.raises(friendships.NoSuchFriend):
            rules.rename(before, "Bob", NOW)


ACTS = {
    "invite": lambda pair, blocked: rules.invite(pair, "hi", blocked, NOW),
    "agree": lambda pair, blocked: rules.agree(pair, blocked, NOW),
    "ignore": lambda pair, blocked: rules.ignore(pair, NOW),
    "unfriend": lambda pair, blocked: rules.unfriend(pair, NOW),
    "rename": lambda pair, blocked: rules.rename(pair, "Bob", NOW),
}
ANY_ROW = st.builds(
    Row,
    status=st.sampled_from(FriendStatus),
    updated_at=st.timedeltas(timedelta(0), timedelta(days=9)).map(lambda age: NOW - age),
    display_name=st.sampled_from(["", "Bob"]),
    message=st.sampled_from(["", "hi"]),
)


@given(st.none() | ANY_ROW, st.none() | ANY_ROW, st.booleans(), st.sampled_from(sorted(ACTS)))
def test_every_state_has_an_answer(mine, other, blocked, act):
    """Even rows that should not stand side by side: a refusal of ours or a decision, never else."""
    before = Pair(ME, OTHER, mine, other)
    try:
        decision = ACTS[act](before, blocked)
    except AppError:
        return

    if (mine and mine.status, other and other.status) in LEGAL:
        assert after(before, decision) in LEGAL
    if decision.other:
        assert not blocked
        assert decision.mine


def test_invitations_of_others_have_a_limit_of_their_own():
    """What somebody did themselves counts towards one limit, what others ask of them to another."""
    counted = {status: rules.counted(row(status)) for status in (None, *FriendStatus)}

    assert counted == {
        None: None,
        INVITED: Counted.FRIENDS,
        FRIENDS: Counted.FRIENDS,
        ASKED: Counted.ASKED_BY,
        IGNORED: Counted.ASKED_BY,
        DELETED: None,
    }


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (rules.check_message, "two\nlines \U0001f600", "a\x00b"),
        (rules.check_message, "", "\u202eabc"),
        (rules.check_display_name, "Bob \U0001f600", "two\nlines"),
        (rules.check_display_name, "", "a\x07"),
    ],
)
def test_text_must_be_showable(check, good, bad):
    """Control characters and direction overrides are refused; only messages have lines."""
    check(good)
    with pytest.raises(UnusableText):
        check(bad)


def test_the_legal_pairs_are_closed():
    """No act leads from a legal pair to one that is not, with every age and block there is."""
    ages = (TICK, timedelta(days=2), timedelta(days=4))
    for (mine, other), age, blocked, act in itertools.product(LEGAL, ages, (True, False), ACTS):
        before = pair(mine, other, age)
        try:
            decision = ACTS[act](before, blocked)
        except AppError:
            continue
        assert after(before, decision) in LEGAL
