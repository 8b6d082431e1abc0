"""Finding accounts by name, id and part of a name; changing a username."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.accounts import rules
from services.auth.lookups.store import INDEXES, list_query
from services.auth.migrations import MIGRATIONS
from shared.contracts import accounts, administration, deletion, logins, lookups
from shared.migrations import Progress
from tests.services.auth.conftest import HIGH_ID
from tests.services.auth.visitor import Visitor, new_email, outcomes


@pytest.fixture
def named(visitor, eventually):
    """Make somebody with a username."""

    async def make(username):
        one = visitor(address=new_email())
        code = await one.code(eventually, "leaf")
        await one.register("", proof=one.by_code(code, "leaf"), username=username)
        return one

    return make


@pytest.fixture
def listed(bus):
    """List accounts; gives their ids."""

    async def ask(**fields):
        message = lookups.ListAccounts(**({"limit": 100} | fields))
        return [one.user_id for one in await bus.ask(lookups.list_accounts, message)]

    return ask


async def rename(one: Visitor, username: str) -> None:
    ask = accounts.ChangeUsername(user_id=one.user_id, username=username)
    await one.ask(accounts.change_username, ask)


@given(st.text(max_size=20), st.text(min_size=1, max_size=6))
def test_pieces_find_whatever_is_in_a_name(name, part):
    """A name that has a text in it has all its pieces, so that the index overlooks nobody."""
    key, wanted = rules.username_key(name), rules.username_key(part)

    if wanted and wanted in key:
        assert set(rules.parts_to_find(wanted)) <= set(rules.parts(key))
    assert all(piece in key for piece in rules.parts(key))


async def test_people_are_found_by_every_name(named, bus):
    """By e-mail and username in any case; what anyone sees holds no address."""
    word = uuid.uuid4().hex[:8]
    ann = await named(f"Ann_{word}")
    for login in (f"ANN_{word}", ann.address.upper()):
        found = await bus.ask(lookups.find_account, lookups.FindAccount(login=login))
        assert (found.user_id, found.username) == (ann.user_id, f"Ann_{word}")
        assert ann.address.lower() not in str(found).lower()
    with pytest.raises(accounts.NoSuchAccount):
        await bus.ask(lookups.find_account, lookups.FindAccount(login=word))


async def test_an_address_in_wide_characters_is_none(named, bus):
    """Lookups by address are counted by what they look like: no other spelling finds one."""
    ann = await named(f"Ann_{uuid.uuid4().hex[:8]}")
    for login in (ann.address.replace("@", "＠"), ann.address.replace("@", "﹫")):
        with pytest.raises(accounts.NoSuchAccount):
            await bus.ask(lookups.find_account, lookups.FindAccount(login=login))
        with pytest.raises(logins.WrongCredentials):
            await ann.log_in(login=login)


async def test_lists_are_narrowed_and_paged(named, listed, operate):
    """By part, by names, by ids; disabled people only where they are named by id."""
    word = uuid.uuid4().hex[:8]
    people = [await named(f"云{word}海{number}") for number in range(3)]
    ids = [one.user_id for one in people]
    for part in (word, word.upper(), f"云{word[:1]}", f"{word[-2:]}海"):
        assert set(ids) <= set(await listed(name_part=part, newest_first=False))
    assert await listed(name_part=word) == ids[::-1]
    assert await listed(name_part=word, newest_first=False, after=ids[0], limit=1) == [ids[1]]
    assert await listed(name_part=word, after=ids[1]) == [ids[0]]
    assert await listed(name_part=f"{word}.") == []
    assert await listed(usernames=[f"云{word}海1".upper(), "nobody at all"]) == [ids[1]]
    assert await listed(user_ids=[*ids, 1], name_part=f"{word}海2") == [ids[2]]
    assert (await listed(limit=2))[0] >= ids[2]

    lock = administration.SetDisabled(user_id=ids[0], disabled=True)
    await operate(administration.set_disabled, lock)
    assert await listed(name_part=word) == [ids[2], ids[1]]
    assert await listed(user_ids=ids, newest_first=False) == ids
    await people[1].ask(deletion.delete_account, deletion.DeleteAccount(user_id=ids[1]))
    assert await listed(user_ids=ids, newest_first=False) == [ids[0], ids[2]]
    assert await listed(name_part=word) == [ids[2]]


async def test_a_username_is_changed_and_found_by(named, listed, announced, bus):
    """The old one is free at once, the new one is found, and the change is announced."""
    word = uuid.uuid4().hex[:8]
    ann = await named(f"Ann_{word}")
    await rename(ann, f"ann_{word}")
    await rename(ann, f"Zoe_{word}")

    assert await listed(name_part=f"zoe_{word}") == [ann.user_id]
    assert await listed(name_part=f"ann_{word}") == []
    told = await announced(accounts.UsernameChanged, ann.user_id, 2)
    assert [one.data["username"] for one in told] == [f"ann_{word}", f"Zoe_{word}"]
    assert (await named(f"Ann_{word}")).user_id != ann.user_id


async def test_of_two_that_take_a_name_at_once_one_gets_it(named):
    """The unique index decides; reserved names nobody gets."""
    word = uuid.uuid4().hex[:8]
    people = [await named(f"{letter}_{word}") for letter in "ab"]

    done, refused = await outcomes(*(rename(one, f"Same_{word}") for one in people))

    assert (len(done), [type(one) for one in refused]) == (1, [accounts.UsernameTaken])
    for reserved in ("ROOT", "超级管理员"):
        with pytest.raises(accounts.UsernameReserved):
            await rename(people[0], reserved)


async def test_usernames_of_before_with_what_shows_nothing(workshop):
    """They are found without it from now on, unless another has the name that is seen."""
    docs, made = workshop.mongo["accounts"], datetime.now(UTC)
    usernames = ("Ann", "Bob\u200b", "An\u00adn", "zoe")
    for user_id, username in enumerate(usernames, HIGH_ID):
        key = username.lower()
        one = {"_id": user_id, "username": username, "username_key": key, "state": "active"}
        await docs.insert_one(
            one | {"username_parts": rules.parts(key), "created_at": made, "role": 0}
        )
    step = next(one for one in MIGRATIONS if one.id == "0005_pass_over_the_unseen")

    for _ in range(2):
        await step.run(workshop.mongo, Progress(workshop.mongo, step.id, {}))

    kept = {one["_id"]: one async for one in docs.find({})}
    keys = [kept[HIGH_ID + place]["username_key"] for place in range(len(usernames))]
    assert keys == ["ann", "bob", "an\u00adn", "zoe"]
    assert kept[HIGH_ID + 1]["username_parts"] == rules.parts("bob")
    assert [one["username"] for one in kept.values()] == list(usernames)


@pytest.mark.parametrize(
    "narrowed",
    [
        {},
        {"after": 5},
        {"name_part": "abc"},
        {"name_part": "a", "after": 5},
        {"usernames": ["a", "b"]},
        {"user_ids": [1, 2], "name_part": "a"},
    ],
    ids=str,
)
async def test_no_list_scans_the_accounts(workshop, narrowed):
    """Every way to narrow a list goes by an index, and is sorted by it or small."""
    await workshop.mongo.ensure_indexes(INDEXES)
    query = list_query(lookups.ListAccounts(limit=10, **narrowed))
    found = workshop.mongo["accounts"].find(query).sort("_id", -1).limit(10)

    plan = str((await found.explain())["queryPlanner"]["winningPlan"])

    assert "COLLSCAN" not in plan
    assert "IXSCAN" in plan


@pytest.mark.parametrize("part", ["\0", "ab\0cd", "(.*", "[^a]$\\d"])
async def test_a_part_is_text_and_nothing_else(listed, part):
    """What no username can have finds nobody, a pattern least of all."""
    assert await listed(name_part=part) == []
