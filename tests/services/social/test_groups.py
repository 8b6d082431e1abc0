"""Groups over the bus: who may do what, what changes, what is announced."""

import asyncio
from datetime import UTC, datetime

import pytest

from shared.contracts import social
from shared.contracts.social import GroupRole
from shared.errors import Malformed, UnusableText

CREATED, JOINED, LEFT = social.GroupCreated, social.GroupJoined, social.GroupLeft


@pytest.fixture
def a_group(fresh_people, ask_as):
    """Make a group of so many people; give its id and them, the creator first."""

    async def make(count=3, name="Hikers"):
        people = await fresh_people(count)
        made = await ask_as(social.create_group, owner_id=people[0], name=name, member_ids=people)
        return made.group_id, people

    return make


@pytest.fixture
def roles(ask_as):
    """Give who is in a group and as what, as one of them sees it."""

    async def read(group_id, user_id):
        found = await ask_as(social.list_members, owner_id=user_id, group_id=group_id)
        return {one.user_id: one.role for one in found}

    return read


async def test_a_group_is_made_of_its_people(a_group, ask_as, roles, announced):
    """The creator leads it, all see it at once, and it is announced once with all its people."""
    group_id, people = await a_group(3)
    ann, bob, _ = people

    seen = await ask_as(social.read_group, owner_id=bob, group_id=group_id)

    assert seen == social.Group(
        group_id=group_id,
        name="Hikers",
        portrait="",
        creator_id=ann,
        member_count=3,
        max_member_count=500,
        bulletin="",
    )
    assert await roles(group_id, bob) == {
        one: GroupRole.CREATOR if one == ann else GroupRole.MEMBER for one in people
    }
    [mine] = await ask_as(social.list_groups, owner_id=bob)
    assert mine == social.Membership(role=GroupRole.MEMBER, display_name="", group=seen)
    [event] = await announced(CREATED, user_id=ann)
    assert event.data["member_ids"] == people
