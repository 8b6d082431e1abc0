"""`userhub admin groups` and `bots`: what an operator does to them is there for people at once."""

import uuid

import pytest

from shared.contracts import bots, directory, groups


@pytest.fixture
def as_person(bus, acting, user_id):
    """Ask something as a person; gives the answer."""

    async def ask(call, **fields):
        with acting(user_id):
            return await bus.ask(call, call.ask(**{call.acts_for: user_id}, **fields))

    return ask


@pytest.fixture
def word():
    """Give a name that nothing else has."""
    return uuid.uuid4().hex[:12]


@pytest.fixture
def admin(userhub):
    """Run an action that must succeed, and give what it printed."""

    async def run(*words):
        said = await userhub("admin", *map(str, words))
        assert (said.code, said.err) == (0, ""), said
        return said.out

    return run


async def test_an_operator_bans_and_picks_groups(admin, as_person, user_id, word, bus):
    """Found by a part of the name, picked, banned with a reason, and allowed again."""
    made = await as_person(
        groups.create_group, name=word, member_ids=[user_id], hidden=False, introduction="Hi all"
    )
    group_id = made.group_id

    assert (await admin("groups", "find", word[1:-1])).split()[-1] == word
    await admin("groups", "pick", group_id)
    assert word in await admin("groups", "find", "--picked", word)
    await admin("groups", "unpick", group_id)
    assert await admin("groups", "find", "--picked", word) == "no groups\n"
    await admin("groups", "ban", group_id, "--reason", "spam")

    assert await admin("groups", "find", word) == "no groups\n"
    shown = await admin("groups", "show", group_id)
    assert "banned" in shown
    assert shown.endswith("Hi all\n")
    await admin("groups", "unban", group_id)
    [seen] = await bus.ask(directory.read_groups, directory.ReadGroups(group_ids=[group_id]))
    assert seen.ban_id == 0


async def test_an_operator_arranges_categories(admin, userhub, word):
    """Made below another, printed with their places, and removed."""
    number = int(word[:7], 16) + 1000

    await admin("groups", "set-category", number, word, "--parent", 3, "--position", 7)

    rows = [line.split() for line in (await admin("groups", "categories")).splitlines()]
    assert [str(number), "3", "7", word] in rows
    assert ["3", "3", "5", "游戏"] in rows
    await admin("groups", "remove-category", number)
    said = await userhub("admin", "groups", "remove-category", str(number))
    assert (said.code, said.err) == (1, "userhub: There is no such category of groups.\n")


async def test_an_operator_bans_bots(admin, userhub, as_person, word):
    """Private ones too; who looks for one that is not there is told so."""
    bot = await as_person(bots.create_bot, name=word, introduction="I count")

    assert (await admin("bots", "find", word)).split()[-1] == word
    await admin("bots", "ban", bot.bot_id)
    assert await admin("bots", "find", word) == "no bots\n"
    await as_person(bots.change_bot, bot_id=bot.bot_id, private=True)
    assert "banned" in await admin("bots", "show", bot.bot_id)
    await admin("bots", "unban", bot.bot_id)
    shown = await admin("bots", "show", bot.bot_id)
    assert "private" in shown
    assert shown.endswith("I count\n")
    said = await userhub("admin", "bots", "show", "7")
    assert (said.code, said.err.count("\n")) == (1, 1)
