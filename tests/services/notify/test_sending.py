"""Sending through the running service: from the stream into the inbox, once, and on record."""

import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from services.notify.inbox import store as inbox_store
from services.notify.sending import store as sending_store
from shared.contracts import notify
from shared.contracts.notify import Channel, Outcome, Status
from tests.services.notify.conftest import (
    OPERATOR,
    SECRET_CODE,
    dead_letters_of,
    gone,
    new_send,
    publish,
)


@pytest.fixture
def deliveries(bus):
    """What became of messages to an address."""

    async def ask(to):
        return await bus.ask(notify.read_deliveries, notify.ReadDeliveries(to=to), caller=OPERATOR)

    return ask


@pytest.fixture
def inbox(bus):
    """The messages to an address."""

    async def ask(to):
        return await bus.ask(notify.read_inbox, notify.ReadInbox(to=to))

    return ask


@pytest.fixture
def finished(deliveries, eventually):
    """Wait until so many messages to an address are finished, and give their deliveries."""

    async def wait(to, count=1):
        async def look():
            rows = await deliveries(to)
            ended = [row for row in rows if row.status not in (Status.WAITING, Status.SENDING)]
            return rows if len(ended) >= count else None

        return await eventually(look)

    return wait


@pytest.mark.parametrize(
    ("locale", "words"),
    [("zh-CN", "您的验证码是 {}"), ("en", "verification code is {}"), ("fr", "您的验证码是 {}")],
)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
async def test_a_code_arrives(js, inbox, finished, channel, locale, words):
    """A message arrives with its code and its text in the language asked for."""
    to = new_send().to if channel is Channel.SMS else f"{uuid.uuid4().hex}@example.com"
    send = new_send(channel=channel, to=to, locale=locale)
    code = send.parameters["code"]

    await publish(js, send)
    [delivery] = await finished(to)
    [message] = await inbox(to)

    assert delivery.status is Status.SENT
    assert (message.channel, message.to, message.template) == (channel, to, "verification_code")
    assert message.code == code
    assert words.format(code) in message.body
    assert "5" in message.body
    assert abs(datetime.now(UTC) - message.sent_at) < timedelta(minutes=1)


async def test_the_same_id_twice(js, inbox, finished, eventually):
    """A second message of an id is the first one again, even with another text."""
    send = new_send()
    again = msgspec.structs.replace(send, parameters={"code": "000000", "minutes": "1"})

    await publish(js, send, send, again)
    await publish(js, last := new_send(to=send.to))
    await finished(send.to, 2)
    await eventually(lambda: gone(js, send.id))

    assert {message.code for message in await inbox(send.to)} == {
        send.parameters["code"],
        last.parameters["code"],
    }
    assert [row.attempts for row in await finished(send.to, 2)] == [1, 1]


async def test_an_expired_message_is_not_sent(js, inbox, finished, eventually):
    """What has expired is recorded as such, not sent, and no dead letter."""
    send = new_send(expires_at=datetime.now(UTC))

    await publish(js, send)
    [delivery] = await finished(send.to)
    await eventually(lambda: gone(js, send.id))

    assert (delivery.status, delivery.attempts, delivery.error) == (Status.EXPIRED, 0, None)
    assert await inbox(send.to) == []
    assert await dead_letters_of(js, send.id) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"template": "no_such"}, "there is no template no_such"),
        ({"parameters": {"code": "1"}}, "template verification_code lacks parameter minutes"),
        ({"channel": Channel.PUSH}, "template verification_code has no form for push"),
    ],
)
async def test_what_cannot_be_rendered(js, inbox, finished, eventually, fields, reason):
    """A message without a text fails at once, says why, and becomes a dead letter."""
    send = new_send(**fields)

    await publish(js, send)
    await eventually(lambda: dead_letters_of(js, send.id))
    [delivery] = await finished(send.to)
    await eventually(lambda: gone(js, send.id))

    assert (delivery.status, delivery.error) == (Status.FAILED, reason)
    assert await inbox(send.to) == []
    assert len(await dead_letters_of(js, send.id)) == 1


