"""Groups over the bus: who may do what, what changes, what is announced."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contract import Call
from shared.contracts import blacklist, groups, ids, relations
from shared.contracts.groups import GroupRole
from shared.errors import Malformed, NotTheCaller, UnusableText

NOBODY = 2**62
"""An id that was never given to anyone."""


@pytest.fixture
def read(ask_as):
    """Read a group as somebody."""

    async def ask(group_id, user_id):
        return await ask_as(groups.read_group, owner_id=user_id, group_id=group_id)

    return ask


@pytest.fixture
def members(ask_as):
    """Give who is in a group and as what, as one of them sees it, longest-standing first."""

    async def read(group_id, user_id):
        found = await ask_as(groups.list_members, owner_id=user_id, group_id=group_id)
        return [(one.user_id, one.role) for one in found]

    return read


@pytest.fixture
def groups_of(ask_as):
    """Give the ids of the groups that somebody is in."""

    async def read(user_id):
        return [one.group.group_id for one in await ask_as(groups.list_groups, owner_id=user_id)]

    return read


async def test_a_group_is_made_of_its_people(a_group, ask_as, members, announced):
    """The creator leads it, all see it at once, and it is announced with everybody in it."""
    group_id, [ann, bob, cem] = await a_group(3)

    seen = await ask_as(groups.read_group, owner_id=bob, group_id=group_id)

    assert seen == groups.Group(
        group_id=group_id,
        name="Hikers",
        portrait="",
        creator_id=ann,
        member_count=3,
        max_member_count=500,
        bulletin="",
        created_at=seen.created_at,
    )
    assert seen.hidden
    roles = {ann: GroupRole.CREATOR, bob: GroupRole.MEMBER, cem: GroupRole.MEMBER}
    assert dict(await members(group_id, bob)) == roles
    [mine] = await ask_as(groups.list_groups, owner_id=bob)
    assert mine == groups.Membership(role=GroupRole.MEMBER, display_name="", group=seen)
    [event] = await announced(groups.GroupCreated, user_id=ann)
    assert event.data == {
        "user_id": ann,
        "group_id": group_id,
        "name": "Hikers",
        "member_ids": [ann, bob, cem],
    }


async def test_ids_of_groups_are_nobody_elses(a_group, bus):
    """Groups get ids of the sequence that people's ids come from, each another one."""
    first, people = await a_group(2)
    second, _ = await a_group(2)

    block = await bus.ask(ids.take_ids, ids.TakeIds(count=1))

    assert len({first, second, block.first, *people}) == 5
    assert max(first, second) < block.first


async def test_a_name_given_twice_counts_once(fresh_people, ask_as, read):
    """Duplicates in the list of a new group neither fail nor count."""
    [ann, bob] = await fresh_people(2)

    made = await ask_as(
        groups.create_group, owner_id=ann, name="Two", member_ids=[bob, ann, bob, ann]
    )

    assert (await read(made.group_id, ann)).member_count == 2


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"member_ids": lambda ann, bob: [bob, bob]}, Malformed),
        ({"member_ids": lambda ann, bob: [bob, NOBODY]}, Malformed),
        ({"member_ids": lambda ann, bob: [ann, bob, NOBODY]}, relations.NoSuchPerson),
        ({"name": "  "}, UnusableText),
        ({"name": "a\nb"}, UnusableText),
        ({"portrait": "javascript:alert(1)"}, UnusableText),
    ],
)
async def test_a_group_that_cannot_be_leaves_nothing(
    fresh_people, ask_as, groups_of, facts_of, change, refusal
):
    """A bad list, name or picture is refused, and nobody is in any group after that."""
    ann, bob = await fresh_people(2)
    fields = {"name": "Hikers", "member_ids": [ann, bob], **change}
    if callable(fields["member_ids"]):
        fields["member_ids"] = fields["member_ids"](ann, bob)

    with pytest.raises(refusal):
        await ask_as(groups.create_group, owner_id=ann, **fields)

    assert await groups_of(ann) == await groups_of(bob) == []
    assert await facts_of(ann) == []


