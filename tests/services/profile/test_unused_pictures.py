"""Pictures that were uploaded to be used at once, and are not; and how many a person has."""

import asyncio
from datetime import timedelta

import pytest

from services.profile.pictures.objects import LocalFolder
from services.profile.pictures.store import PictureStore, unused_before
from services.profile.pictures.sweep import remove_unused
from shared.clock import now
from shared.contracts import pictures, profile, verification
from tests.services.profile.images import png
from tests.services.profile.plans import stages


@pytest.fixture
def add(asking):
    """Upload a picture as oneself."""

    async def ask(user_id, **values):
        return (await asking(pictures.add_picture, user_id, content=png(), **values)).key

    return ask


async def test_what_nothing_uses_is_removed_after_a_day(person, add, asking, mongo, suite):
    """An avatar, a cover and a verification use a picture; what was an avatar before is unused."""
    kept = [await add(person)]
    avatar, cover, front, rear, fresh, lost, left = [
        await add(person, unless_unused=True) for _ in range(7)
    ]
    for one in (left, avatar):
        await asking(
            profile.change_profile,
            person,
            avatar=f"https://users.example.com/media/{one}",
            cover=f"https://users.example.com/media/{cover}",
        )
    card = verification.PersonData(real_name="安娜", number="5", front=front, rear=rear)
    given = {"phone_number": "18781993582", "desc": "x", "person": card}
    await asking(verification.submit, person, **given)
    documents = mongo("userhub_profile")["pictures"]
    older = {"$set": {"unused_since": now() - timedelta(hours=25)}}
    unused = {"owner": person, "_id": {"$ne": fresh}, "unused_since": {"$type": "date"}}
    assert (await documents.update_many(unused, older)).modified_count == 2
    folder = LocalFolder(suite.config.home / "media")

    removed = await remove_unused(PictureStore(mongo("userhub_profile")), folder)

    assert removed >= 2
    found = {doc["_id"] async for doc in documents.find({"owner": person})}
    assert found == {*kept, avatar, cover, front, rear, fresh}
    assert await folder.get(lost) is await folder.get(left) is None
    assert await folder.get(avatar)


async def test_nobody_keeps_the_picture_of_another(person, add, newcomers, asking, mongo):
    """Whoever shows it as their own avatar changes nothing about it: its owner alone uses it."""
    documents = mongo("userhub_profile")["pictures"]
    key = await add(person, unless_unused=True)
    before = await documents.find_one({"_id": key})
    [other] = await newcomers(1)

    url = f"https://users.example.com/media/{key}"
    await asking(profile.change_profile, other, avatar=url)

    assert before["unused_since"]
    assert await documents.find_one({"_id": key}) == before


async def test_1000_pictures_are_the_most(person, add, mongo):
    """Of several at once the last place takes one."""
    documents = mongo("userhub_profile")["pictures"]
    most = range(pictures.MOST_PICTURES - 1)
    await documents.insert_many([{"_id": f"{person}-{n}", "owner": person} for n in most])
    try:
        results = await asyncio.gather(*(add(person) for _ in range(3)), return_exceptions=True)
    finally:
        await documents.delete_many({"owner": person})

    kinds = sorted(type(one).__name__ for one in results)
    assert kinds == ["TooManyPictures", "TooManyPictures", "str"]


async def test_unused_pictures_are_found_by_their_index(mongo):
    """The sweep looks at no picture that is used."""
    found = mongo("userhub_profile")["pictures"].find(unused_before(now()))
    plan = await found.sort("unused_since", 1).explain()

    assert stages(plan) == ["FETCH", "IXSCAN unused"]
