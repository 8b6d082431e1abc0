"""The directory of groups, which the social service answers: categories, search and picks.

A group is in it while its creator offers it and does not call it private, and it is neither banned
nor over. Making and changing groups is in `groups`; this is where people find them.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contract import Call, Event, Message, UserId
from shared.contracts.accounts import Role
from shared.contracts.groups import Group, GroupId, NoSuchCategory, NoSuchGroup
from shared.errors import AppError, Kind

PAGE_MOST = 100
"""Groups in one page."""

DEEPEST = 10_000
"""Groups that an `offset` can pass over."""

READ_AT_ONCE = 500
"""Groups in one question."""

LONGEST_KEYWORD = 32
"""Characters of what is looked for in names."""

CATEGORIES_MOST = 200
"""Categories in all: they are given whole."""

LONGEST_REASON = 200
"""Characters."""

CategoryId = Annotated[int, Meta(ge=1, le=2**31 - 1)]
CategoryName = Annotated[str, Meta(min_length=1, max_length=32)]


class CategoryTaken(AppError):
    """Another category has this name."""

    code, kind = "social.category_taken", Kind.CONFLICT


class CategoryInUse(AppError):
    """The category has others below it, or the two levels of the tree do not allow this."""

    code, kind = "social.category_in_use", Kind.CONFLICT


class NotInDirectory(AppError):
    """Only a group that is in the directory can be picked."""

    code, kind = "social.not_in_directory", Kind.CONFLICT


class TooManyCategories(AppError):
    """There is no room for one more category."""

    code, kind = "social.too_many_categories", Kind.CONFLICT


class Category(Message):
    """What groups are about; names are unique. The tree has two levels."""

    category_id: CategoryId
    name: str
    parent_id: int = 0
    """0 for one of the first level."""
    position: int = 0
    """Among those below the same parent; ties by id."""
    shown_at: int = 0
    """Its place among those that the discovery page offers; 0 if it is not there."""


class AllCategories(Message):
    """Asks for all categories."""


class SearchGroups(Message):
    """Look in the directory; all that is given must hold, and without anything it is all groups.

    A category, by id or by name, includes those below it; one that does not exist finds nothing.
    A keyword is looked for anywhere in the name, whatever its case or width. `picked` are the
    operators' picks, the newest first; others are sorted by members, most first, ties by greater
    id.
    """

    limit: Annotated[int, Meta(ge=1, le=PAGE_MOST)]
    offset: Annotated[int, Meta(ge=0)] = 0
    """Beyond `DEEPEST` there is nothing."""
    category_id: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    category: Annotated[str, Meta(max_length=64)] = ""
    keyword: Annotated[str, Meta(max_length=LONGEST_KEYWORD)] = ""
    picked: bool = False


class ReadGroups(Message):
    """Which groups, as somebody sees them who is in none of them."""

    group_ids: Annotated[list[GroupId], Meta(max_length=READ_AT_ONCE)]


class BanGroup(Message):
    """Ban a group, or allow it again.

    Meanwhile it is not in the directory and nobody comes in; those who are in it stay.
    """

    group_id: GroupId
    banned: bool
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] = ""


class PickGroup(Message):
    """Pick a group for the discovery page, or no longer."""

    group_id: GroupId
    picked: bool


class SetCategory(Message):
    """Make a category, or give one that is there other values."""

    category_id: CategoryId
    name: CategoryName
    parent_id: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    position: Annotated[int, Meta(ge=0, le=9999)] = 0
    shown_at: Annotated[int, Meta(ge=0, le=9999)] = 0


class RemoveCategory(Message):
    """Which category to remove; groups that were in it keep its number and are in none."""

    category_id: CategoryId


class GroupBanChanged(Event):
    """An administrator banned a group that `user_id` leads, or allowed it again."""

    fact: ClassVar[str] = "social.group_ban_changed"
    group_id: GroupId
    banned: bool
    ban_id: UserId | None = None


list_categories = Call("social.directory.categories", AllCategories, list[Category], read_only=True)
"""All of them, by level, position and id."""
search_groups = Call("social.directory.search", SearchGroups, list[Group], read_only=True)
read_groups = Call("social.directory.read", ReadGroups, list[Group], read_only=True)
"""In the order asked for, each once, without those that do not exist; without bulletins."""
ban_group = Call(
    "social.directory.ban", BanGroup, type(None), (NoSuchGroup,), least_role=Role.ADMIN
)
"""Again, it changes nothing."""
pick_group = Call(
    "social.directory.pick",
    PickGroup,
    type(None),
    (NoSuchGroup, NotInDirectory),
    least_role=Role.ADMIN,
)
"""Picking again puts the group first."""
set_category = Call(
    "social.directory.set_category",
    SetCategory,
    type(None),
    (NoSuchCategory, CategoryTaken, CategoryInUse, TooManyCategories),
    least_role=Role.ADMIN,
)
remove_category = Call(
    "social.directory.remove_category",
    RemoveCategory,
    type(None),
    (NoSuchCategory, CategoryInUse),
    least_role=Role.ADMIN,
)
