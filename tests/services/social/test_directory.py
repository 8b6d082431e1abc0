"""The directory of groups over the bus."""

import asyncio
import uuid
from typing import Any

import pytest

from shared.caller import Caller
from shared.contracts import deletion, directory, groups, relations
from shared.contracts.accounts import Role
from shared.errors import Malformed, NotAllowed, UnusableText


@pytest.fixture
def as_admin(bus):
    """Ask something as an administrator."""

    async def ask(call, role=Role.ADMIN, **fields):
        return await bus.ask(call, call.ask(**fields), caller=Caller(1, "0" * 32, role))

    return ask


@pytest.fixture
def found(bus):
    """Give the ids of a page of a search."""

    async def ask(**fields):
        fields.setdefault("limit", 50)
        page = await bus.ask(directory.search_groups, directory.SearchGroups(**fields))
        return [one.group_id for one in page]

    return ask


@pytest.fixture
def word():
    """Give a word that no other group has in its name."""
    return uuid.uuid4().hex[:12]


@pytest.fixture
def offered(ask_as):
    """Make a group that is in the directory."""

    async def make(owner, name, *others, **change):
        people = [owner, *others]
        made = await ask_as(
            groups.create_group, owner_id=owner, name=name, member_ids=people, hidden=False
        )
        if change:
            await ask_as(groups.change_group, owner_id=owner, group_id=made.group_id, **change)
        return made.group_id

    return make


async def test_a_group_of_oneself_is_offered_if_one_wants(
    fresh_people, offered, found, word, ask_as, bus
):
    """Whoever makes it alone decides whether strangers find it; they see all but its bulletin."""
    [ann] = await fresh_people(1)
    group_id = await offered(ann, word, introduction="Up the hill,\nevery day", bulletin="At 6!")

    assert await found(keyword=word) == [group_id]
    [seen] = await bus.ask(directory.read_groups, directory.ReadGroups(group_ids=[group_id, 7]))
    assert (seen.introduction, seen.bulletin) == ("Up the hill,\nevery day", "")
    assert (seen.member_count, seen.hidden, seen.direct_join, seen.ban_id) == (1, False, None, 0)
    one = {"owner_id": ann, "group_id": group_id}
    assert (await ask_as(groups.read_group, **one)).bulletin == "At 6!"

    await ask_as(groups.change_group, **one, hidden=True)
    assert await found(keyword=word) == []
    await ask_as(groups.change_group, **one, hidden=False)
    await ask_as(groups.change_group, **one, private=True)
    assert await found(keyword=word) == []
    await ask_as(groups.change_group, **one, private=False)
    assert await found(keyword=word) == [group_id]
    await ask_as(groups.dismiss_group, **one)
    assert await found(keyword=word) == []


async def test_groups_of_friends_are_nobodys_business(fresh_people, ask_as, found, word):
    """A group that says nothing about it is not in the directory: so are sealtalk's."""
    [ann] = await fresh_people(1)

    made = await ask_as(groups.create_group, owner_id=ann, name=word, member_ids=[ann])

    assert await found(keyword=word) == []
    one = {"owner_id": ann, "group_id": made.group_id}
    assert (await ask_as(groups.read_group, **one)).hidden


async def test_a_group_is_found_by_a_part_of_its_name(fresh_people, offered, found, word, ask_as):
    """Anywhere in it, whatever case or width, in Chinese too; a new name counts at once."""
    [ann] = await fresh_people(1)
    group_id = await offered(ann, f"Ｔom {word} 登山者")

    for part in (word[:7].upper(), f"ＴＯＭ {word}", f"{word} 登山", word[2:5]):
        assert group_id in await found(keyword=part)
    for part in (f"{word}登山", word + word, f"tom {word[1:]}"):
        assert await found(keyword=part) == []
    await ask_as(groups.change_group, owner_id=ann, group_id=group_id, name=word[::-1])
    assert await found(keyword=f"{word} 登山") == []
    assert await found(keyword=word[::-1]) == [group_id]


async def test_a_category_has_the_groups_of_those_below_it(
    fresh_people, offered, found, word, ask_as
):
    """By id or by name; a group is in one category or none, which must be there."""
    [ann] = await fresh_people(1)
    in_leaf = await offered(ann, f"{word} one", category_id=22)
    in_parent = await offered(ann, f"{word} two", category_id=6)
    in_none = await offered(ann, f"{word} three")

    assert set(await found(keyword=word)) == {in_leaf, in_parent, in_none}
    for technology in ({"category_id": 6}, {"category": "技术"}):
        assert await found(keyword=word, **technology) == [in_parent, in_leaf]
        assert {in_parent, in_leaf} <= set(await found(**technology))
    assert await found(keyword=word, category="IT/互联网") == [in_leaf]
    assert await found(keyword=word, category="no such") == []
    change = {"owner_id": ann, "group_id": in_leaf}
    with pytest.raises(groups.NoSuchCategory):
        await ask_as(groups.change_group, **change, category_id=999_999)
    await ask_as(groups.change_group, **change, category_id=0)
    assert await found(keyword=word, category_id=22) == []


