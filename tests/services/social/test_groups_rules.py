"""What is allowed in a group, without anything that keeps it."""

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.social.groups import rules
from shared.contracts import groups, relations
from shared.errors import AppError, Malformed, UnusableText
from tests.services.social.groups_model import Model, Outcome

ids = st.integers(1, 8)
people = st.lists(ids, min_size=1, max_size=6)


def group(creator_id: int = 1, **values: str) -> groups.Group:
    shown: dict[str, Any] = {"name": "Hikers", "portrait": "", "bulletin": "", **values}
    return groups.Group(
        group_id=9, creator_id=creator_id, member_count=3, max_member_count=500, **shown
    )


@given(ids, people)
def test_a_group_is_founded_by_its_creator(owner, named):
    """A list is taken if it has the creator, alone or not; each person is then in it once."""
    ask = groups.CreateGroup(owner_id=owner, name="Hikers", member_ids=named)

    if owner in named:
        assert rules.founders(ask) == sorted(set(named))
    else:
        with pytest.raises(Malformed):
            rules.founders(ask)


@given(ids, people, st.sets(ids))
def test_nobody_is_kicked_unless_all_can_be(asking, named, present):
    """The creator may put out others, if every one of them is in."""
    allowed = asking == 1 and 1 not in named and set(named) <= present

    if allowed:
        rules.check_kick(asking, group(), named, present)
    else:
        with pytest.raises((groups.NotTheCreator, relations.Oneself, groups.NoSuchMember)):
            rules.check_kick(asking, group(), named, present)


@pytest.mark.parametrize(
    ("asking", "named", "refusal"),
    [
        (2, [3], groups.NotTheCreator),
        (2, [2], groups.NotTheCreator),
        (1, [1], relations.Oneself),
        (1, [2, 1], relations.Oneself),
        (1, [2, 7], groups.NoSuchMember),
        (1, [7, 2], groups.NoSuchMember),
    ],
)
def test_a_kick_says_why_not(asking, named, refusal):
    """The right comes first, then whether the creator is named, then who is not in."""
    with pytest.raises(refusal):
        rules.check_kick(asking, group(), named, {1, 2, 3})


@given(ids, st.none() | ids)
def test_somebody_leads_as_long_as_somebody_is_in(leaving, next_in_line):
    """The group ends with the last one; else a creator who leaves has a successor, no one else."""
    after = rules.departure(group(creator_id=1), leaving, next_in_line)

    assert after.dismissed == (next_in_line is None)
    assert after.successor == (next_in_line if leaving == 1 else None)


@pytest.mark.parametrize("name", ["  ", "a\nb", "a\x00", "\u202eab", "\u200b\u200b"])
def test_a_name_can_be_seen(name):
    """Names are one line with something to be seen in it, for groups as for people in them."""
    with pytest.raises(UnusableText) as refusal:
        rules.check_name(name)
    assert refusal.value.details == {"field": "name"}
    with pytest.raises(UnusableText) as refusal:
        rules.check_display_name(name)
    assert refusal.value.details == {"field": "display_name"}


def test_no_name_in_a_group_is_a_name():
    """An empty display name stands for none."""
    rules.check_display_name("")


@pytest.mark.parametrize(
    "address",
    ["", "https://example.org/a.png", "http://10.0.0.1:8080/x?y=%20", "https://例え.jp/絵.png"],
)
def test_a_portrait_is_a_web_address_or_none(address):
    """Absolute http and https addresses are taken, and an empty one clears it."""
    rules.check_portrait(address)


@pytest.mark.parametrize(
    "address",
    [
        "example.org/a.png",
        "javascript:alert(1)",
        "ftp://example.org/a",
        "https://",
        "https://me:secret@example.org/",
        "https://example.org/a b",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://example.org/\n",
    ],
)
def test_nothing_else_is_a_portrait(address):
    """What is no address, runs code or carries a password is refused."""
    with pytest.raises(UnusableText) as refusal:
        rules.check_portrait(address)
    assert refusal.value.details == {"field": "portrait"}


def test_a_bulletin_may_have_lines():
    """Line breaks are taken in a bulletin; what is never shown is refused."""
    ask: dict[str, Any] = {"owner_id": 1, "group_id": 9}
    rules.check_change(groups.ChangeGroup(**ask, bulletin="Saturday\n\t8:00"))
    with pytest.raises(UnusableText) as refusal:
        rules.check_change(groups.ChangeGroup(**ask, bulletin="Sat\x00urday"))
    assert refusal.value.details == {"field": "bulletin"}


