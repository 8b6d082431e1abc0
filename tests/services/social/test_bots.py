"""Bots over the bus."""

import asyncio
import uuid
from typing import Any

import pytest

from shared.caller import Caller
from shared.contracts import bots, deletion, relations
from shared.contracts.accounts import Role
from shared.errors import Malformed, NotAllowed, NotTheCaller, UnusableText

NOBODYS = 10**15


@pytest.fixture
def word():
    """Give a word that no other bot has in its name."""
    return uuid.uuid4().hex[:12]


@pytest.fixture
def a_bot(ask_as, word):
    """Make a bot of somebody's, and give its id."""

    async def make(owner, name=word, **shown):
        return (await ask_as(bots.create_bot, owner_id=owner, name=name, **shown)).bot_id

    return make


@pytest.fixture
def do(ask_as):
    """Add, remove or delete a bot."""

    async def ask(call, owner, bot_id):
        await ask_as(call, owner_id=owner, bot_id=bot_id)

    return ask


@pytest.fixture
def seen(ask_as):
    """Give a bot as somebody sees it, or nothing."""

    async def read(viewer, bot_id):
        found = await ask_as(bots.read_bots, viewer_id=viewer, bot_ids=[bot_id, bot_id, NOBODYS])
        return found[0] if found else None

    return read


@pytest.fixture
def found(ask_as):
    """Give the ids of a page of a search."""

    async def ask(viewer, **fields):
        page = await ask_as(bots.search_bots, viewer_id=viewer, **{"limit": 50, **fields})
        return [bot.bot_id for bot in page]

    return ask


@pytest.fixture
def ban(bus):
    async def ask(bot_id, banned, role=Role.ADMIN):
        admin = Caller(1, "0" * 32, role)
        await bus.ask(bots.ban_bot, bots.BanBot(bot_id=bot_id, banned=banned), caller=admin)

    return ask


async def test_a_bot_is_there_for_all_at_once(fresh_people, ask_as, seen, found, word, announced):
    """Its owner made it, anybody finds and sees it, nobody has added it yet."""
    ann, bob = await fresh_people(2)

    made = await ask_as(
        bots.create_bot, owner_id=ann, name=word, introduction="I count.\nA lot.", avatar=""
    )

    assert await seen(bob, made.bot_id) == made
    assert (made.owner_id, made.name, made.headcount, made.added) == (ann, word, 0, False)
    assert await found(bob, keyword=word[1:].upper()) == [made.bot_id]
    assert await ask_as(bots.list_own_bots, owner_id=ann) == [made]
    assert await ask_as(bots.list_own_bots, owner_id=bob) == []
    [event] = await announced(bots.BotCreated, user_id=ann)
    assert event.data == {"user_id": ann, "bot_id": made.bot_id, "name": word}


async def test_people_add_a_bot_and_remove_it(
    fresh_people, a_bot, do, seen, ask_as, found, word, facts_of
):
    """It counts them; each sees whether they have it; a bot that more people have comes first."""
    ann, bob = await fresh_people(2)
    bot, other = await a_bot(ann), await a_bot(ann)
    assert await found(ann, keyword=word) == [other, bot]

    await do(bots.add_bot, bob, bot)

    assert await found(ann, keyword=word) == [bot, other]
    assert await found(ann, keyword=word, limit=1, offset=1) == [other]
    assert (await seen(bob, bot)).added
    assert ((await seen(ann, bot)).added, (await seen(ann, bot)).headcount) == (False, 1)
    assert [one.bot_id for one in await ask_as(bots.list_added_bots, owner_id=bob)] == [bot]
    with pytest.raises(bots.AlreadyAdded):
        await do(bots.add_bot, bob, bot)

    await do(bots.remove_bot, bob, bot)

    with pytest.raises(bots.NoSuchBot):
        await do(bots.remove_bot, bob, bot)
    assert (await seen(bob, bot)).headcount == 0
    assert await ask_as(bots.list_added_bots, owner_id=bob) == []
    assert await facts_of(bob) == [bots.BotAdded.fact, bots.BotRemoved.fact]


async def test_the_directory_begins_with_what_most_people_have_or_the_newest(
    fresh_people, a_bot, do, ask_as
):
    """Both orders, without a keyword; past the end there is nothing."""
    ann, bob = await fresh_people(2)
    first, second = await a_bot(ann), await a_bot(ann)
    await do(bots.add_bot, bob, first)

    async def page(order, **part):
        found = await ask_as(bots.search_bots, viewer_id=bob, order=order, **{"limit": 100, **part})
        return [bot.bot_id for bot in found if bot.owner_id == ann]

    assert await page(bots.BotOrder.HEADCOUNT) == [first, second]
    assert await page(bots.BotOrder.NEWEST) == [second, first]
    assert await page(bots.BotOrder.NEWEST, limit=1, offset=0) == [second]
    assert await page(bots.BotOrder.NEWEST, offset=bots.DEEPEST + 1) == []