async def test_members_bring_others_in(a_group, fresh_people, ask_as, read, members, announced):
    """Any member may add people, who are in as members at once; it is announced once."""
    group_id, [ann, bob] = await a_group(2)
    newcomers = await fresh_people(2)

    await ask_as(
        groups.add_members, owner_id=bob, group_id=group_id, member_ids=[*newcomers, newcomers[0]]
    )

    assert (await read(group_id, ann)).member_count == 4
    assert await members(group_id, newcomers[0]) == [
        (ann, GroupRole.CREATOR),
        (bob, GroupRole.MEMBER),
        *((one, GroupRole.MEMBER) for one in newcomers),
    ]
    [event] = await announced(groups.GroupJoined, user_id=bob)
    assert event.data["member_ids"] == newcomers
    assert event.data["name"] == "Hikers"


@pytest.mark.parametrize(
    ("who", "named", "refusal"),
    [
        ("stranger", ["newcomer"], groups.NotAMember),
        ("stranger", ["stranger"], groups.NotAMember),
        ("member", ["newcomer", "creator"], groups.AlreadyAMember),
        ("member", ["member"], groups.AlreadyAMember),
        ("member", ["newcomer", "nobody"], relations.NoSuchPerson),
    ],
)
async def test_adding_is_whole_or_not_at_all(
    a_group, fresh_people, ask_as, read, groups_of, who, named, refusal
):
    """Only members add, and a list with one person who cannot come in lets nobody in."""
    group_id, [creator, member] = await a_group(2)
    stranger, newcomer = await fresh_people(2)
    people = {
        "creator": creator,
        "member": member,
        "stranger": stranger,
        "newcomer": newcomer,
        "nobody": NOBODY,
    }

    with pytest.raises(refusal):
        await ask_as(
            groups.add_members,
            owner_id=people[who],
            group_id=group_id,
            member_ids=[people[one] for one in named],
        )

    assert (await read(group_id, creator)).member_count == 2
    assert await groups_of(newcomer) == await groups_of(stranger) == []


async def test_who_blocked_one_is_not_brought_in(
    a_group, fresh_people, ask_as, members, groups_of, announced
):
    """Somebody who blacklisted the adder is left out, and neither of the two is told."""
    group_id, [ann, bob] = await a_group(2)
    willing, unwilling = await fresh_people(2)
    await ask_as(blacklist.add_to_blacklist, owner_id=unwilling, target_id=ann)
    add = {"owner_id": ann, "group_id": group_id}

    await ask_as(groups.add_members, **add, member_ids=[unwilling])
    await ask_as(groups.add_members, **add, member_ids=[unwilling, willing])
    made = await ask_as(
        groups.create_group, owner_id=ann, name="Cooks", member_ids=[ann, unwilling]
    )

    assert await groups_of(unwilling) == []
    assert {one for one, _ in await members(group_id, ann)} == {ann, bob, willing}
    assert await members(made.group_id, ann) == [(ann, GroupRole.CREATOR)]
    [event] = await announced(groups.GroupJoined, user_id=ann)
    assert event.data["member_ids"] == [willing]


async def test_who_blocked_one_may_be_brought_in_by_others(
    a_group, fresh_people, ask_as, groups_of
):
    """A blacklist keeps away whom it names, not who is in a group with them."""
    group_id, [ann, bob] = await a_group(2)
    [unwilling] = await fresh_people(1)
    await ask_as(blacklist.add_to_blacklist, owner_id=unwilling, target_id=ann)

    await ask_as(groups.add_members, owner_id=bob, group_id=group_id, member_ids=[unwilling])

    assert await groups_of(unwilling) == [group_id]