async def test_those_with_most_members_come_first(fresh_people, offered, found, word, ask_as):
    """Then the newest; pages go on where the last one ended, and are empty past the end."""
    ann, *others = await fresh_people(4)
    small = await offered(ann, f"{word} s")
    large = await offered(ann, f"{word} l", *others[:2])
    newer = await offered(ann, f"{word} n")
    assert await found(keyword=word) == [large, newer, small]

    for one in others:
        await ask_as(groups.join_group, owner_id=one, group_id=small)

    pages = [await found(keyword=word, limit=1, offset=n) for n in (0, 1, 2, 3)]
    assert pages == [[small], [large], [newer], []]
    assert await found(keyword=word, offset=directory.DEEPEST + 1) == []
    assert await found(keyword=word, offset=2**62) == []


async def test_picks_are_the_operators(fresh_people, offered, found, as_admin, ask_as, word):
    """The newest pick is first; only what is in the directory can be picked, and is shown."""
    [ann] = await fresh_people(1)
    first, second = await offered(ann, f"{word} 1"), await offered(ann, f"{word} 2")
    picked = {"keyword": word, "picked": True}
    assert await found(**picked) == []

    for one in (first, second, first):
        await as_admin(directory.pick_group, group_id=one, picked=True)
    assert await found(**picked) == [first, second]
    await as_admin(directory.pick_group, group_id=second, picked=False)
    assert await found(**picked) == [first]
    hide = {"owner_id": ann, "group_id": first}
    await ask_as(groups.change_group, **hide, hidden=True)
    assert await found(**picked) == []
    with pytest.raises(directory.NotInDirectory):
        await as_admin(directory.pick_group, group_id=first, picked=True)
    with pytest.raises(groups.NoSuchGroup):
        await as_admin(directory.pick_group, group_id=7, picked=True)


async def test_nobody_comes_into_a_banned_group(
    fresh_people, offered, found, as_admin, ask_as, word, announced, facts_of
):
    """It is not found either; who is in it stays, and after the ban all is as before."""
    ann, bob, cem = await fresh_people(3)
    group_id = await offered(ann, word, bob)
    ban = {"group_id": group_id, "banned": True, "reason": "spam"}

    await as_admin(directory.ban_group, **ban)
    await as_admin(directory.ban_group, **ban)

    seen = await ask_as(groups.read_group, owner_id=cem, group_id=group_id)
    assert (seen.member_count, seen.ban_id > 0) == (2, True)
    assert await found(keyword=word) == []
    with pytest.raises(groups.GroupBanned):
        await ask_as(groups.join_group, owner_id=cem, group_id=group_id)
    with pytest.raises(groups.GroupBanned):
        await ask_as(groups.add_members, owner_id=ann, group_id=group_id, member_ids=[cem])
    [event] = await announced(directory.GroupBanChanged, user_id=ann)
    assert event.data == {
        "user_id": ann,
        "group_id": group_id,
        "banned": True,
        "ban_id": seen.ban_id,
    }
    await as_admin(directory.ban_group, group_id=group_id, banned=False)
    assert await found(keyword=word) == [group_id]
    await ask_as(groups.join_group, owner_id=cem, group_id=group_id)
    assert (await facts_of(ann)).count(directory.GroupBanChanged.fact) == 2
    with pytest.raises(UnusableText):
        await as_admin(directory.ban_group, group_id=group_id, banned=True, reason="\0")


async def test_where_people_apply_nobody_joins_by_themselves(fresh_people, offered, ask_as, word):
    """Members may still bring others in."""
    ann, bob = await fresh_people(2)
    group_id = await offered(ann, word, direct_join=False)

    with pytest.raises(groups.JoinByApplication):
        await ask_as(groups.join_group, owner_id=bob, group_id=group_id)

    await ask_as(groups.add_members, owner_id=ann, group_id=group_id, member_ids=[bob])


