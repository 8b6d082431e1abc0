"""What groups should do, told as simply as it can be: lists of people, in order of coming."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from shared.contracts import groups, relations
from shared.errors import AppError

Outcome: TypeAlias = type[AppError] | None
"""The refusal that was met, or none."""


@dataclass
class Group:
    creator: int
    members: list[int] = field(default_factory=list)
    """Whoever came first is first; who came together, by id."""


class Model:
    """Each method does what was asked, or gives the refusal that it should meet."""

    def __init__(self) -> None:
        self.groups: dict[Any, Group] = {}

    def create(self, group: object, who: int, people: Sequence[int]) -> None:
        self.groups[group] = Group(who, sorted({who, *people}))

    def join(self, group: object, who: int) -> Outcome:
        if group not in self.groups:
            return groups.NoSuchGroup
        if who in self.groups[group].members:
            return groups.AlreadyAMember
        self.groups[group].members.append(who)
        return None

    def add(self, group: object, who: int, people: Sequence[int]) -> Outcome:
        if group not in self.groups:
            return groups.NoSuchGroup
        members = self.groups[group].members
        if who not in members:
            return groups.NotAMember
        if set(people) & set(members):
            return groups.AlreadyAMember
        members.extend(sorted(set(people)))
        return None

    def kick(self, group: object, who: int, people: Sequence[int]) -> Outcome:
        if refusal := self._not_leading(group, who, people):
            return refusal
        for one in set(people):
            self.groups[group].members.remove(one)
        return None

    def transfer(self, group: object, who: int, target: int) -> Outcome:
        if refusal := self._not_leading(group, who, [target]):
            return refusal
        self.groups[group].creator = target
        return None

    def _not_leading(self, group: object, who: int, people: Sequence[int]) -> Outcome:
        if group not in self.groups:
            return groups.NoSuchGroup
        if who != self.groups[group].creator:
            return groups.NotTheCreator
        if who in people:
            return relations.Oneself
        if not set(people) <= set(self.groups[group].members):
            return groups.NoSuchMember
        return None

    def quit(self, group: object, who: int) -> Outcome:
        if group not in self.groups:
            return groups.NoSuchGroup
        found = self.groups[group]
        if who not in found.members:
            return groups.NotAMember
        found.members.remove(who)
        if not found.members:
            del self.groups[group]
        elif who == found.creator:
            found.creator = found.members[0]
        return None

    def dismiss(self, group: object, who: int) -> Outcome:
        if group not in self.groups:
            return groups.NoSuchGroup
        if who != self.groups[group].creator:
            return groups.NotTheCreator
        del self.groups[group]
        return None
