"""Remarks over the bus."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.social.remarks import rules
from shared.contracts import bots, deletion, friendships, relations, remarks
from shared.contracts.remarks import Extra, Remark
from shared.errors import Malformed, NotTheCaller, UnusableText
from tests.services.social.client import Client

NOBODY = 10**15


@pytest.fixture
def note(ask_as):
    async def ask(owner, chat, **noted):
        return await ask_as(remarks.note, owner_id=owner, chat_id=chat, **noted)

    return ask


@pytest.fixture
def noted(ask_as):
    """Give what somebody noted about chats."""

    async def read(owner, *chats):
        return await ask_as(remarks.read_remarks, owner_id=owner, chat_ids=list(chats))

    return read


@pytest.fixture
def listed(ask_as):
    async def read(owner, **part):
        found = await ask_as(remarks.list_remarks, owner_id=owner, **part)
        return [one.chat_id for one in found]

    return read


async def test_what_is_noted_is_there_for_its_owner(fresh_people, note, noted, listed, facts_of):
    """All of it, at once, and nobody else sees or hears of it."""
    ann, bob, cem = await fresh_people(3)
    extras = [Extra(key="birthday", value="1 May\n(or 2?)")]

    given = await note(ann, bob, name="Bobby", phone="139 1234", extras=extras, muted=True)

    assert given == Remark(
        chat_id=bob, name="Bobby", phone="139 1234", extras=extras, muted=True, pinned=False
    )
    assert await noted(ann, cem, bob, bob) == [Remark(chat_id=cem), given, given]
    assert await listed(ann) == [bob]
    assert await noted(bob, ann) == [Remark(chat_id=ann)]
    assert await facts_of(ann) == await facts_of(bob) == []


async def test_what_is_not_given_stays(fresh_people, note, noted, mongo):
    """What is given as empty is cleared, and where nothing is left nothing is kept."""
    ann, bob = await fresh_people(2)
    await note(ann, bob, name="Bobby", muted=True)

    await note(ann, bob, pinned=True)
    assert await noted(ann, bob) == [Remark(chat_id=bob, name="Bobby", muted=True, pinned=True)]
    await note(ann, bob, name="", muted=False)
    assert await noted(ann, bob) == [Remark(chat_id=bob, pinned=True)]
    await note(ann, bob, pinned=False)

    db = mongo("userhub_social")
    assert not await db["remarks"].find_one({"owner": ann})
    counter = await db["counters"].find_one({"_id": {"u": ann, "of": "remarks"}})
    assert counter["count"] == 0
    assert await note(ann, bob, name="") == Remark(chat_id=bob)


async def test_groups_and_bots_have_remarks_too(fresh_people, a_group, note, noted, ask_as):
    """By their ids alone, whether one is in them or not; what is nothing has none."""
    group_id, _ = await a_group(2)
    ann, bob = await fresh_people(2)
    bot = await ask_as(bots.create_bot, owner_id=bob, name="Counter")

    for chat in (group_id, bot.bot_id):
        await note(ann, chat, muted=True)

    assert [one.muted for one in await noted(ann, group_id, bot.bot_id)] == [True, True]
    with pytest.raises(remarks.NoSuchChat):
        await note(ann, NOBODY, muted=True)


async def test_a_friend_who_loses_the_only_thing_noted_is_noted_no_more(
    fresh_people, befriend, note, listed, ask_as, mongo
):
    """A name that is cleared as the friendship's leaves no empty remark, which would count."""
    ann, bob = await fresh_people(2)
    await befriend(ann, bob)
    await note(ann, bob, name="Bobby")

    await ask_as(friendships.set_friend_name, owner_id=ann, target_id=bob, display_name="")

    assert await listed(ann) == []
    counter = await mongo("userhub_social")["counters"].find_one(
        {"_id": {"u": ann, "of": "remarks"}}
    )
    assert counter["count"] == 0


async def test_a_friends_name_is_one_name(
    fresh_people, befriend, note, noted, ask_as, sync, listed
):
    """Whoever names a friend in one dialect sees it in the other, and syncs with it."""
    ann, bob = await fresh_people(2)
    await befriend(ann, bob)
    device = Client(ann)
    await sync(device)
    friend = {"owner_id": ann, "target_id": bob}

    await note(ann, bob, name="Bobby", phone="1")

    assert (await ask_as(friendships.read_friendship, **friend)).display_name == "Bobby"
    [row] = (await sync(device)).friends
    assert row.display_name == "Bobby"
    await ask_as(friendships.set_friend_name, **friend, display_name="Rob")
    assert await noted(ann, bob) == [Remark(chat_id=bob, name="Rob", phone="1")]
    await ask_as(friendships.set_friend_name, **friend, display_name="")
    assert await noted(ann, bob) == [Remark(chat_id=bob, phone="1")]
    await note(ann, bob, phone="")
    assert await listed(ann) == []
    await ask_as(friendships.set_friend_name, **friend, display_name="Robert")
    assert await noted(ann, bob) == [Remark(chat_id=bob, name="Robert")]
    await note(ann, bob, name="Bobby")
    await ask_as(friendships.unfriend, **friend)
    assert await noted(ann, bob) == [Remark(chat_id=bob, name="Bobby")]