@pytest.mark.parametrize(
    "form", [b"%b", b"\x82\xa2id\xa1\xff\xa4mark\xd9\x20%b"], ids=["no msgpack", "no UTF-8"]
)
async def test_a_malformed_body(js, eventually, form):
    """What is not a message becomes a dead letter at once, and does not hold up the next."""
    mark = uuid.uuid4().hex

    await js.publish(notify.WORK, form % mark.encode())
    [place] = await eventually(lambda: dead_letters_of(js, mark))
    letter = await js.get_msg("DEAD_LETTERS", place)

    assert letter.data == form % mark.encode()
    assert letter.headers["Userhub-Error"] == "Hopeless"
    assert letter.headers["Userhub-Subject"] == notify.WORK
    await eventually(lambda: gone(js, mark))


async def test_the_record_of_a_delivery(js, mongo, finished):
    """A record shows what was tried and a masked address, and holds no address, text or code."""
    send = new_send(parameters={"code": SECRET_CODE, "minutes": "5"})

    await publish(js, send)
    [delivery] = await finished(send.to)
    document = await mongo("userhub_notify")["deliveries"].find_one({"_id": send.id})

    assert delivery.to_masked == f"{send.to[:5]}*****{send.to[-3:]}"
    assert (delivery.id, delivery.attempts, delivery.provider) == (send.id, 1, "inbox")
    [attempt] = delivery.history
    assert (attempt.provider, attempt.outcome, attempt.error) == ("inbox", Outcome.SENT, None)
    assert delivery.created_at <= attempt.at <= delivery.updated_at
    assert send.to not in str(document)
    assert send.to[1:] not in str(document)
    assert SECRET_CODE not in str(document)


async def test_a_mailbox_is_found_by_any_spelling(js, inbox, finished):
    """Messages to a mailbox are found however its address is written."""
    name = uuid.uuid4().hex
    send = new_send(channel=Channel.EMAIL, to=f"Ann.{name}@Example.com")

    await publish(js, send)

    assert len(await finished(f"ann.{name}@EXAMPLE.com")) == 1
    [message] = await inbox(f"ann.{name}@example.com")
    assert message.to == send.to
    assert message.body.startswith("您的验证码\n\n您好：")


async def test_lists_are_bounded_and_newest_first(js, mongo, inbox, deliveries, eventually):
    """The inbox gives the last 50 and the records the last 100, each newest first."""
    first = new_send()
    sends = [first] + [new_send(to=first.to) for _ in range(sending_store.PAGE)]
    kept = mongo("userhub_notify")["deliveries"]

    async def sent(count: int) -> bool:
        ids = [send.id for send in sends[:count]]
        done = await kept.count_documents({"_id": {"$in": ids}, "status": Status.SENT})
        return bool(done == count)

    for upto in (1, inbox_store.PAGE, inbox_store.PAGE + 1, sending_store.PAGE, len(sends)):
        done = len(await deliveries(first.to))
        await publish(js, *sends[done:upto])
        await eventually(lambda upto=upto: sent(upto))
        assert len(await inbox(first.to)) == min(upto, inbox_store.PAGE)
        assert len(await deliveries(first.to)) == min(upto, sending_store.PAGE)
    times = [message.sent_at for message in await inbox(first.to)]
    rows = await deliveries(first.to)

    assert times == sorted(times, reverse=True)
    assert [row.created_at for row in rows] == sorted(
        (row.created_at for row in rows), reverse=True
    )
    assert first.id not in {row.id for row in rows}


async def test_an_unknown_address(inbox, deliveries):
    """Nothing is found for an address that nothing was sent to."""
    assert await inbox(new_send().to) == []
    assert await deliveries(new_send().to) == []