async def test_only_the_owner_changes_a_bot(
    fresh_people, a_bot, ask_as, seen, found, word, facts_of
):
    """What they give is different, what not stays; the same again is no news."""
    ann, bob = await fresh_people(2)
    bot = await a_bot(ann, introduction="old")
    change: dict[str, Any] = {"bot_id": bot, "name": word[::-1], "always_agree": True}

    after = await ask_as(bots.change_bot, owner_id=ann, **change)
    again = await ask_as(bots.change_bot, owner_id=ann, **change)

    assert (after.name, after.introduction, after.always_agree) == (word[::-1], "old", True)
    assert again == after == await seen(bob, bot)
    assert await found(bob, keyword=word) == []
    assert await found(bob, keyword=word[::-1]) == [bot]
    assert (await facts_of(ann)).count(bots.BotChanged.fact) == 1
    with pytest.raises(bots.NotTheOwner):
        await ask_as(bots.change_bot, owner_id=bob, **change)
    with pytest.raises(bots.NoSuchBot):
        await ask_as(bots.change_bot, owner_id=bob, bot_id=NOBODYS)
    for bad in ({"name": "\n"}, {"introduction": "\0"}, {"avatar": "javascript:x"}):
        with pytest.raises(UnusableText):
            await ask_as(bots.change_bot, owner_id=ann, bot_id=bot, **bad)


async def test_a_private_bot_is_its_owners(fresh_people, a_bot, ask_as, do, seen, found, word):
    """Nobody else finds, sees or adds it; whoever had it before keeps it."""
    ann, bob, cem = await fresh_people(3)
    bot = await a_bot(ann)
    await do(bots.add_bot, bob, bot)

    await ask_as(bots.change_bot, owner_id=ann, bot_id=bot, private=True)

    assert await found(ann, keyword=word) == []
    assert await seen(cem, bot) is None
    assert (await seen(bob, bot)).added
    for call, refusal in ((bots.add_bot, bots.NoSuchBot), (bots.delete_bot, bots.NoSuchBot)):
        with pytest.raises(refusal):
            await do(call, cem, bot)
    await do(bots.add_bot, ann, bot)
    assert (await seen(ann, bot)).headcount == 2


async def test_a_banned_bot_is_not_found_or_added(
    fresh_people, a_bot, do, ban, found, seen, word, announced
):
    """Until it is allowed again; only administrators decide that."""
    ann, bob = await fresh_people(2)
    bot = await a_bot(ann)

    await ban(bot, True)
    await ban(bot, True)

    assert await found(bob, keyword=word) == []
    assert (await seen(bob, bot)).banned
    with pytest.raises(bots.BotBanned):
        await do(bots.add_bot, bob, bot)
    assert len(await announced(bots.BotBanChanged, user_id=ann)) == 1
    with pytest.raises(NotAllowed):
        await ban(bot, False, Role.AUDITOR)
    with pytest.raises(bots.NoSuchBot):
        await ban(NOBODYS, True)
    await ban(bot, False)
    assert await found(bob, keyword=word) == [bot]


async def test_a_deleted_bot_is_gone_for_everybody(
    fresh_people, a_bot, do, seen, ask_as, mongo, eventually, facts_of
):
    """Those who had added it have room for another; it is not there for anybody."""
    ann, bob = await fresh_people(2)
    bot = await a_bot(ann)
    await do(bots.add_bot, bob, bot)
    with pytest.raises(bots.NotTheOwner):
        await do(bots.delete_bot, bob, bot)

    await do(bots.delete_bot, ann, bot)

    assert await seen(ann, bot) is None
    assert await ask_as(bots.list_added_bots, owner_id=bob) == []
    db = mongo("userhub_social")

    async def forgotten():
        counter = await db["counters"].find_one({"_id": {"u": bob, "of": "bots_added"}})
        return counter["count"] == 0 and not await db["bot_additions"].find_one({"bot": bot})

    await eventually(forgotten)
    assert (await facts_of(ann))[-1] == bots.BotDeleted.fact
    for call in (bots.add_bot, bots.delete_bot):
        with pytest.raises(bots.NoSuchBot):
            await do(call, ann, bot)


