"""Processes of notify: several at once, killed ones, and one in production."""

import contextlib
import json
import signal
from collections.abc import AsyncIterator

import msgspec
import pytest

from shared import consumers
from shared.contracts import notify
from shared.contracts.notify import Channel, Outcome, Status
from shared.errors import DeadlinePassed, Unavailable
from tests.services.notify.conftest import SECRET_CODE, Lab, dead_letters_of, new_send, publish

MANY = 100
AFTER_A_KILL = 3 * consumers.ACK_WAIT
"""Seconds in which what a killed process had is given to another one."""


async def test_two_instances_send_each_message_once(lab, eventually):
    """Two processes share the work, and every message is sent by one of them, once."""
    sends = [new_send() for _ in range(MANY)]
    ids = [send.id for send in sends]
    async with lab.running(), lab.running():
        await lab.ask_deliveries(sends[0].to)
        await publish(lab.js, *sends)
        await eventually(lambda: _all_sent(lab, ids))

        assert await lab.mongo["inbox"].count_documents({"_id": {"$in": ids}}) == MANY
        assert (
            await lab.mongo["deliveries"].count_documents(
                {"_id": {"$in": ids}, "tries": 1, "attempts.outcome": Outcome.SENT}
            )
            == MANY
        )
        await eventually(lambda: _nothing_left(lab), seconds=AFTER_A_KILL)


async def test_the_inbox_has_what_was_accepted_before(lab, eventually):
    """Who reads it right after a message was accepted finds it, and need not ask again."""
    async with lab.running():
        first = new_send()
        await publish(lab.js, first)
        await eventually(lambda: _all_sent(lab, [first.id]))
        for _ in range(20):
            send = new_send()
            await publish(lab.js, send)
            [message] = await lab.bus.ask(notify.read_inbox, notify.ReadInbox(to=send.to))
            assert message.code == send.parameters["code"]


async def test_a_killed_process_loses_nothing(lab, eventually):
    """After a kill in the middle of the work everything is sent, once, by those that come after."""
    sends = [new_send() for _ in range(MANY)]
    ids = [send.id for send in sends]
    async with lab.running() as first:
        await lab.ask_deliveries(sends[0].to)
        first.send_signal(signal.SIGSTOP)
        await publish(lab.js, *sends)
        async with held(lab, ids[-1]):
            first.send_signal(signal.SIGCONT)
            await eventually(lambda: lab.mongo["inbox"].count_documents({"_id": {"$in": ids}}))
            first.kill()
            await first.wait()
            before = await lab.mongo["inbox"].count_documents({"_id": {"$in": ids}})
    async with lab.running():
        await eventually(lambda: _all_sent(lab, ids), seconds=AFTER_A_KILL)
        await eventually(lambda: _nothing_left(lab), seconds=AFTER_A_KILL)

    assert 0 < before < MANY
    assert await lab.mongo["inbox"].count_documents({"_id": {"$in": ids}}) == MANY


async def test_production_without_a_provider(lab, eventually):
    """A message fails with a clear reason; once there is a provider its replay sends it once."""
    send = new_send()
    async with lab.running(USERHUB_ENV="production"):
        await lab.ask_deliveries(send.to)
        await publish(lab.js, send)
        [place] = await eventually(lambda: dead_letters_of(lab.js, send.id))
        [failed] = await lab.ask_deliveries(send.to)
        with pytest.raises((Unavailable, DeadlinePassed)):
            await lab.bus.ask(notify.read_inbox, notify.ReadInbox(to=send.to), timeout=0.5)

    assert failed.status is Status.FAILED
    assert failed.error == "no provider for sms is configured"
    assert failed.attempts == 0

    async with lab.running():
        await consumers.replay(lab.js, place)
        await eventually(lambda: _all_sent(lab, [send.id]))
        [message] = await lab.bus.ask(notify.read_inbox, notify.ReadInbox(to=send.to))
        [sent] = await lab.ask_deliveries(send.to)
        await eventually(lambda: _nothing_left(lab), seconds=AFTER_A_KILL)

    assert message.code == send.parameters["code"]
    assert (sent.status, sent.error, sent.attempts) == (Status.SENT, None, 1)
    assert await dead_letters_of(lab.js, send.id) == []


async def test_what_a_dead_process_left_is_removed_at_the_next_start(lab, eventually):
    """A message that was handled but not removed from the stream goes when a process starts."""
    send = new_send()
    async with lab.running():
        await publish(lab.js, send)
        await eventually(lambda: _all_sent(lab, [send.id]))
    await lab.js.publish(notify.WORK, msgspec.msgpack.encode(send))
    subscription = await lab.js.pull_subscribe_bind(durable="notify-sending", stream="NOTIFY")
    [left] = await subscription.fetch(1, timeout=5)
    await left.ack_sync()
    assert (await lab.js.stream_info("NOTIFY")).state.messages == 1

    async with lab.running():
        await eventually(lambda: _nothing_left(lab), seconds=AFTER_A_KILL)


async def test_logs_and_records_hold_no_address_and_no_code(lab, eventually):
    """Neither logs nor delivery records show a full address or a code, whatever becomes of it."""
    words = {"parameters": {"code": SECRET_CODE, "minutes": "5"}}
    sends = [
        new_send(**words),
        new_send(channel=Channel.EMAIL, to="Someone.Known@Example.com", **words),
        new_send(template="no_such_template", **words),
    ]
    async with lab.running(LOG_LEVEL="debug"):
        await publish(lab.js, *sends)
        await eventually(lambda: _nothing_left(lab), seconds=AFTER_A_KILL)
    written = lab.log().read_text()
    kept = json.dumps(await lab.mongo["deliveries"].find().to_list(None), default=str)

    assert "consumer.gave_up" in written
    for send in sends:
        for secret in (send.to, send.to.lower(), SECRET_CODE):
            assert secret not in written
            assert secret not in kept


@contextlib.asynccontextmanager
async def held(lab: Lab, message_id: str) -> AsyncIterator[None]:
    """Keep a message from being sent: a transaction is under way that writes its record."""
    async with lab.mongo.client.start_session() as session:
        await session.start_transaction()
        await lab.mongo["deliveries"].insert_one({"_id": message_id}, session=session)
        yield
        await session.abort_transaction()


async def _all_sent(lab: Lab, ids: list[str]) -> bool:
    query = {"_id": {"$in": ids}, "status": Status.SENT}
    return await lab.mongo["deliveries"].count_documents(query) == len(ids)


async def _nothing_left(lab: Lab) -> bool:
    return (await lab.js.stream_info("NOTIFY")).state.messages == 0
