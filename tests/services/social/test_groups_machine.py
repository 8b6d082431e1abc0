"""Three people and two groups over the bus: all that they do is as the model says."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import groups
from shared.contracts.groups import GroupRole
from shared.errors import AppError
from tests.services.social.client import Client
from tests.services.social.groups_model import Group, Model, Outcome

Ask: TypeAlias = Callable[..., Awaitable[Any]]

person, place = st.integers(0, 2), st.integers(0, 1)
some = st.lists(person, min_size=1, max_size=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("create"), place, person, st.just([0, 1, 2])),
        st.tuples(st.just("create"), place, person, some),
        st.tuples(st.sampled_from(["join", "quit", "dismiss"]), place, person),
        st.tuples(st.sampled_from(["join", "quit"]), place, person),
        st.tuples(st.sampled_from(["add", "kick"]), place, person, some),
        st.tuples(st.just("transfer"), place, person, person),
        st.tuples(st.just("sync"), person),
    ),
    min_size=8,
    max_size=25,
)

CALLS = {
    "join": groups.join_group,
    "quit": groups.quit_group,
    "dismiss": groups.dismiss_group,
    "add": groups.add_members,
    "kick": groups.kick_members,
    "transfer": groups.transfer_group,
}


class World:
    """The service, the model beside it, and a device for each person that syncs now and then."""

    def __init__(self, people: list[int], ask_as: Ask, sync: Ask) -> None:
        self.people, self.ask_as, self.sync = people, ask_as, sync
        self.model = Model()
        self.ids: dict[int, int] = {}
        self.devices = [Client(one) for one in people]

    async def take(self, step: tuple[Any, ...]) -> None:
        """Do a step in both, and compare what came of it."""
        name, *rest = step
        if name == "sync":
            await self.sync(self.devices[rest[0]])
        elif name == "create":
            await self.create(*rest)
        elif rest[0] in self.ids:
            await self.act(name, *rest)

    async def create(self, place: int, who: int, named: list[int]) -> None:
        named = [self.people[one] for one in {who, *named}]
        if place in self.model.groups:
            return
        who = self.people[who]
        ask = {"owner_id": who, "name": f"Group {place}", "member_ids": named}
        self.ids[place] = (await self.ask_as(groups.create_group, **ask)).group_id
        self.model.create(place, who, named)

    async def act(self, name: str, place: int, who: int, about: Any = None) -> None:
        who, fields = self.people[who], dict[str, Any]()
        arguments: list[Any] = [place, who]
        if name in ("add", "kick"):
            about = fields["member_ids"] = [self.people[one] for one in about]
            arguments.append(about)
        elif name == "transfer":
            about = fields["target_id"] = self.people[about]
            arguments.append(about)
        expected = getattr(self.model, name)(*arguments)
        outcome: Outcome = None
        try:
            await self.ask_as(CALLS[name], owner_id=who, group_id=self.ids[place], **fields)
        except AppError as refusal:
            outcome = type(refusal)
        assert outcome is expected

    async def check(self, counted: Ask) -> None:
        """Compare all that can be seen with the model."""
        for place, group_id in self.ids.items():
            expected = self.model.groups.get(place)
            assert await counted(group_id) == (len(expected.members) if expected else 0)
            for one in self.people:
                await self.check_group(group_id, one, expected)
        for one in self.people:
            listed = await self.ask_as(groups.list_groups, owner_id=one)
            assert {group.group.group_id: group.role for group in listed} == {
                self.ids[place]: role_of(one, group)
                for place, group in self.model.groups.items()
                if one in group.members
            }

    async def check_group(self, group_id: int, one: int, expected: Group | None) -> None:
        ask = {"owner_id": one, "group_id": group_id}
        if expected and one in expected.members:
            rows = await self.ask_as(groups.list_members, **ask)
            assert [(row.user_id, row.role) for row in rows] == [
                (member, role_of(member, expected)) for member in expected.members
            ]
        else:
            with pytest.raises(groups.NotAMember if expected else groups.NoSuchGroup):
                await self.ask_as(groups.list_members, **ask)


def role_of(one: int, group: Group) -> GroupRole:
    return GroupRole.CREATOR if one == group.creator else GroupRole.MEMBER


@settings(max_examples=25)
@given(steps=steps)
async def test_groups_do_what_the_model_does(
    fresh_people, ask_as, sync, seen_from_0, counted, mongo, eventually, steps
):
    """Answers, members, roles and counts are the model's; what devices gathered is the whole."""
    world = World(sorted(await fresh_people(3)), ask_as, sync)

    for step in steps:
        await world.take(step)
    await world.check(counted)

    async def all_told():
        return not await mongo("userhub_social")["fan_out"].count_documents({})

    await eventually(all_told)
    for device in world.devices:
        await sync(device)
        assert device.tables == await seen_from_0(device.user_id)
