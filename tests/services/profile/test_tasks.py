"""Tasks that bring points: the raffle, first nickname, first avatar."""

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest

from services.profile import days
from services.profile.tasks import rules
from shared.contracts import deletion, profile, tasks
from shared.contracts.points import Cause

pytestmark = pytest.mark.usefixtures("one_day")


@pytest.fixture
def draw(bus, acting):
    async def ask(user_id):
        with acting(user_id):
            return await bus.ask(tasks.draw, tasks.Doer(user_id=user_id))

    return ask


@pytest.fixture
def read(bus, acting):
    async def ask(user_id):
        with acting(user_id):
            return await bus.ask(tasks.read_tasks, tasks.Doer(user_id=user_id))

    return ask


@pytest.fixture
def change(bus, acting):
    async def ask(user_id, **fields):
        with acting(user_id):
            ask = profile.ChangeProfile(user_id=user_id, **fields)
            await bus.ask(profile.change_profile, ask)

    return ask


async def test_a_day_has_so_many_draws(person, draw, read, entries, balance):
    """However many are tried at once, only a day's draws succeed, and each prize is paid."""
    tries = tasks.RAFFLES_A_DAY + 3
    done = await asyncio.gather(*(draw(person) for _ in range(tries)), return_exceptions=True)

    prizes = [one for one in done if isinstance(one, tasks.Prize)]
    refused = [one for one in done if isinstance(one, tasks.NoDrawLeft)]
    assert (len(prizes), len(refused)) == (tasks.RAFFLES_A_DAY, 3)
    assert {one.raffles for one in prizes} == set(range(1, tasks.RAFFLES_A_DAY + 1))
    assert all(0 < (one.retry_after or 0) <= 86_401 for one in refused)
    assert await balance(person) == sum(one.points for one in prizes)
    assert {one.cause for one in await entries(person)} == {Cause.RAFFLE}
    found = await read(person)
    assert (found.raffles, found.raffles_left) == (tasks.RAFFLES_A_DAY, 0)


async def test_tomorrow_has_new_draws(person, draw, read, mongo):
    """The draws of another day do not count."""
    yesterday = days.today() - 1
    all_drawn = {"day": yesterday, "raffles": tasks.RAFFLES_A_DAY}
    edits = {"nickname_edits": 0, "avatar_edits": 0}
    await mongo("userhub_profile")["tasks"].insert_one({"_id": person} | all_drawn | edits)
    assert (await read(person)).raffles_left == tasks.RAFFLES_A_DAY
    assert (await draw(person)).raffles == 1


async def test_the_first_nickname_and_avatar_pay_once(
    person, change, read, entries, eventually, tell
):
    """Changes of the profile pay by themselves: the first of each kind, and no other ever."""
    await change(person, nickname="Anna", avatar="https://pictures.example.com/a.png")

    async def paid():
        found = await read(person)
        return found.nickname_edits and found.avatar_edits

    await eventually(paid)
    again = profile.ProfileChanged(
        user_id=person, changed=["nickname", "avatar"], nickname="x", avatar="https://x.example/y"
    )
    await tell(again, times=2)
    causes = Counter(one.cause for one in await entries(person))
    assert causes == {Cause.FIRST_NICKNAME: 1, Cause.FIRST_AVATAR: 1}


async def test_what_is_no_first_edit_pays_nothing(person, tell, read, user_id):
    """Taking the avatar away is none, nor is a bio, nor a change of somebody who left."""
    for changed in (["avatar"], ["bio"]):
        await tell(profile.ProfileChanged(user_id=person, changed=changed, nickname="x", avatar=""))
    await tell(
        profile.ProfileChanged(user_id=user_id + 1, changed=["nickname"], nickname="x", avatar="")
    )
    for one in (person, user_id + 1):
        assert await read(one) == tasks.Tasks(user_id=one)


async def test_adverts_that_were_paid_today_count(person, grant, read, mongo):
    """What is booked for watching is counted for its day, from an index."""
    for _ in range(3):
        await grant(person, 10, cause=Cause.ADVERT)
    await grant(person, 10)
    docs = mongo("userhub_profile")["points_entries"]
    yesterday = days.start_of(days.today()) - timedelta(seconds=1)
    await docs.update_one({"user_id": person, "number": 1}, {"$set": {"at": yesterday}})
    assert (await read(person)).adverts_watched == 2
    query = {"user_id": person, "cause": "advert", "at": {"$gte": yesterday}}
    assert "adverts_watched" in str((await docs.find(query).explain())["queryPlanner"])


async def test_tasks_leave_with_their_owner(person, draw, tell, read):
    """Who left has done nothing."""
    await draw(person)
    await tell(deletion.UserDeleting(user_id=person))
    assert await read(person) == tasks.Tasks(user_id=person)


def test_every_prize_can_be_won():
    """A thousand draws bring each prize, the small ones more often; the shares are percents."""
    chance = random.Random(1)
    won = Counter(rules.prize(chance) for _ in range(1000))
    assert set(won) == set(rules.PRIZES)
    assert [one for one, _ in won.most_common()] == sorted(rules.PRIZES)
    assert sum(rules.PRIZES.values()) == 100
    assert rules.prize() in rules.PRIZES


def test_a_refused_draw_says_when_there_are_new_ones():
    """The wait ends after midnight of UTC+8."""
    today = days.today()
    used = rules.State(user_id=1, day=today, raffles=tasks.RAFFLES_A_DAY)
    with pytest.raises(tasks.NoDrawLeft) as refusal:
        rules.draw(used, today)
    assert refusal.value.retry_after is not None
    assert rules.draw(used, today + 1).raffles == 1