async def test_whoever_knows_a_group_may_join(
    a_group, fresh_people, ask_as, members, announced, facts_of
):
    """Joining makes one a member and is announced; joining again is refused and is not."""
    group_id, _ = await a_group(2)
    [dan] = await fresh_people(1)
    ask = {"owner_id": dan, "group_id": group_id}

    await ask_as(groups.join_group, **ask)
    with pytest.raises(groups.AlreadyAMember):
        await ask_as(groups.join_group, **ask)

    assert (await members(group_id, dan))[-1] == (dan, GroupRole.MEMBER)
    [event] = await announced(groups.GroupJoined, user_id=dan)
    assert event.data["member_ids"] == [dan]
    assert await facts_of(dan) == [groups.GroupJoined.fact]


async def test_the_creator_puts_others_out(a_group, ask_as, read, members, groups_of, announced):
    """Who is kicked is out at once; everyone else stays."""
    group_id, [ann, bob, cem] = await a_group(3)

    await ask_as(groups.kick_members, owner_id=ann, group_id=group_id, member_ids=[cem, cem])

    assert (await read(group_id, ann)).member_count == 2
    assert [one for one, _ in await members(group_id, bob)] == [ann, bob]
    assert await groups_of(cem) == []
    with pytest.raises(groups.NotAMember):
        await members(group_id, cem)
    [event] = await announced(groups.MembersKicked, user_id=ann)
    assert event.data == {"user_id": ann, "group_id": group_id, "member_ids": [cem]}


@pytest.mark.parametrize(
    ("who", "named", "refusal"),
    [
        ("member", ["other"], groups.NotTheCreator),
        ("stranger", ["other"], groups.NotTheCreator),
        ("creator", ["creator"], relations.Oneself),
        ("creator", ["other", "creator"], relations.Oneself),
        ("creator", ["stranger", "other"], groups.NoSuchMember),
        ("creator", ["other", "stranger"], groups.NoSuchMember),
    ],
)
async def test_kicking_is_whole_or_not_at_all(
    a_group, fresh_people, ask_as, read, facts_of, who, named, refusal
):
    """Only the creator kicks, only others, only members; one wrong name and nobody goes."""
    group_id, [creator, member, other] = await a_group(3)
    [stranger] = await fresh_people(1)
    people = {"creator": creator, "member": member, "other": other, "stranger": stranger}

    with pytest.raises(refusal):
        await ask_as(
            groups.kick_members,
            owner_id=people[who],
            group_id=group_id,
            member_ids=[people[one] for one in named],
        )

    assert (await read(group_id, creator)).member_count == 3
    assert groups.MembersKicked.fact not in await facts_of(creator)


async def test_who_was_out_may_come_back(a_group, ask_as, members):
    """Whoever was kicked or left joins again as a member without a name, last in line."""
    group_id, [ann, bob, cem] = await a_group(3)
    name = {"owner_id": cem, "group_id": group_id, "display_name": "The cook"}
    await ask_as(groups.set_member_name, **name)
    await ask_as(groups.kick_members, owner_id=ann, group_id=group_id, member_ids=[cem])
    await ask_as(groups.quit_group, owner_id=ann, group_id=group_id)

    await ask_as(groups.join_group, owner_id=cem, group_id=group_id)
    await ask_as(groups.add_members, owner_id=bob, group_id=group_id, member_ids=[ann])

    assert await members(group_id, ann) == [
        (bob, GroupRole.CREATOR),
        (cem, GroupRole.MEMBER),
        (ann, GroupRole.MEMBER),
    ]
    rows = await ask_as(groups.list_members, owner_id=cem, group_id=group_id)
    assert {one.display_name for one in rows} == {""}