async def test_categories_are_administrators(bus, as_admin, found, user_id):
    """They make, move and remove them; a name is given once, also by two at once."""
    one, two = user_id % 10**9 + 1000, user_id % 10**9 + 1001
    name = f"category {one}"
    await as_admin(directory.set_category, category_id=one, name=name, position=9, shown_at=7)

    outcomes = await asyncio.gather(
        as_admin(directory.set_category, category_id=two, name=f"{name} x"),
        as_admin(directory.set_category, category_id=two + 1, name=f"{name} x"),
        return_exceptions=True,
    )

    assert [type(refused) for refused in outcomes if refused] == [directory.CategoryTaken]
    tree = await bus.ask(directory.list_categories, directory.AllCategories())
    assert {3, 22, one} < {category.category_id for category in tree}
    assert next(c for c in tree if c.category_id == one) == directory.Category(
        category_id=one, name=name, position=9, shown_at=7
    )
    winner = two if outcomes[0] is None else two + 1
    child = {"category_id": winner, "name": f"{name} x", "parent_id": one}
    await as_admin(directory.set_category, **child)
    with pytest.raises(directory.CategoryInUse):
        await as_admin(directory.remove_category, category_id=one)
    for gone in (winner, one):
        await as_admin(directory.remove_category, category_id=gone)
    with pytest.raises(groups.NoSuchCategory):
        await as_admin(directory.remove_category, category_id=one)
    assert await found(category=name) == []
    with pytest.raises(UnusableText):
        await as_admin(directory.set_category, category_id=one, name=" ")


ADMINS: dict[Any, dict[str, Any]] = {
    directory.ban_group: {"group_id": 7, "banned": True},
    directory.pick_group: {"group_id": 7, "picked": True},
    directory.set_category: {"category_id": 3, "name": "mine"},
    directory.remove_category: {"category_id": 22},
}


@pytest.mark.parametrize("call", ADMINS, ids=lambda call: call.subject)
async def test_nobody_else_shapes_the_directory(as_admin, call):
    """Whoever is no administrator is refused, and changes nothing."""
    with pytest.raises(NotAllowed):
        await as_admin(call, Role.AUDITOR, **ADMINS[call])


@pytest.mark.parametrize(
    ("fields", "fine"),
    [
        ({"limit": 0}, False),
        ({"limit": directory.PAGE_MOST, "category_id": 999}, True),
        ({"limit": directory.PAGE_MOST + 1}, False),
        ({"limit": 1, "keyword": "山" * 32}, True),
        ({"limit": 1, "keyword": "山" * 33}, False),
        ({"limit": 1, "offset": -1}, False),
        ({"limit": 1, "keyword": "$where", "category": "\0$ne"}, True),
        ({"limit": 1, "keyword": "(.*"}, True),
        ({"limit": 1, "keyword": "ab\0cd"}, True),
        ({"limit": 1, "keyword": "[^a](?=b|.)*$\\"}, True),
    ],
)
async def test_limits_of_a_search(bus, fields, fine):
    """Whatever is looked for is text and nothing else; a page has 1 to 100 groups."""
    ask = directory.SearchGroups(**fields)
    if fine:
        assert await bus.ask(directory.search_groups, ask) == []
    else:
        with pytest.raises(Malformed):
            await bus.ask(directory.search_groups, ask)


async def test_whoever_leaves_is_not_found_by_their_groups(
    fresh_people, offered, found, word, tell, announced, mongo
):
    """A group that ends with them is blank, and nothing finds it."""
    [ann] = await fresh_people(1)
    group_id = await offered(ann, word, introduction=f"of {word}")

    await tell(deletion.UserDeleting(user_id=ann))
    await announced(relations.UserErased, user_id=ann)

    assert await found(keyword=word) == []
    kept = await mongo("userhub_social")["groups"].find_one({"_id": group_id})
    assert word not in str(kept)


@pytest.mark.parametrize(
    ("query", "order", "index"),
    [
        ({}, "member_count", "listed"),
        ({"category_id": {"$in": [6, 22, 23]}}, "member_count", "listed_by_category"),
        ({"pieces": "abc"}, "member_count", "listed_by_name"),
        ({"pieces": {"$all": ["abc", "bcd"]}}, "member_count", "listed_by_name"),
        ({"picked_at": {"$type": "date"}}, "picked_at", "listed_picks"),
    ],
)
async def test_a_search_is_read_from_an_index(plan_of, query, order, index):
    """In its order: nothing is scanned, nothing sorted afterwards."""
    plan = await plan_of("groups", {"listed": True, **query}, [(order, -1), ("_id", -1)])

    assert index in plan
    assert not plan & {"COLLSCAN", "SORT"}
