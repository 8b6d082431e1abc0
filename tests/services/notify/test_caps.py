"""What a reader gets at most, and what providers say became of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.notify.sending import caps, reports
from services.notify.sending.channels import Message, Provider, Stopped, TryLater
from services.notify.sending.rules import compose
from services.notify.sending.store import MongoDeliveries, pushes_to
from services.notify.templates.catalogue import Catalogue
from shared.contracts.notify import Attempt, Channel, Delivery, Outcome, Send, Status
from shared.settings import Key
from tests.services.notify.conftest import new_send

NOW = datetime.now(UTC)
NOTICE = {"template": "password_changed", "parameters": {"username": "tom", "time": "12:00"}}


class Nobody:
    """A channel that has nobody to ask."""

    async def providers(self, message: Message) -> Sequence[Provider]:
        return []


@pytest.fixture
def deliveries(mongo):
    """Records apart from the suite's."""
    return MongoDeliveries(mongo("userhub_test_caps"), Key(bytes(range(32))))


async def test_both_sides_of_the_cap(deliveries):
    """Ten messages a day by SMS, and no notice after them; a code goes all the same."""
    channel = caps.Capped(Nobody(), deliveries)
    notices = [new_send(**NOTICE) for _ in range(caps.NOTICES_A_DAY[Channel.SMS] + 1)]
    to = notices[0].to

    async def handle(send: Send) -> None:
        await deliveries.open(send, 1, replayed=False)
        await channel.providers(compose(send, Catalogue()))

    for number, _ in enumerate(notices[:-1]):
        await handle(new_send(to=to, **(NOTICE if number % 2 else {})))
    with pytest.raises(Stopped, match="more than 10 messages a day"):
        await handle(new_send(to=to, **NOTICE))
    await handle(new_send(to=to))
    await handle(new_send(**NOTICE))


async def test_both_sides_of_the_cap_of_a_person(deliveries, user_id, monkeypatch):
    """All devices of a person together get so many pushes a day; others are not counted."""
    monkeypatch.setattr(caps, "PUSHES_TO_A_PERSON", 5)
    channel = caps.Capped(Nobody(), deliveries)

    async def handle(person: int, to: str) -> None:
        send = new_send(channel=Channel.PUSH, to=to, user_id=person, **NOTICE)
        await deliveries.open(send, 1, replayed=False)
        await channel.providers(compose(send, Catalogue()))

    for number in range(5):
        await handle(user_id, f"registration-{user_id}-{number}")
    with pytest.raises(Stopped, match="more than 5 pushes a day to one person"):
        await handle(user_id, f"registration-{user_id}-another")
    await handle(user_id + 1, f"registration-{user_id}-hers")
    sms = new_send(**NOTICE, user_id=user_id)
    await channel.providers(compose(sms, Catalogue()))


async def test_old_pushes_and_other_messages_are_not_looked_through(mongo, user_id):
    """Counting somebody's pushes of a day takes that many steps in an index."""
    docs, day = mongo("userhub_notify")["deliveries"], timedelta(days=1)
    times = [(Channel.PUSH, NOW - 2 * day)] * 50 + [(Channel.SMS, NOW)] * 50
    times += [(Channel.PUSH, NOW)] * 3
    rows = [{"user_id": user_id, "channel": one, "created_at": at} for one, at in times]
    await docs.insert_many(rows)
    try:
        plan = await docs.find(pushes_to(user_id, NOW - day)).explain()
    finally:
        await docs.delete_many({"user_id": user_id})

    assert plan["executionStats"]["nReturned"] == 3
    assert plan["executionStats"]["totalDocsExamined"] == 3


class Told:
    """A provider that knows what became of its messages."""

    async def fate(self, to: str, receipt: str, at: datetime) -> str:
        if receipt == "n2":
            raise TryLater("answered 503")
        return f"delivered to {len(to)} characters"


def delivery(receipt: str | None, provider: str = "told") -> Delivery:
    attempt = Attempt(provider=provider, at=NOW, outcome=Outcome.SENT, receipt=receipt)
    return Delivery(
        id="1",
        channel=Channel.SMS,
        to_masked="+***",
        template="verification_code",
        status=Status.SENT,
        attempts=1,
        provider=provider,
        error=None,
        created_at=NOW,
        updated_at=NOW,
        history=[attempt],
    )


async def test_providers_are_asked_what_became_of_it():
    """Those that report are asked about the latest messages; a failure of theirs is no failure."""
    latest = [delivery("n1"), delivery("n2"), delivery(None), delivery("n1", "silent")]
    many = latest + [delivery("n1")] * reports.MOST

    shown = await reports.added(many, "+8613912345678", {"told": Told()})

    said = [one.history[0].report for one in shown]
    assert said[:4] == ["delivered to 14 characters", "unknown (TryLater)", None, None]
    assert [bool(report) for report in said].count(True) == reports.MOST - 2