async def test_a_creator_who_leaves_hands_over(a_group, fresh_people, ask_as, read, announced):
    """Whoever has been in longest leads next; who came back counts from then."""
    group_id, [ann, bob, cem] = await a_group(3)
    await ask_as(groups.quit_group, owner_id=bob, group_id=group_id)
    await ask_as(groups.join_group, owner_id=bob, group_id=group_id)

    await ask_as(groups.quit_group, owner_id=ann, group_id=group_id)

    seen = await read(group_id, bob)
    assert (seen.creator_id, seen.member_count) == (cem, 2)
    [event] = await announced(groups.GroupLeft, user_id=ann)
    assert event.data == {"user_id": ann, "group_id": group_id, "successor_id": cem}
    await ask_as(groups.kick_members, owner_id=cem, group_id=group_id, member_ids=[bob])


async def test_the_last_one_out_ends_the_group(a_group, ask_as, read, groups_of, facts_of):
    """A group without people is dismissed: readable, and joined by nobody."""
    group_id, [ann, bob] = await a_group(2)
    await ask_as(groups.quit_group, owner_id=ann, group_id=group_id)

    await ask_as(groups.quit_group, owner_id=bob, group_id=group_id)

    seen = await read(group_id, ann)
    assert seen.member_count == 0
    assert seen.dismissed_at is not None
    assert await groups_of(ann) == await groups_of(bob) == []
    assert await facts_of(bob) == [groups.GroupLeft.fact, groups.GroupDismissed.fact]
    with pytest.raises(groups.NoSuchGroup):
        await ask_as(groups.join_group, owner_id=ann, group_id=group_id)


async def test_leaving_is_for_members(a_group, fresh_people, ask_as, read):
    """Whoever is not in a group cannot leave it, and nothing is counted."""
    group_id, [ann, _] = await a_group(2)
    [stranger] = await fresh_people(1)

    with pytest.raises(groups.NotAMember):
        await ask_as(groups.quit_group, owner_id=stranger, group_id=group_id)

    assert (await read(group_id, ann)).member_count == 2


async def test_a_dismissed_group_is_over_for_all(a_group, ask_as, read, groups_of, announced):
    """Nobody is in it any more, it can still be read, and nothing can be done with it."""
    group_id, [ann, bob, cem] = await a_group(3)

    await ask_as(groups.dismiss_group, owner_id=ann, group_id=group_id)

    for one in (ann, bob, cem):
        assert await groups_of(one) == []
        seen = await read(group_id, one)
        assert (seen.name, seen.creator_id, seen.member_count) == ("Hikers", ann, 0)
        assert abs((datetime.now(UTC) - seen.dismissed_at).total_seconds()) < 30
    [event] = await announced(groups.GroupDismissed, user_id=ann)
    assert event.data == {"user_id": ann, "group_id": group_id, "member_ids": [ann, bob, cem]}
    for call, fields in every_call(bob):
        with pytest.raises(groups.NoSuchGroup):
            await ask_as(call, owner_id=ann, group_id=group_id, **fields)


async def test_an_unknown_group_is_told_as_such(fresh_people, ask_as, read):
    """Every call says that there is no such group, and none fails otherwise."""
    ann, bob = await fresh_people(2)

    with pytest.raises(groups.NoSuchGroup):
        await read(NOBODY, ann)
    for call, fields in every_call(bob):
        with pytest.raises(groups.NoSuchGroup):
            await ask_as(call, owner_id=ann, group_id=NOBODY, **fields)


