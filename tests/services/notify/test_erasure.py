"""Erasure: when a person leaves, nothing of theirs stays with notify, and nothing comes back."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from services.notify.im.store import MongoImTokens
from services.notify.push_devices.store import MongoPushDevices
from shared.contracts import deletion, notify
from shared.contracts.notify import Channel
from shared.contracts.push_devices import RegisterPushDevice
from shared.mongo import Mongo
from tests.announcing import announce
from tests.services.notify.conftest import OPERATOR, dead_letters_of, gone, new_send, publish

OpenDatabase = Callable[[str], Mongo]


@pytest.fixture
def leaves(js, told, eventually):
    """Let a person leave, and wait until notify has told that nothing of them is left."""

    async def leave(user_id):
        await announce(js, deletion.UserDeleting(user_id=user_id))
        await eventually(lambda: told(user_id))

    return leave


@pytest.fixture
def told(mongo):
    """Count how often it was published that nothing of a person is left."""

    async def count(user_id):
        published = {"subject": str(user_id), "published_at": {"$exists": True}}
        return await mongo("userhub_notify")["outbox"].count_documents(published)

    return count


async def register_device(mongo: OpenDatabase, user_id: int) -> None:
    ask = RegisterPushDevice(
        user_id=user_id, device_id="d", registration_id=f"r{user_id}", is_open=True, type=2
    )
    await MongoPushDevices(mongo("userhub_notify")).register(ask)


async def of_person(mongo: OpenDatabase, user_id: int) -> list[int]:
    """Count what notify's database has of a person."""
    stores = (
        ("deliveries", {"user_id": user_id}),
        ("inbox", {"user_id": user_id}),
        ("im_tokens", {"_id": user_id}),
        ("push_devices", {"user_id": user_id}),
    )
    db = mongo("userhub_notify")
    return [await db[collection].count_documents(query) for collection, query in stores]


async def test_everything_of_a_person_goes(js, mongo, user_id, eventually, leaves):
    """Token, inbox, records and dead letters of who leaves are removed, those of others stay."""
    staying = user_id + 10**13
    sends = [new_send(user_id=one) for one in (user_id, user_id, staying)]
    dead = [new_send(user_id=one, channel=Channel.PUSH) for one in (user_id, staying)]
    await publish(js, *sends, *dead)
    tokens = MongoImTokens(mongo("userhub_notify"))
    for one in (user_id, staying):
        await tokens.keep(one, "rongcloud:key", f"im{one}", "token")
        await register_device(mongo, one)
    await eventually(lambda: _has(mongo, user_id, [3, 2, 1, 1]))
    await eventually(lambda: _has(mongo, staying, [2, 1, 1, 1]))
    for letter in dead:
        await eventually(lambda letter=letter: dead_letters_of(js, letter.id))

    await leaves(user_id)

    assert await of_person(mongo, user_id) == [0, 0, 0, 0]
    assert await of_person(mongo, staying) == [2, 1, 1, 1]
    assert await dead_letters_of(js, dead[0].id) == []
    assert len(await dead_letters_of(js, dead[1].id)) == 1


async def test_many_dead_letters_of_others_keep_nobody(js, user_id, leaves):
    """However many messages were given up, such as all by a channel without a provider."""
    letter = msgspec.msgpack.encode(new_send(user_id=user_id + 1))
    try:
        for _ in range(24):
            await asyncio.gather(*(js.publish("dead.notify-sending", letter) for _ in range(500)))
        await leaves(user_id)
    finally:
        await js.purge_stream("DEAD_LETTERS", subject="dead.notify-sending")


async def test_leaving_twice_is_told_once(user_id, leaves, told):
    """A second notice that somebody leaves changes and announces nothing."""
    await leaves(user_id)
    await leaves(user_id)
    await leaves(user_id + 1)

    assert await told(user_id) == 1


async def test_nothing_comes_back(bus, js, mongo, user_id, eventually, leaves):
    """Of who has left nothing is sent, recorded or kept any more."""
    await leaves(user_id)
    send = new_send(user_id=user_id)

    await publish(js, send)
    with pytest.raises(notify.ImRefused):
        await MongoImTokens(mongo("userhub_notify")).keep(user_id, "rongcloud:key", "im", "token")
    await eventually(lambda: gone(js, send.id))

    assert await of_person(mongo, user_id) == [0, 0, 0, 0]
    assert await bus.ask(notify.read_inbox, notify.ReadInbox(to=send.to)) == []
    ask = notify.ReadDeliveries(to=send.to)
    assert await bus.ask(notify.read_deliveries, ask, caller=OPERATOR) == []


async def test_many_messages_to_one_person(js, mongo, user_id, eventually):
    """Messages to one person do not get into each other's way, though each looks for a grave."""
    sends = [new_send(user_id=user_id) for _ in range(64)]

    await publish(js, *sends)

    await eventually(lambda: _has(mongo, user_id, [64, 64, 0, 0]))


async def _has(mongo: OpenDatabase, user_id: int, expected: list[int]) -> bool:
    return await of_person(mongo, user_id) == expected


def test_the_event_has_no_more_than_the_id(user_id):
    """What is announced of who has left is the id alone."""
    assert msgspec.to_builtins(notify.UserErased(user_id=user_id)) == {"user_id": user_id}
