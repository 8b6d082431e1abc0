"""How often and in which order instant messaging is told, whatever fails meanwhile."""

import uuid

import httpx
import pytest

from services.notify.im.notices import clouds, consumer, rules, store
from services.notify.im.notices.clouds import ImFailed, RongCloudNotices
from services.notify.im.notices.rules import Notice
from services.notify.im.rongcloud import RONGCLOUD_SECONDS, RongCloudApi
from shared import consumers
from shared.consumers import Later
from shared.contracts import friendships, groups
from shared.errors import Unavailable
from tests.services.notify.cloud import APP_KEY, APP_SECRET, SETTINGS
from tests.services.notify.conftest import dead_letters_of
from tests.services.notify.telling import (
    CREATE,
    ERROR,
    GROUP,
    IDS,
    JOIN,
    PAUSES,
    QUIT,
    SYSTEM,
    Telling,
    announce,
    new_id,
    paths,
    taken,
)

TOO_MUCH = (429, b'{"code":1008}')


async def test_a_kick_is_told_once_though_the_rest_fails(
    telling, cloud, js, eventually, tom_ann_bob
):
    """What was done of an event is not done again when the rest of it is tried again."""
    tom, ann, _ = tom_ann_bob
    cloud.next_answers[QUIT] = [ERROR] * 3
    kicked = groups.MembersKicked(user_id=tom, group_id=new_id(), member_ids=[ann])
    event_id = await announce(js, kicked)

    await taken(cloud, eventually, 2)
    assert paths(cloud) == [GROUP, QUIT]
    assert [path for path, *_ in cloud.asked] == [GROUP, *[QUIT] * 4]
    await eventually(lambda: _is_done(telling, event_id, 2))


async def _is_done(telling: Telling, event_id: str, steps: int) -> bool:
    done = len(await telling.notices.done(event_id)) == steps
    return done and await telling.notices._lanes.find_one({}) is None


async def test_the_same_event_again(telling, cloud, js, eventually, tom_ann_bob):
    """An event that is in the stream twice is told once."""
    tom, ann, _ = tom_ann_bob
    invited = friendships.FriendInvited(user_id=tom, target_id=ann, message="")
    event_id = await announce(js, invited)
    await announce(js, invited, event_id)
    await announce(js, friendships.FriendsMade(user_id=ann, target_id=tom, agreed=True))

    told = await taken(cloud, eventually, 2)
    assert [form["content"]["operation"] for _, form in told] == ["Request", "AcceptResponse"]
    assert len(cloud.asked) == 2


async def test_a_replay_for_others(telling, cloud, js, eventually, tom_ann_bob):
    """An event that is replayed for another consumer is not told, and keeps nobody waiting."""
    tom, ann, _ = tom_ann_bob
    headers = {consumers.REPLAY_FOR: "another"}
    await announce(
        js, friendships.FriendInvited(user_id=tom, target_id=ann, message=""), headers=headers
    )
    await announce(js, friendships.FriendsMade(user_id=ann, target_id=tom, agreed=True))

    [(_, form)] = await taken(cloud, eventually, 1)
    assert form["content"]["operation"] == "AcceptResponse"


async def test_a_slow_provider(telling, cloud, js, eventually, tom_ann_bob):
    """Who does not answer within two seconds is asked again, until it does."""
    tom, ann, _ = tom_ann_bob
    cloud.next_slow = [RONGCLOUD_SECONDS + 0.5]
    event_id = await announce(js, friendships.FriendInvited(user_id=tom, target_id=ann, message=""))

    await eventually(lambda: _is_done(telling, event_id, 1))
    assert len(cloud.asked) == 2


async def test_events_of_a_group_stay_in_order(
    telling, cloud, js, eventually, tom_ann_bob, monkeypatch
):
    """While an event of a group fails those after it wait; other groups do not."""
    tom, ann, bob = tom_ann_bob
    group_id, other_id = new_id(), new_id()
    monkeypatch.setattr(clouds, "SLOW_DOWN", (0.01, 0.02))
    cloud.next_answers[QUIT] = [ERROR, *[TOO_MUCH] * 10_000]
    of = {"user_id": tom, "group_id": group_id}
    await announce(js, groups.MembersKicked(**of, member_ids=[ann]))
    await announce(js, groups.GroupJoined(**of, name="we", member_ids=[ann]))
    # From another person: events of one group need not come from one.
    await announce(
        js, groups.GroupJoined(user_id=bob, group_id=group_id, name="we", member_ids=[bob])
    )
    await announce(js, groups.GroupDismissed(user_id=tom, group_id=other_id, member_ids=[tom]))

    await taken(cloud, eventually, 3)
    cloud.next_answers[QUIT] = []
    told = await taken(cloud, eventually, 8)
    mine = [path for path, form in told if IDS.encode(group_id) in form.values()]
    assert mine == [GROUP, QUIT, JOIN, GROUP, JOIN, GROUP]
    assert [form["userId"] for path, form in told if path == JOIN] == [
        [IDS.encode(ann)],
        [IDS.encode(bob)],
    ]
    others = [
        place for place, (_, form) in enumerate(told) if IDS.encode(other_id) in form.values()
    ]
    assert max(others) < paths(cloud).index(QUIT)