shown = st.fixed_dictionaries(
    {}, optional={field: st.text(string.ascii_letters, max_size=2) for field in rules.SHOWN}
)


@given(shown, shown)
def test_a_change_is_what_is_different(before, wanted):
    """What is not given stays, what is the same is no change."""
    present = group(**before)

    changes = rules.changes(present, groups.ChangeGroup(owner_id=1, group_id=9, **wanted))

    assert changes == {
        field: value for field, value in wanted.items() if value != getattr(present, field)
    }


def test_a_bulletin_is_for_members():
    """Whoever is not in a group sees of it what they need to decide whether to join."""
    whole = group(bulletin="The key is under the mat")

    assert rules.shown_to(whole, is_member=True) == whole
    assert rules.shown_to(whole, is_member=False) == group()


class Groups(RuleBasedStateMachine):
    """Three people and two groups: what the rules decide is what the model says."""

    person, place = st.sampled_from([1, 2, 3]), st.sampled_from(["hikers", "cooks"])
    some = st.lists(person, min_size=1, max_size=3)

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.groups: dict[str, groups.Group] = {}
        self.rows: dict[str, list[int]] = {}

    def hold(self, place: str) -> tuple[groups.Group, list[int]]:
        if place not in self.groups:
            raise groups.NoSuchGroup
        return self.groups[place], self.rows[place]

    def outcome(self, work: Callable[[], None]) -> Outcome:
        try:
            work()
        except AppError as refusal:
            return type(refusal)
        return None

    @rule(place=place, who=person, named=some)
    def create(self, place, who, named):
        if place in self.groups:
            return
        ask = groups.CreateGroup(owner_id=who, name="Hikers", member_ids=[who, *named])
        self.model.create(place, who, named)

        def work() -> None:
            self.rows[place] = rules.founders(ask)
            self.groups[place] = group(creator_id=who)

        assert (self.outcome(work) is None) == (place in self.model.groups)

    @rule(place=place, who=person)
    def join(self, place, who):
        def work() -> None:
            _, rows = self.hold(place)
            rules.check_joining([who], rows)
            rows.append(who)

        assert self.outcome(work) is self.model.join(place, who)

    @rule(place=place, who=person, named=some)
    def add(self, place, who, named):
        def work() -> None:
            _, rows = self.hold(place)
            newcomers = rules.distinct(named)
            rules.check_member(who, rows)
            rules.check_joining(newcomers, rows)
            rows.extend(newcomers)

        assert self.outcome(work) is self.model.add(place, who, named)

    @rule(place=place, who=person, named=some)
    def kick(self, place, who, named):
        def work() -> None:
            held, rows = self.hold(place)
            rules.check_kick(who, held, rules.distinct(named), rows)
            rows[:] = [one for one in rows if one not in named]

        assert self.outcome(work) is self.model.kick(place, who, named)

    @rule(place=place, who=person, heir=person)
    def transfer(self, place, who, heir):
        def work() -> None:
            held, rows = self.hold(place)
            rules.check_transfer(who, held, heir, rows)
            self.groups[place] = group(creator_id=heir)

        assert self.outcome(work) is self.model.transfer(place, who, heir)

    @rule(place=place, who=person)
    def quit(self, place, who):
        def work() -> None:
            held, rows = self.hold(place)
            rules.check_member(who, rows)
            after = rules.departure(held, who, next((one for one in rows if one != who), None))
            rows.remove(who)
            if after.dismissed:
                del self.groups[place]
            elif after.successor:
                self.groups[place] = group(creator_id=after.successor)

        assert self.outcome(work) is self.model.quit(place, who)

    @rule(place=place, who=person)
    def dismiss(self, place, who):
        def work() -> None:
            held, _ = self.hold(place)
            rules.check_creator(who, held)
            del self.groups[place]

        assert self.outcome(work) is self.model.dismiss(place, who)

    @invariant()
    def all_is_as_the_model_says(self):
        assert set(self.groups) == set(self.model.groups)
        for place, found in self.groups.items():
            expected = self.model.groups[place]
            assert self.rows[place] == expected.members
            assert found.creator_id == expected.creator

    @invariant()
    def whoever_leads_is_in(self):
        for place, found in self.groups.items():
            assert found.creator_id in self.rows[place]
            assert len(set(self.rows[place])) == len(self.rows[place])


TestGroups = Groups.TestCase
TestGroups.settings = settings(max_examples=200, stateful_step_count=30)
