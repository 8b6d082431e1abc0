"""What the directory shows, and how its categories may hang together."""

from collections.abc import Collection, Sequence

from shared.contracts import directory, groups

DEFAULT_CATEGORIES = (
    # The tree that yunhu's clients know, as far as it is public (reference 2.4), and the order in
    # which its discovery page names some of them (reference 1.6).
    directory.Category(category_id=6, name="技术", position=1),
    directory.Category(category_id=5, name="兴趣爱好", position=2),
    directory.Category(category_id=3, name="游戏", position=3, shown_at=5),
    directory.Category(category_id=2, name="其他", position=4),
    directory.Category(category_id=22, name="IT/互联网", parent_id=6, position=1, shown_at=3),
    directory.Category(category_id=23, name="玩机", parent_id=6, position=2, shown_at=4),
    directory.Category(category_id=25, name="资讯订阅", parent_id=5, position=1, shown_at=6),
    directory.Category(category_id=29, name="粉丝群", parent_id=2, position=1, shown_at=1),
    directory.Category(category_id=28, name="地区", parent_id=2, position=2, shown_at=2),
)


def check_place(new: directory.SetCategory, tree: Sequence[directory.Category]) -> None:
    """Refuse a category that would make a third level, or hang below none that is there."""
    if new.parent_id == 0:
        return
    parent = next((one for one in tree if one.category_id == new.parent_id), None)
    if parent is None:
        raise groups.NoSuchCategory
    below = any(one.parent_id == new.category_id for one in tree)
    if parent.parent_id or below or parent.category_id == new.category_id:
        raise directory.CategoryInUse


def check_room(new: directory.SetCategory, tree: Sequence[directory.Category]) -> None:
    """Refuse one more category than there may be, and a name that another has."""
    others = [one for one in tree if one.category_id != new.category_id]
    if len(others) >= directory.CATEGORIES_MOST:
        raise directory.TooManyCategories(most=directory.CATEGORIES_MOST)
    if any(one.name == new.name for one in others):
        raise directory.CategoryTaken


def check_removal(category_id: int, tree: Collection[directory.Category]) -> None:
    """Refuse to remove what is not there, or has others below it."""
    if all(one.category_id != category_id for one in tree):
        raise groups.NoSuchCategory
    if any(one.parent_id == category_id for one in tree):
        raise directory.CategoryInUse


def in_order(tree: Collection[directory.Category]) -> list[directory.Category]:
    """Give categories by level, position and id."""
    return sorted(tree, key=lambda one: (one.parent_id != 0, one.position, one.category_id))


def with_those_below(
    category_id: int, name: str, tree: Collection[directory.Category]
) -> list[int] | None:
    """Give the ids of a category, known by id or name or both, and of those below it.

    Nothing if neither is given: then it is about all groups.
    """
    if not category_id and not name:
        return None
    chosen = {
        one.category_id
        for one in tree
        if category_id in (0, one.category_id) and name in ("", one.name)
    }
    return sorted(chosen | {one.category_id for one in tree if one.parent_id in chosen})
