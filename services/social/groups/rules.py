"""What is allowed in a group: who may do what to whom, and what follows from it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET, structs

from shared.contracts import groups, relations
from shared.errors import Malformed, UnusableText
from shared.texts import NOT_IN_TEXT, is_nickname, is_picture_url

SHOWN = (
    "name",
    "bulletin",
    "portrait",
    "introduction",
    "direct_join",
    "history_shown",
    "category_id",
    "private",
    "hidden",
    "members_hidden",
)
"""What the creator of a group may change of it."""


def distinct(user_ids: Iterable[int]) -> list[int]:
    """Each person once, by id."""
    return sorted(set(user_ids))


# ------------------------------------------------------------------------------------- text


def check_name(name: str, field: str = "name") -> None:
    """Refuse a name that is not one line with something to be seen in it."""
    if not is_nickname(name):
        raise UnusableText(field=field)


def check_display_name(name: str) -> None:
    """Refuse a name in the group that cannot be shown; an empty one stands for none."""
    if name:
        check_name(name, "display_name")


def check_introduction(text: str) -> None:
    """Refuse an introduction that cannot be shown; it may have several lines, or none."""
    if NOT_IN_TEXT.search(text):
        raise UnusableText(field="introduction")


def check_portrait(address: str, field: str = "portrait") -> None:
    """Refuse an address that names no picture: absolute, http or https, no credentials; or none."""
    if not is_picture_url(address):
        raise UnusableText(field=field)


def check_change(ask: groups.ChangeGroup) -> None:
    """Refuse a group's text or picture that cannot be shown."""
    if ask.name is not UNSET:
        check_name(ask.name)
    if ask.bulletin is not UNSET and NOT_IN_TEXT.search(ask.bulletin):
        raise UnusableText(field="bulletin")
    if ask.introduction is not UNSET:
        check_introduction(ask.introduction)
    if ask.portrait is not UNSET:
        check_portrait(ask.portrait)


def changes(present: groups.Group, ask: groups.ChangeGroup) -> dict[str, Any]:
    """Give what would be different afterwards, with what it would be."""
    return {
        name: wanted
        for name in SHOWN
        if (wanted := getattr(ask, name)) is not UNSET and wanted != getattr(present, name)
    }


# ----------------------------------------------------------------------------------- people


def founders(ask: groups.CreateGroup) -> list[int]:
    """Give the people of a new group: its creator, and others if there are."""
    people = distinct(ask.member_ids)
    if ask.owner_id not in people:
        raise Malformed(why="a group is made of its creator and others")
    return people


def check_member(asking: int, present: Collection[int]) -> None:
    """Refuse whoever is not in the group."""
    if asking not in present:
        raise groups.NotAMember


def check_creator(asking: int, group: groups.Group) -> None:
    """Refuse whoever does not lead the group."""
    if asking != group.creator_id:
        raise groups.NotTheCreator


def check_open(group: groups.Group) -> None:
    """Refuse that anyone comes into a group that is banned."""
    if group.ban_id:
        raise groups.GroupBanned


def check_direct(group: groups.Group) -> None:
    """Refuse that somebody comes in by themselves where people apply."""
    if group.direct_join is False:
        raise groups.JoinByApplication


def is_open_by_number(group: groups.Group) -> bool:
    """Tell whether whoever names a group by its number comes in without an application."""
    if group.direct_join is None:
        return not (group.hidden or group.private)
    return group.direct_join


def check_joining(people: Collection[int], present: Collection[int]) -> None:
    """Refuse to bring in anyone who is in the group already."""
    for one in people:
        if one in present:
            raise groups.AlreadyAMember(user_id=one)


def check_kick(
    asking: int, group: groups.Group, people: Collection[int], present: Collection[int]
) -> None:
    """Refuse to put people out, unless the creator does so with others who are all in."""
    check_creator(asking, group)
    if asking in people:
        raise relations.Oneself
    for one in people:
        if one not in present:
            raise groups.NoSuchMember(user_id=one)


def check_transfer(asking: int, group: groups.Group, target: int, present: Collection[int]) -> None:
    """Refuse to hand over, unless the creator does so to another member."""
    check_kick(asking, group, [target], present)


@dataclass(frozen=True)
class Departure:
    """What follows when somebody leaves."""

    successor: int | None = None
    """Who leads the group now, if whoever left did."""
    dismissed: bool = False
    """Nobody is left."""


def departure(group: groups.Group, leaving: int, next_in_line: int | None) -> Departure:
    """Decide who leads a group when somebody leaves it.

    `next_in_line` is whoever has been in it longest of those who stay.
    """
    if next_in_line is None:
        return Departure(dismissed=True)
    return Departure(next_in_line if leaving == group.creator_id else None)


def is_listed(group: groups.Group) -> bool:
    """Tell whether a group is in the directory."""
    return not (group.hidden or group.private or group.ban_id or group.dismissed_at)


def shown_to(group: groups.Group, is_member: bool) -> groups.Group:
    """Give a group as somebody may see it: its bulletin is for members.

    The rest is for whoever knows its id, as that is what they decide by whether to join.
    """
    if is_member or not group.bulletin:
        return group
    return structs.replace(group, bulletin="")
