"""People whom administrators recommend."""

import asyncio

import pytest

from shared import errors
from shared.contracts import accounts, deletion, profile, recommendations
from shared.contracts.accounts import Role
from shared.contracts.recommendations import Recommend


@pytest.fixture
def shown(bus):
    """Who of these people is recommended, in the order of the list."""

    async def ask(people):
        page = recommendations.ListRecommended(limit=recommendations.LONGEST_PAGE)
        found = await bus.ask(recommendations.list_recommended, page)
        return [one.user_id for one in found if one.user_id in people]

    return ask


async def test_the_newest_recommendation_comes_first(newcomers, administer, shown, tell):
    """Again changes nothing; who is locked out or leaves is not shown."""
    people = await newcomers(3)
    for one in (*people, people[0]):
        await administer(recommendations.recommend, Recommend(user_id=one))
    assert await shown(people) == people[::-1]

    await tell(accounts.UserDisabled(user_id=people[1]))
    await tell(deletion.UserDeleting(user_id=people[2]))
    assert await shown(people) == [people[0]]
    for _ in range(2):
        await administer(recommendations.unrecommend, Recommend(user_id=people[0]))
    assert await shown(people) == []


async def test_only_administrators_recommend_only_who_is_there(person, administer, user_id):
    """Others are refused, and so is somebody whom there is not."""
    with pytest.raises(errors.NotAllowed):
        await administer(recommendations.recommend, Recommend(user_id=person), role=Role.AUDITOR)
    with pytest.raises(profile.NoSuchProfile):
        await administer(recommendations.recommend, Recommend(user_id=user_id + 2**34))


async def test_so_many_are_recommended(newcomers, administer, mongo):
    """Of several at once the last place takes one; a place that is given up is free again."""
    counts = mongo("userhub_profile")["recommendation_count"]
    people = await newcomers(3)
    await administer(recommendations.recommend, Recommend(user_id=people[0]))
    free = recommendations.MOST_RECOMMENDED - (await counts.find_one({"_id": "count"}))["people"]
    await counts.update_one({"_id": "count"}, {"$inc": {"people": free - 1}})
    try:
        results = await asyncio.gather(
            *(administer(recommendations.recommend, Recommend(user_id=one)) for one in people[1:]),
            return_exceptions=True,
        )
        kinds = sorted(type(result).__name__ for result in results)
        assert kinds == ["NoneType", "TooManyRecommended"]
    finally:
        await counts.update_one({"_id": "count"}, {"$inc": {"people": 1 - free}})
    for one in people:
        await administer(recommendations.unrecommend, Recommend(user_id=one))
    await administer(recommendations.recommend, Recommend(user_id=people[2]))