def every_call(other: int) -> list[tuple[Call[Any, Any], dict[str, Any]]]:
    """Every call about one group that needs the group to be there."""
    return [
        (groups.add_members, {"member_ids": [other]}),
        (groups.join_group, {}),
        (groups.kick_members, {"member_ids": [other]}),
        (groups.quit_group, {}),
        (groups.dismiss_group, {}),
        (groups.transfer_group, {"target_id": other}),
        (groups.change_group, {"name": "Other"}),
        (groups.set_member_name, {"display_name": "Other"}),
        (groups.list_members, {}),
    ]


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        (groups.dismiss_group, {}),
        (groups.change_group, {"name": "Mine"}),
        (groups.change_group, {"bulletin": "Mine"}),
        (groups.change_group, {"portrait": "https://example.org/mine.png"}),
        (groups.transfer_group, {"target_id": None}),
        (groups.kick_members, {"member_ids": None}),
    ],
)
async def test_only_the_creator_leads(a_group, fresh_people, ask_as, read, facts_of, call, fields):
    """What is the creator's to do is refused to members and strangers, and does nothing."""
    group_id, [ann, bob, cem] = await a_group(3)
    [stranger] = await fresh_people(1)
    named = {"target_id": cem, "member_ids": [cem]}
    fields = {key: named[key] if value is None else value for key, value in fields.items()}
    before = await read(group_id, ann)

    for one in (bob, stranger):
        with pytest.raises(groups.NotTheCreator):
            await ask_as(call, owner_id=one, group_id=group_id, **fields)
        assert await facts_of(one) == []

    assert await read(group_id, ann) == before


async def test_a_group_is_handed_over(a_group, ask_as, read, members, announced):
    """The other leads, the one before stays as a member and may do no more than that."""
    group_id, [ann, bob] = await a_group(2)
    hand_over = {"owner_id": ann, "group_id": group_id, "target_id": bob}

    await ask_as(groups.transfer_group, **hand_over)

    assert (await read(group_id, ann)).creator_id == bob
    assert await members(group_id, ann) == [(ann, GroupRole.MEMBER), (bob, GroupRole.CREATOR)]
    [event] = await announced(groups.GroupTransferred, user_id=ann)
    assert event.data == {"user_id": ann, "group_id": group_id, "target_id": bob}
    with pytest.raises(groups.NotTheCreator):
        await ask_as(groups.transfer_group, **hand_over)


async def test_a_group_goes_to_another_member_only(a_group, fresh_people, ask_as, read):
    """Handing over to oneself or to a stranger is refused."""
    group_id, [ann, _] = await a_group(2)
    [stranger] = await fresh_people(1)

    for target, refusal in ((ann, relations.Oneself), (stranger, groups.NoSuchMember)):
        with pytest.raises(refusal):
            await ask_as(groups.transfer_group, owner_id=ann, group_id=group_id, target_id=target)

    assert (await read(group_id, ann)).creator_id == ann


async def test_a_change_is_what_was_given(a_group, ask_as, read, announced):
    """What is not given stays; what is different is announced, by name; repeating is no change."""
    group_id, [ann, bob] = await a_group(2)
    portrait = "https://example.org/a.png"
    change = {"owner_id": ann, "group_id": group_id}

    await ask_as(groups.change_group, **change, bulletin="Saturday\n8:00", portrait=portrait)
    await ask_as(groups.change_group, **change, name="Climbers", portrait=portrait)
    await ask_as(groups.change_group, **change, name="Climbers")
    await ask_as(groups.change_group, **change)

    seen = await read(group_id, bob)
    assert (seen.name, seen.bulletin, seen.portrait) == ("Climbers", "Saturday\n8:00", portrait)
    events = await announced(groups.GroupChanged, user_id=ann, count=2)
    assert [event.data["changed"] for event in events] == [["bulletin", "portrait"], ["name"]]
    assert [event.data["name"] for event in events] == ["Hikers", "Climbers"]


@pytest.mark.parametrize(
    "bad", [{"name": "  "}, {"bulletin": "a\x00b"}, {"portrait": "https://me:pw@example.org/"}]
)
async def test_a_bad_change_changes_nothing(a_group, ask_as, read, facts_of, bad):
    """One field that cannot be shown keeps the others as they are too."""
    group_id, [ann, _] = await a_group(2)
    before = await read(group_id, ann)

    with pytest.raises(UnusableText):
        await ask_as(
            groups.change_group,
            owner_id=ann,
            group_id=group_id,
            **{"name": "Fine", "bulletin": "Fine", **bad},
        )

    assert await read(group_id, ann) == before
    assert await facts_of(ann) == [groups.GroupCreated.fact]