async def test_a_bot_added_many_times_at_once_counts_once(fresh_people, a_bot, do, seen):
    """Of the same request from several devices one adds it."""
    ann, bob = await fresh_people(2)
    bot = await a_bot(ann)

    outcomes = await asyncio.gather(
        *(do(bots.add_bot, bob, bot) for _ in range(6)), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyAdded"] * 5 + ["NoneType"]
    assert (await seen(bob, bot)).headcount == 1


@pytest.mark.parametrize(
    ("what", "most"), [("bots", bots.BOTS_MOST), ("bots_added", bots.ADDED_MOST)]
)
async def test_how_many_bots_somebody_has(fresh_people, a_bot, do, mongo, what, most):
    """The last place is given, one more is refused and leaves nothing."""
    ann, bob = await fresh_people(2)
    theirs = [await a_bot(ann), await a_bot(ann)]
    place = {"_id": {"u": bob, "of": what}}
    counters = mongo("userhub_social")["counters"]
    await counters.insert_one({**place, "count": most - 1})

    async def one_more(number):
        if what == "bots":
            await a_bot(bob)
        else:
            await do(bots.add_bot, bob, theirs[number])

    await one_more(0)
    with pytest.raises(bots.TooManyBots):
        await one_more(1)

    assert (await counters.find_one(place))["count"] == most
    assert await mongo("userhub_social")["bots"].count_documents({"owner": bob}) <= 1


async def test_whoever_leaves_takes_their_bots_along(
    fresh_people, a_bot, do, seen, ask_as, tell, announced, mongo, eventually
):
    """Their bots go, also from those who had added them; others' bots count one less."""
    ann, bob = await fresh_people(2)
    anns, bobs = await a_bot(ann), await a_bot(bob)
    await do(bots.add_bot, ann, bobs)
    await do(bots.add_bot, bob, anns)

    await tell(deletion.UserDeleting(user_id=ann))
    await announced(relations.UserErased, user_id=ann)

    assert await seen(bob, anns) is None
    assert (await seen(bob, bobs)).headcount == 0
    assert await ask_as(bots.list_added_bots, owner_id=bob) == []
    db = mongo("userhub_social")
    assert not await db["bot_additions"].find_one({"user": ann})

    async def nothing_left():
        return not await db["bot_additions"].find_one({"bot": anns})

    await eventually(nothing_left)
    with pytest.raises(relations.NoSuchPerson):
        await a_bot(ann)
    with pytest.raises(relations.NoSuchPerson):
        await do(bots.add_bot, ann, bobs)


@pytest.mark.parametrize(
    ("call", "fields", "fine"),
    [
        (bots.create_bot, {"name": ""}, False),
        (bots.create_bot, {"name": "x" * 32, "introduction": "y" * 500}, True),
        (bots.create_bot, {"name": "x" * 33}, False),
        (bots.create_bot, {"name": "x", "introduction": "y" * 501}, False),
        (bots.search_bots, {"limit": 0}, False),
        (bots.search_bots, {"limit": 101}, False),
        (bots.search_bots, {"limit": 100, "keyword": "$" * 32}, True),
        (bots.search_bots, {"limit": 1, "keyword": "x" * 33}, False),
    ],
)
async def test_limits_of_what_is_given(ask_as, user_id, call, fields, fine):
    """Both sides of every limit."""
    ask = ask_as(call, **{call.acts_for: user_id}, **fields)
    if fine:
        await ask
    else:
        with pytest.raises(Malformed):
            await ask


async def test_nobody_acts_for_another(bus, acting, user_id):
    """Each call is for whoever signed it."""
    one = bots.OneBot(owner_id=user_id, bot_id=7)
    for call in (bots.add_bot, bots.remove_bot, bots.delete_bot):
        with acting(user_id + 1), pytest.raises(NotTheCaller):
            await bus.ask(call, one)


@pytest.mark.parametrize(
    ("query", "order", "index"),
    [
        ({"listed": True}, "headcount", "listed"),
        ({"listed": True}, "created_at", "listed_newest"),
        ({"listed": True, "pieces": "abc"}, "headcount", "listed_by_name"),
    ],
)
async def test_the_directory_is_read_from_an_index(plan_of, query, order, index):
    """In its order: nothing is scanned, nothing sorted afterwards."""
    plan = await plan_of("bots", query, [(order, -1), ("_id", -1)])

    assert index in plan
    assert not plan & {"COLLSCAN", "SORT"}