async def test_what_is_given_up(telling, cloud, js, eventually, tom_ann_bob):
    """After the last try an event is a dead letter; its lane goes on, and a replay is told."""
    tom, ann, _ = tom_ann_bob
    cloud.next_answers[SYSTEM] = [ERROR] * (len(PAUSES) + 1)
    first = await announce(
        js, friendships.FriendInvited(user_id=tom, target_id=ann, message="first")
    )
    await announce(js, friendships.FriendInvited(user_id=tom, target_id=ann, message="second"))

    [(_, form)] = await taken(cloud, eventually, 1)
    assert form["content"]["message"] == "second"
    [place] = await eventually(lambda: dead_letters_of(js, first))
    letter = await js.get_msg("DEAD_LETTERS", place)
    assert letter.headers
    assert letter.headers["Userhub-Consumer"] == telling.durable
    assert letter.headers["Userhub-Error"] == "ImFailed"

    cloud.next_answers[SYSTEM] = [ERROR] * len(PAUSES)
    await consumers.replay(js, place)
    told = await taken(cloud, eventually, 2)
    assert told[1][1]["content"]["message"] == "first"


async def test_nothing_is_given_up_while_nobody_knows_the_names(
    telling, cloud, js, bus, eventually, tom_ann_bob, monkeypatch
):
    """Events wait, in their order, for as long as the profile service cannot be asked."""
    tom, ann, _ = tom_ann_bob
    left = iter(range(3 * len(PAUSES)))

    class Away:
        async def ask(self, *arguments, **options):
            if next(left, None) is not None:
                raise Unavailable(subject="profile.profiles.read")
            return await bus.ask(*arguments, **options)

    monkeypatch.setattr(telling.consumer.handle.__self__, "_bus", Away())
    ids = [
        await announce(js, friendships.FriendInvited(user_id=tom, target_id=ann, message=message))
        for message in ("first", "second")
    ]
    told = await taken(cloud, eventually, 2)
    assert [form["content"]["message"] for _, form in told] == ["first", "second"]
    assert [await dead_letters_of(js, one) for one in ids] == [[], []]


@pytest.mark.parametrize("answer", [TOO_MUCH, (200, b'{"code":1008}'), (429, b"")])
async def test_too_much_at_once_is_no_failure(
    telling, cloud, js, eventually, tom_ann_bob, answer, monkeypatch
):
    """However often the provider says "slow down", the event is told in the end."""
    monkeypatch.setattr(clouds, "SLOW_DOWN", (0.01, 0.02))
    tom, ann, _ = tom_ann_bob
    cloud.next_answers[SYSTEM] = [answer] * (2 * len(PAUSES))
    event_id = await announce(js, friendships.FriendInvited(user_id=tom, target_id=ann, message=""))

    await taken(cloud, eventually, 1)
    await eventually(lambda: _is_done(telling, event_id, 1))
    assert await dead_letters_of(js, event_id) == []


@pytest.mark.parametrize(
    "answer",
    [
        (500, b'{"code":200}'),
        (200, b'{"code":1002,"errorMessage":"secret words"}'),
        (200, b"secret words"),
        (200, b""),
        (200, b"[" * 100_000),
        (302, b'{"code":200}'),
    ],
)
async def test_any_other_answer_is_a_failure(cloud, answer):
    """What does not say that it was taken was not, and is told in words of our own."""
    cloud.answer = answer
    async with httpx.AsyncClient(trust_env=False) as client:
        notices = RongCloudNotices(RongCloudApi(client, cloud.url, APP_KEY, APP_SECRET))
        with pytest.raises(ImFailed) as failed:
            await notices.take(Notice("1", rules.CONTACT, "a", "b", "{}"))
    assert "secret" not in str(failed.value)


async def test_a_wrong_secret_is_a_failure(cloud):
    """A request that is not signed right is not taken."""
    async with httpx.AsyncClient(trust_env=False) as client:
        notices = RongCloudNotices(RongCloudApi(client, cloud.url, APP_KEY, "wrong"))
        with pytest.raises(ImFailed, match="status 401, code 1004"):
            await notices.take(Notice("1", rules.CONTACT, "a", "b", "{}"))
    assert cloud.taken == []