async def test_a_bulletin_is_read_by_members(a_group, fresh_people, ask_as, read):
    """Strangers see a group without its bulletin; so does who is not in it any more."""
    group_id, [ann, bob] = await a_group(2)
    [stranger] = await fresh_people(1)
    await ask_as(groups.change_group, owner_id=ann, group_id=group_id, bulletin="Door code 1234")
    assert (await read(group_id, bob)).bulletin == "Door code 1234"

    await ask_as(groups.kick_members, owner_id=ann, group_id=group_id, member_ids=[bob])

    assert (await read(group_id, stranger)).bulletin == (await read(group_id, bob)).bulletin == ""


async def test_members_go_by_a_name_of_their_own(a_group, ask_as, facts_of):
    """A name counts in one group, is seen by all there, and an empty one clears it."""
    group_id, [ann, bob] = await a_group(2)
    other_id, _ = await a_group(2)
    await ask_as(groups.join_group, owner_id=bob, group_id=other_id)

    async def names(group: int) -> dict[int, str]:
        rows = await ask_as(groups.list_members, owner_id=bob, group_id=group)
        return {one.user_id: one.display_name for one in rows}

    rename = {"owner_id": bob, "group_id": group_id}
    await ask_as(groups.set_member_name, **rename, display_name="老鲍")
    assert await names(group_id) == {ann: "", bob: "老鲍"}
    assert (await names(other_id))[bob] == ""
    listed = await ask_as(groups.list_groups, owner_id=bob)
    assert {one.group.group_id: one.display_name for one in listed} == {
        group_id: "老鲍",
        other_id: "",
    }

    await ask_as(groups.set_member_name, **rename, display_name="")
    assert await names(group_id) == {ann: "", bob: ""}
    with pytest.raises(UnusableText):
        await ask_as(groups.set_member_name, **rename, display_name=" \u200b ")
    assert await facts_of(bob) == [groups.GroupJoined.fact]


async def test_names_and_members_are_for_members(a_group, fresh_people, ask_as):
    """A stranger has no name in a group and does not see who is in it."""
    group_id, _ = await a_group(2)
    [stranger] = await fresh_people(1)
    ask = {"owner_id": stranger, "group_id": group_id}

    with pytest.raises(groups.NotAMember):
        await ask_as(groups.set_member_name, **ask, display_name="Boss")
    with pytest.raises(groups.NotAMember):
        await ask_as(groups.list_members, **ask)


async def test_groups_are_listed_by_id(a_group, ask_as):
    """The list has every group one is in, in order, and goes on where one left off."""
    first, [ann, _] = await a_group(2)
    others = [(await a_group(2))[0] for _ in range(3)]
    for one in reversed(others):
        await ask_as(groups.join_group, owner_id=ann, group_id=one)
    await ask_as(groups.quit_group, owner_id=ann, group_id=others[1])

    whole = await ask_as(groups.list_groups, owner_id=ann)
    rest = await ask_as(groups.list_groups, owner_id=ann, after=first)

    assert [one.group.group_id for one in whole] == sorted([first, others[0], others[2]])
    assert whole[1:] == rest


async def test_nobody_acts_for_another(bus, acting, a_group):
    """Every call about groups is refused unless the person who asks is the one it names."""
    group_id, [ann, bob] = await a_group(2)
    asks: list[tuple[Call[Any, Any], dict[str, Any]]] = [
        (groups.create_group, {"name": "Hikers", "member_ids": [ann, bob]}),
        (groups.list_groups, {}),
        (groups.read_group, {"group_id": group_id}),
        *((call, {"group_id": group_id, **fields}) for call, fields in every_call(ann)),
    ]

    for call, fields in asks:
        with acting(bob), pytest.raises(NotTheCaller):
            await bus.ask(call, call.ask(owner_id=ann, **fields))
