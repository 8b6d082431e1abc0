"""What follows do to numbers, without anything that keeps them."""

from collections import Counter
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.social.follows import rules
from shared.contracts import relations

person = st.integers(1, 5)


def test_nobody_follows_themselves():
    """The one thing that is refused without looking."""
    with pytest.raises(relations.Oneself):
        rules.check(1, 1)
    rules.check(1, 2)


def counted(ties: set[tuple[int, int]], who: int) -> rules.Tally:
    """Count again what there is."""
    back = {(b, a) for a, b in ties}
    return rules.Tally(
        followings=sum(a == who for a, _ in ties),
        followers=sum(b == who for _, b in ties),
        mutual=sum(a == who for a, _ in ties & back),
    )


@given(st.lists(st.tuples(person, person)), person)
def test_numbers_are_what_counting_gives(toggled, leaving):
    """However people begin and end follows, and when one of them is erased after that."""
    ties: set[tuple[int, int]] = set()
    numbers: dict[int, Counter[str]] = {one: Counter() for one in range(1, 6)}

    def change(who: int, by: rules.Tally) -> None:
        for name, value in asdict(by).items():
            numbers[who][name] += value

    for one, two in toggled:
        if one != two:
            begins = (one, two) not in ties
            mutual = (two, one) in ties
            for who, by in rules.changes(one, two, 1 if begins else -1, mutual).items():
                change(who, by)
            ties ^= {(one, two)}
            assert all(rules.Tally(**numbers[who]) == counted(ties, who) for who in (one, two))

    for other in set(range(1, 6)) - {leaving}:
        there, back = (other, leaving) in ties, (leaving, other) in ties
        if there or back:
            change(other, rules.erased(there, there and back))
    ties = {tie for tie in ties if leaving not in tie}
    for other in set(range(1, 6)) - {leaving}:
        assert rules.Tally(**numbers[other]) == counted(ties, other)
