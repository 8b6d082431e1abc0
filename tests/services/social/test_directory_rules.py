"""How categories hang together, without anything that keeps them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.social.directory import rules
from shared.contracts import directory, groups
from shared.contracts.directory import Category
from shared.errors import AppError

numbers = st.integers(1, 6)
categories = st.builds(
    directory.SetCategory,
    category_id=numbers,
    name=st.sampled_from("abcdef"),
    parent_id=st.integers(0, 6),
)


def as_category(ask: directory.SetCategory) -> Category:
    return Category(category_id=ask.category_id, name=ask.name, parent_id=ask.parent_id)


@given(st.lists(st.one_of(categories, numbers), max_size=30))
def test_a_tree_keeps_two_levels_and_one_name_each(steps):
    """Whatever is set and removed: parents are there and on the first level, names are unique."""
    tree: dict[int, Category] = {}

    for step in steps:
        kept = list(tree.values())
        try:
            if isinstance(step, int):
                rules.check_removal(step, kept)
                del tree[step]
            else:
                rules.check_place(step, kept)
                rules.check_room(step, kept)
                tree[step.category_id] = as_category(step)
        except AppError:
            pass

        assert len({one.name for one in tree.values()}) == len(tree)
        for one in tree.values():
            assert one.parent_id == 0 or tree[one.parent_id].parent_id == 0


@pytest.mark.parametrize(
    ("new", "refusal"),
    [
        ({"category_id": 9, "name": "x", "parent_id": 8}, groups.NoSuchCategory),
        ({"category_id": 9, "name": "x", "parent_id": 22}, directory.CategoryInUse),
        ({"category_id": 6, "name": "x", "parent_id": 3}, directory.CategoryInUse),
        ({"category_id": 9, "name": "x", "parent_id": 9}, groups.NoSuchCategory),
        ({"category_id": 3, "name": "x", "parent_id": 3}, directory.CategoryInUse),
        ({"category_id": 9, "name": "游戏"}, directory.CategoryTaken),
    ],
)
def test_what_cannot_be_set(new, refusal):
    """A parent that is not there, a third level, a name that another has."""
    ask = directory.SetCategory(**new)

    def check() -> None:
        rules.check_place(ask, rules.DEFAULT_CATEGORIES)
        rules.check_room(ask, rules.DEFAULT_CATEGORIES)

    with pytest.raises(refusal):
        check()


def test_there_is_room_for_200():
    """The 201st is refused; one that is there can be changed all the same."""
    tree = [Category(category_id=one, name=f"c{one}") for one in range(1, 201)]

    rules.check_room(directory.SetCategory(category_id=200, name="other"), tree)
    rules.check_room(directory.SetCategory(category_id=200, name="c200"), tree[:199])
    with pytest.raises(directory.TooManyCategories):
        rules.check_room(directory.SetCategory(category_id=201, name="c201"), tree)


@pytest.mark.parametrize(
    ("category_id", "name", "found"),
    [
        (0, "", None),
        (6, "", [6, 22, 23]),
        (0, "技术", [6, 22, 23]),
        (22, "", [22]),
        (0, "IT/互联网", [22]),
        (22, "玩机", []),
        (7, "", []),
        (0, "精选", []),
    ],
)
def test_a_category_includes_those_below_it(category_id, name, found):
    """By id, by name or by both; one that is not there is nothing, and none given is all."""
    assert rules.with_those_below(category_id, name, rules.DEFAULT_CATEGORIES) == found


def test_the_tree_that_we_begin_with_is_what_clients_know():
    """The discovery page names them in the order of yunhu's document, after its picks."""
    shown = sorted((one for one in rules.DEFAULT_CATEGORIES if one.shown_at), key=_shown_at)

    assert [one.name for one in shown] == [
        "粉丝群",
        "地区",
        "IT/互联网",
        "玩机",
        "游戏",
        "资讯订阅",
    ]
    first = rules.in_order(rules.DEFAULT_CATEGORIES)[:4]
    assert [(one.category_id, one.parent_id) for one in first] == [(6, 0), (5, 0), (3, 0), (2, 0)]


def _shown_at(one: Category) -> int:
    return one.shown_at
