"""Medals: the catalogue, and who has which."""

import asyncio

import pytest

from services.profile.medals.handlers import MedalHandlers
from services.profile.medals.store import MedalStore
from services.profile.people import People
from services.profile.profiles.store import ProfileStore
from shared import errors
from shared.contracts import deletion, medals, profile
from shared.contracts.accounts import Role
from shared.outbox import Outbox


@pytest.fixture
def create(administer):
    async def make(name="beta tester", **fields):
        return await administer(medals.create_medal, medals.NewMedal(name=name, **fields))

    return make


@pytest.fixture
def award(administer):
    async def give(user_id, medal, call=medals.award_medal):
        await administer(call, medals.Award(user_id=user_id, medal_id=medal.medal_id))

    return give


@pytest.fixture
def worn(bus):
    async def read(*user_ids):
        found = await bus.ask(medals.read_medals, medals.ReadMedals(user_ids=list(user_ids)))
        return [(one.user_id, one.medals) for one in found]

    return read


async def test_a_medal_is_awarded_once_and_taken_once(person, create, award, worn, announced):
    """Whoever has a medal shows it, in the catalogue's order; doing it again changes nothing."""
    late, early = await create(sort=200), await create("内测用户", sort=1)
    for one in (late, early, late):
        await award(person, one)
    assert await worn(person + 1, person) == [(person + 1, []), (person, [early, late])]
    told = await announced(medals.MedalAwarded, person, 2)
    assert [event.data["medal_id"] for event in told] == [late.medal_id, early.medal_id]

    for _ in range(2):
        await award(person, early, medals.take_medal)
    assert await worn(person) == [(person, [late])]
    assert len(await announced(medals.MedalTaken, person)) == 1


async def test_a_changed_medal_is_changed_for_who_has_it(person, create, award, worn, administer):
    """Other words reach everybody who has it; what is not given stays."""
    medal = await create(description="for the first", picture="https://m.example.com/1.png")
    await award(person, medal)
    ask = medals.ChangeMedal(medal_id=medal.medal_id, name="veteran", sort=7)
    changed = await administer(medals.change_medal, ask)
    assert changed == medals.Medal(
        medal_id=medal.medal_id,
        name="veteran",
        sort=7,
        description="for the first",
        picture="https://m.example.com/1.png",
    )
    assert await worn(person) == [(person, [changed])]


async def test_a_deleted_medal_is_gone_for_everybody(person, create, award, worn, administer, bus):
    """It leaves the catalogue and whoever has it, and cannot be awarded any more."""
    medal = await create()
    await award(person, medal)
    await administer(medals.delete_medal, medals.MedalById(medal_id=medal.medal_id))
    assert await worn(person) == [(person, [])]
    assert medal not in await bus.ask(medals.list_medals, medals.All())
    for call in (medals.award_medal, medals.take_medal):
        with pytest.raises(medals.NoSuchMedal):
            await award(person, medal, call)
    with pytest.raises(medals.NoSuchMedal):
        await administer(medals.change_medal, medals.ChangeMedal(medal_id=medal.medal_id, sort=1))


async def test_a_deletion_that_stopped_halfway_can_be_asked_for_again(
    person, create, award, js, mongo, monkeypatch
):
    """Who still had the medal then has it no more, nor does it take any of their room."""
    medal = await create()
    await award(person, medal)
    db = mongo("userhub_profile")
    outbox = Outbox(db, js, "profile")
    handlers = MedalHandlers(db, outbox, People(db, ProfileStore(db)))
    ask = medals.MedalById(medal_id=medal.medal_id)
    with monkeypatch.context() as patched:

        async def stop(self, medal_id):
            raise errors.Unavailable(part="mongo")

        patched.setattr(MedalStore, "strip", stop)
        with pytest.raises(errors.Unavailable):
            await handlers.delete(ask)

    await handlers.delete(ask)

    assert not await db["medals_worn"].find_one({"medals.id": medal.medal_id})
    assert not await db["medals"].find_one({"_id": medal.medal_id})


async def test_a_person_has_room_for_so_many(person, create, award, worn, mongo):
    """The hundredth medal is the last, also of two at once."""
    first, second = await create(), await create()
    docs = mongo("userhub_profile")["medals_worn"]
    others = [{"id": -number} for number in range(1, medals.MEDALS_MOST)]
    await docs.insert_one({"_id": person, "medals": others})
    done = await asyncio.gather(award(person, first), award(person, second), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "TooManyMedals"]
    assert len((await worn(person))[0][1]) == 1


async def test_the_catalogue_has_room_for_so_many(create, mongo):
    """With all numbers of the catalogue in use no medal is added."""
    counters = mongo("userhub_profile")["counters"]
    await create()
    before = await counters.find_one_and_update(
        {"_id": "medals"}, {"$set": {"present": medals.CATALOGUE_MOST}}
    )
    try:
        with pytest.raises(medals.TooManyMedals):
            await create()
    finally:
        await counters.update_one({"_id": "medals"}, {"$set": {"present": before["present"]}})


async def test_medals_are_for_people_who_exist(person, user_id, create, award, worn, tell):
    """Nobody else is awarded one, and who left has none."""
    medal = await create()
    with pytest.raises(medals.NoSuchWearer):
        await award(user_id + 1, medal)
    await award(person, medal)
    await tell(deletion.UserDeleting(user_id=person))
    assert await worn(person) == [(person, [])]
    with pytest.raises(medals.NoSuchWearer):
        await award(person, medal)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": " "}, errors.UnusableText),
        ({"name": "two\nlines"}, errors.UnusableText),
        ({"description": "\x00"}, errors.UnusableText),
        ({"picture": "ftp://x"}, profile.UnusablePictureUrl),
    ],
)
async def test_what_cannot_be_shown_is_refused(create, fields, refusal):
    """Names are lines with something in them, pictures are addresses."""
    with pytest.raises(refusal):
        await create(**fields)


async def test_only_administrators_keep_medals(person, administer):
    """Who may only look is refused."""
    for call, ask in (
        (medals.create_medal, medals.NewMedal(name="x")),
        (medals.change_medal, medals.ChangeMedal(medal_id=1)),
        (medals.delete_medal, medals.MedalById(medal_id=1)),
        (medals.award_medal, medals.Award(user_id=person, medal_id=1)),
        (medals.take_medal, medals.Award(user_id=person, medal_id=1)),
    ):
        with pytest.raises(errors.NotAllowed):
            await administer(call, ask, Role.AUDITOR)
