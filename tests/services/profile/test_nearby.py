"""Where people live, who lives nearby, and the numbers of names and avatars."""

import pytest

from services.profile.migrations import MIGRATIONS
from shared.contracts import accounts, deletion, nearby, profile
from shared.contracts.profile import Region
from shared.migrations import Progress
from shared.mongo import DESCENDING
from tests.services.profile.plans import stages


@pytest.fixture
def change(asking):
    """Change a person's profile."""

    async def ask(user_id, **values):
        return await asking(profile.change_profile, user_id, **values)

    return ask


@pytest.fixture
def near(asking):
    """Who is near a person."""

    async def ask(user_id, **page):
        return (await asking(nearby.list_nearby, user_id, **page)).user_ids

    return ask


async def test_a_place_and_a_region_are_one_thing(person, change):
    """Whichever is written, the other follows; what says the same changes nothing."""
    found = await change(person, place="四川省 成都市 成华区")
    assert found.region == Region(province="四川省", city="成都市", district="成华区")

    region = Region(province="北京市", city="北京市", district="东城区", code="110101")
    found = await change(person, region=region)
    assert (found.place, found.region) == ("北京市 东城区", region)
    assert (await change(person, place=found.place)).region == region
    assert (await change(person, region=Region())).place == ""


async def test_the_longest_place_has_parts_that_fit(person, change):
    """Whatever is written as a place is kept, and its parts within their bounds."""
    found = await change(person, place="长" * profile.LONGEST_PLACE)
    assert len(found.region.city) == profile.LONGEST_REGION_PART
    longest = Region(province="a" * 60, city="b" * 60, district="c" * 60)
    assert len((await change(person, region=longest)).place) == 182


async def test_people_of_ones_city(newcomers, change, near, tell):
    """However they write it; without oneself and without who is locked out; newest first."""
    city = f"城{(await newcomers(1))[0]}"
    ann, bob, cid, dan = await newcomers(4)
    await change(ann, place=f"四川省 {city}市")
    await change(bob, region=Region(city=city))
    await change(cid, place=f"{city}市 成华区")
    assert await near(dan) == []

    assert await near(ann) == [cid, bob]
    assert await near(ann, limit=1) == [cid]
    assert await near(ann, offset=1) == [bob]
    assert await near(bob) == [cid, ann]
    await tell(accounts.UserDisabled(user_id=cid))
    assert await near(ann) == [bob]
    await tell(accounts.UserEnabled(user_id=cid))
    assert await near(ann) == [cid, bob]
    await tell(deletion.UserDeleting(user_id=cid))
    assert await near(ann) == [bob]


@pytest.mark.parametrize("before", ["北京城区", "北京市城区", "重庆郊县"])
async def test_a_municipality_that_was_kept_by_another_name(
    newcomers, change, near, grant, mongo, before
):
    """Profiles and incomes of before are of the same city as those that are written now."""
    db, (city, other) = mongo("userhub_profile"), (before[:2], "成都")
    ann, bob, cid = await newcomers(3)
    for one, where in ((ann, before), (bob, city), (cid, other)):
        await change(one, region=Region(city=where))
        await grant(one, 100)
    for name, ids in (("profiles", "_id"), ("points", "_id"), ("points_days", "user_id")):
        kept = await db[name].update_many({ids: ann}, {"$set": {"city": before}})
        assert kept.matched_count == 1
    assert ann not in await near(bob)
    [step] = [one for one in MIGRATIONS if one.id == "0001_municipalities_by_their_names"]

    for _ in range(2):
        await step.run(db, Progress(db, step.id, {}))

    assert ann in await near(bob)
    for one, where in ((ann, city), (cid, other)):
        assert (await db["profiles"].find_one({"_id": one}))["city"] == where
    assert (await db["points"].find_one({"_id": ann}))["city"] == city
    assert (await db["points_days"].find_one({"user_id": ann}))["city"] == city


async def test_a_city_is_found_by_its_index(newcomers, change, mongo):
    """A page of people looks at no more of them than it shows."""
    city = f"城{(await newcomers(1))[0]}"
    for one in await newcomers(4):
        await change(one, place=city)

    wanted = {"city": city, "_id": {"$ne": 1}, "disabled": {"$exists": False}}
    profiles = mongo("userhub_profile")["profiles"]
    plan = await profiles.find(wanted, {"_id": 1}).sort("_id", DESCENDING).limit(3).explain()

    assert plan["executionStats"]["totalDocsExamined"] == 3
    assert "SORT" not in stages(plan)


async def test_a_new_name_has_a_new_number(person, change):
    """Each change of nickname or avatar has a number that nothing had before; else they stay."""
    first = await change(person, bio="x")
    assert (first.name_id, first.avatar_id) == (person, 0)

    second = await change(person, nickname="Eve", avatar="https://example.org/a.png")
    assert len({first.name_id, second.name_id, second.avatar_id, 0}) == 4
    same = await change(person, nickname="Eve", avatar="https://example.org/a.png")
    assert (same.name_id, same.avatar_id) == (second.name_id, second.avatar_id)
    third = await change(person, avatar="https://example.org/b.png")
    assert third.name_id == second.name_id
    assert third.avatar_id > second.avatar_id
    assert (await change(person, avatar="")).avatar_id == 0