async def test_what_is_no_event_of_ours(telling, cloud, js, eventually, tom_ann_bob):
    """What cannot be read goes to the dead letters, and keeps nobody waiting."""
    tom, ann, _ = tom_ann_bob
    word = uuid.uuid4().hex
    await js.publish(f"events.{friendships.FriendInvited.fact}", f"[{word}".encode())
    await announce(js, friendships.FriendInvited(user_id=tom, target_id=ann, message=""))

    await taken(cloud, eventually, 1)
    await eventually(lambda: dead_letters_of(js, word))


async def test_turns(mongo):
    """The earliest of a lane has its turn, until it leaves; an empty lane is gone."""
    database = mongo("userhub_test_im_notices")
    notices, lane = store.MongoNotices(database), f"group:{new_id()}"
    await notices.arrive({lane: [8, 6]})
    await notices.arrive({lane: [7, 6]})

    assert await notices.turn(lane, 6) == 0
    assert await notices.turn(lane, 7) == store.TURN.total_seconds()
    await notices.wait(lane, 300)
    assert 240 < await notices.turn(lane, 7) <= 300
    await notices.leave(lane, 6)
    assert await notices.turn(lane, 7) == 0
    assert await notices.turn(lane, 8) == store.TURN.total_seconds()
    await notices.leave(lane, 7)
    await notices.leave(lane, 8)
    assert await notices.turn(lane, 9) == 0
    assert await database["im_lanes"].find_one({"_id": lane}) is None


async def test_slow_down_is_spread(cloud):
    """Those who were too many come back at different times."""
    cloud.answer = TOO_MUCH
    async with httpx.AsyncClient(trust_env=False) as client:
        notices = RongCloudNotices(RongCloudApi(client, cloud.url, APP_KEY, APP_SECRET))
        waits = set()
        for _ in range(5):
            with pytest.raises(Later) as later:
                await notices.take(Notice("1", rules.CONTACT, "a", "b", "{}"))
            waits.add(later.value.seconds)
    assert len(waits) > 1
    assert all(clouds.SLOW_DOWN[0] <= wait <= clouds.SLOW_DOWN[1] for wait in waits)


async def test_two_processes(lab, cloud, eventually):
    """Two processes share the work, one is killed: of every event all is done, in its order.

    What was being handed over at the kill may be told again; with profile down, all waits.
    """
    made = [(new_id(), new_id()) for _ in range(40)]
    settings = SETTINGS | {"RONGCLOUD_URL": cloud.url}
    async with lab.running(**settings) as first, lab.running(**settings):
        await lab.ask_deliveries("+8613912345678")
        for group_id, tom in made[:20]:
            await announce(lab.js, _created(group_id, tom))
            await announce(lab.js, groups.GroupLeft(user_id=tom, group_id=group_id))
        async with lab.running_profile():
            await taken(cloud, eventually, 80, seconds=40)
            assert len(cloud.asked) == 80
            for group_id, tom in made[20:]:
                await announce(lab.js, _created(group_id, tom))
                await announce(lab.js, groups.GroupLeft(user_id=tom, group_id=group_id))
            await taken(cloud, eventually, 100)
            first.kill()
            await eventually(lambda: _all_told(lab), seconds=2 * consumers.ACK_WAIT)

    for group_id, _ in made:
        group = IDS.encode(group_id)
        mine = [path for path, form in cloud.taken if [group] in form.values()]
        assert list(dict.fromkeys(mine)) == [CREATE, GROUP, QUIT]
        assert mine.count(GROUP) >= 2
    assert len(cloud.taken) <= 160 + 2 * consumers.BATCH


def _created(group_id: int, tom: int) -> groups.GroupCreated:
    return groups.GroupCreated(user_id=tom, group_id=group_id, name="we", member_ids=[tom])


async def _all_told(lab) -> bool:
    info = await lab.js.consumer_info("EVENTS", consumer.DURABLE)
    waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
    return waiting == 0 and await lab.mongo["im_lanes"].count_documents({}) == 0


async def test_production_without_a_provider(lab, eventually):
    """In production a notice that nobody takes is dropped, and kept nowhere."""
    tom = new_id()
    async with lab.running_profile(), lab.running(USERHUB_ENV="production"):
        await lab.ask_deliveries("+8613912345678")
        invited = friendships.FriendInvited(user_id=tom, target_id=new_id(), message="psst")
        event_id = await announce(lab.js, invited)
        await eventually(lambda: lab.mongo["im_notices"].find_one({"_id": event_id}), seconds=30)
        await eventually(lambda: _all_told(lab), seconds=30)

    assert await lab.mongo["inbox"].find_one({"_id": event_id}) is None
    assert "psst" not in lab.log().read_text()