async def test_noting_at_once_counts_once(fresh_people, note, noted, mongo):
    """Several devices note different things: all of it is there, in one remark."""
    ann, bob = await fresh_people(2)

    await asyncio.gather(
        note(ann, bob, name="Bobby"),
        note(ann, bob, phone="1"),
        note(ann, bob, muted=True),
        note(ann, bob, pinned=True),
    )

    everything = Remark(chat_id=bob, name="Bobby", phone="1", muted=True, pinned=True)
    assert await noted(ann, bob) == [everything]
    counter = {"_id": {"u": ann, "of": "remarks"}}
    assert (await mongo("userhub_social")["counters"].find_one(counter))["count"] == 1


async def test_10_000_chats_at_the_most(fresh_people, note, noted, mongo):
    """The last place is given, one more is refused and leaves nothing."""
    ann, bob, cem = await fresh_people(3)
    counters = mongo("userhub_social")["counters"]
    place = {"_id": {"u": ann, "of": "remarks"}}
    await counters.insert_one({**place, "count": remarks.REMARKS_MOST - 1})

    await note(ann, bob, muted=True)
    with pytest.raises(relations.TooMany):
        await note(ann, cem, muted=True)

    assert await noted(ann, cem) == [Remark(chat_id=cem)]
    await note(ann, bob, muted=False)
    await note(ann, cem, muted=True)


async def test_pages_are_by_chat(user_id, mongo, listed):
    """500 at once; only what is pinned, if one asks for that."""
    rest: dict[str, Any] = {"name": "x", "phone": "", "extras": [], "muted": False}
    await mongo("userhub_social")["remarks"].insert_many(
        {
            "_id": {"o": user_id, "c": chat},
            "owner": user_id,
            "chat": chat,
            "pinned": chat % 100 == 0,
            **rest,
        }
        for chat in range(1, remarks.PAGE_MOST + 3)
    )

    first = await listed(user_id)

    assert first == list(range(1, remarks.PAGE_MOST + 1))
    assert await listed(user_id, after=first[-1]) == [501, 502]
    assert await listed(user_id, pinned=True) == [100, 200, 300, 400, 500]
    assert await listed(user_id, pinned=True, after=300) == [400, 500]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": "x" * 32, "phone": "1" * 32}, None),
        ({"name": "x" * 33}, Malformed),
        ({"phone": "1" * 33}, Malformed),
        ({"extras": [Extra(key="k" * 32, value="v" * 256)] * 20}, None),
        ({"extras": [Extra(key="k", value="v")] * 21}, Malformed),
        ({"extras": [Extra(key="k" * 33, value="v")]}, Malformed),
        ({"extras": [Extra(key="k", value="v" * 257)]}, Malformed),
        ({"name": "a\nb"}, UnusableText),
        ({"phone": "\0"}, UnusableText),
        ({"extras": [Extra(key="a\nb", value="")]}, UnusableText),
        ({"extras": [Extra(key="", value="\0")]}, UnusableText),
    ],
)
async def test_what_can_be_noted(fresh_people, note, listed, fields, refusal):
    """Both sides of every limit; what is refused leaves nothing."""
    ann, bob = await fresh_people(2)

    if refusal is None:
        await note(ann, bob, **fields)
    else:
        with pytest.raises(refusal):
            await note(ann, bob, **fields)
        assert await listed(ann) == []


async def test_remarks_are_their_owners(bus, acting, user_id):
    """Nobody else reads or writes them."""
    asked: list[tuple[Any, dict[str, Any]]] = [
        (remarks.note, {"chat_id": 7}),
        (remarks.read_remarks, {"chat_ids": [7]}),
        (remarks.list_remarks, {}),
    ]
    for call, more in asked:
        with acting(user_id + 1), pytest.raises(NotTheCaller):
            await bus.ask(call, call.ask(owner_id=user_id, **more))


async def test_whoever_leaves_is_in_no_remark(
    fresh_people, note, noted, listed, tell, announced, mongo
):
    """Neither as who wrote nor as who it is about; others have room for another."""
    ann, bob, cem = await fresh_people(3)
    await note(ann, bob, name="Bobby")
    await note(ann, cem, muted=True)
    await note(bob, ann, name="Annie")

    await tell(deletion.UserDeleting(user_id=bob))
    await announced(relations.UserErased, user_id=bob)

    assert await listed(ann) == [cem]
    db = mongo("userhub_social")
    assert not await db["remarks"].find_one({"owner": bob})
    counter = await db["counters"].find_one({"_id": {"u": ann, "of": "remarks"}})
    assert counter["count"] == 1
    with pytest.raises(remarks.NoSuchChat):
        await note(ann, bob, muted=True)


names = st.sampled_from(["", "a", "b"])
notes = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "phone": names,
        "extras": st.lists(st.builds(Extra, key=names, value=names), max_size=2),
        "muted": st.booleans(),
        "pinned": st.booleans(),
    },
)


@given(st.lists(notes))
def test_a_remark_is_what_was_noted_last(steps):
    """Each thing on its own, whatever came between; it is empty if all of them are."""
    remark, last = Remark(chat_id=7), dict[str, Any]()

    for step in steps:
        remark = rules.noted(remark, remarks.Note(owner_id=1, chat_id=7, **step))
        last |= step

    assert all(getattr(remark, name) == value for name, value in last.items())
    assert rules.is_empty(remark) == (not any(last.values()))
