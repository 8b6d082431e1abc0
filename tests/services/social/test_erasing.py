"""Social's part in a person's leaving."""

import uuid

from shared.contracts import deletion, relations
from tests.announcing import announce


async def test_a_leaving_person_is_announced_once(js, mongo, user_id, announced, eventually):
    """Delivered twice, and told twice, a deletion leads to one tombstone and one `UserErased`."""
    db, leaving = mongo("userhub_social"), deletion.UserDeleting(user_id=user_id)
    ids = [uuid.uuid4().hex, uuid.uuid4().hex]
    for event_id, message_id in ((ids[0], "a"), (ids[0], "b"), (ids[1], "c")):
        # Another message id than the event's: the stream is not to drop the second delivery.
        headers = {"Nats-Msg-Id": f"{message_id}-{event_id}"}
        await announce(js, leaving, headers, id=event_id)

    async def all_handled():
        handled = {"_id": {"$in": [f"social:{event_id}" for event_id in ids]}}
        return await db["handled"].count_documents(handled) == 2

    await eventually(all_handled)
    [event] = await announced(relations.UserErased, user_id=user_id)
    assert event.data == {"user_id": user_id}
    assert await db["outbox"].count_documents({"subject": str(user_id)}) == 1
    assert set(await db["erased"].find_one({"_id": user_id})) == {"_id", "at"}


async def test_the_service_can_be_found(bus):
    """Operators see it among the micro services of the bus before it answers any call."""
    reply = await bus.client.request("$SRV.PING.social", b"", timeout=5)

    assert b'"name":"social"' in reply.data.replace(b" ", b"")
