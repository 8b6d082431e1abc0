"""notify in production: providers on this machine, and processes that die at a bad time."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from shared.contracts.notify import Channel, Outcome, Status
from tests.services.notify import sms_cloud
from tests.services.notify.conftest import new_number, new_send, publish
from tests.services.notify.test_email import Mailbox, serving

SMTP = {"SMTP_HOST": "127.0.0.1", "SMTP_SECURITY": "none", "EMAIL_FROM": "U <u@example.com>"}


@pytest.fixture
def cloud():
    """SMS providers, on this machine."""
    with sms_cloud.serving() as cloud:
        yield cloud


@pytest.fixture
def production(lab, cloud):
    """Run notify in production with a webhook and Twilio for SMS, and what else is given."""

    def running(routes="*=webhook", **more):
        key = base64.urlsafe_b64encode(sms_cloud.WEBHOOK).decode()
        return lab.running(
            USERHUB_ENV="production",
            SMS_ROUTES=routes,
            SMS_WEBHOOK_URL=f"{cloud.url}/hook",
            SMS_WEBHOOK_KEY=key,
            TWILIO_URL=cloud.url,
            TWILIO_ACCOUNT_SID="AC123",
            TWILIO_AUTH_TOKEN="twilio-token",
            TWILIO_SENDER="+15005550006",
            **more,
        )

    return running


@pytest.fixture
def ended(lab, eventually):
    """Wait until a message is sent, and give its record."""

    async def wait(send, status=Status.SENT, seconds=30.0):
        async def look():
            rows = await lab.ask_deliveries(send.to)
            return [row for row in rows if row.id == send.id and row.status is status]

        [delivery] = await eventually(look, seconds=seconds)
        return delivery

    return wait


async def test_a_code_goes_out_by_sms_and_by_e_mail(lab, cloud, production, ended):
    """What auth asks for arrives at the providers that are set, with its code and text."""
    box, sms = Mailbox(), new_send()
    mail = new_send(channel=Channel.EMAIL, to=f"{secrets.token_hex(6)}@example.com", locale="en")
    with serving(box) as port:
        async with production(**SMTP, SMTP_PORT=str(port)):
            await lab.ask_deliveries(sms.to)
            await publish(lab.js, sms, mail)
            by_sms, by_mail = await ended(sms), await ended(mail)

    assert (by_sms.provider, by_mail.provider) == ("webhook", "smtp")
    assert by_sms.history[0].receipt == "n1"
    [taken] = cloud.taken
    assert (taken["id"], taken["to"]) == (sms.id, sms.to)
    assert sms.parameters["code"] in taken["text"]
    [(_, to, content)] = box.kept
    letter = message_from_bytes(content, policy=policy.default)
    assert to == [mail.to]
    assert letter["Subject"] == "Your verification code"
    assert mail.parameters["code"] in str(letter)


async def test_failover_within_one_try(lab, cloud, production, ended):
    """A provider that cannot take a message makes room for the next one at once."""
    send = new_send()
    cloud.plan.append("busy")
    async with production("*=twilio,webhook"):
        await lab.ask_deliveries(send.to)
        await publish(lab.js, send)
        delivery = await ended(send)

    assert [(one.provider, one.outcome) for one in delivery.history] == [
        ("twilio", Outcome.LATER),
        ("webhook", Outcome.SENT),
    ]


async def test_a_crash_after_the_providers_took_it(lab, cloud, production, ended, eventually):
    """Killed before it heard, it sends again: told apart by id, or twice at most, on record."""
    routes = "CN=webhook;*=twilio"
    chinese, french = new_send(), new_send(to=f"+336{new_number():08}")
    cloud.plan += ["hold", "hold"]
    async with production(routes) as first:
        await lab.ask_deliveries(chinese.to)
        await publish(lab.js, chinese, french)

        async def both_taken():
            return len(cloud.taken) == 2

        await eventually(both_taken)
        first.kill()
        await first.wait()
    async with production(routes):
        found = [await ended(send, seconds=60) for send in (chinese, french)]

    for delivery in found:
        assert [one.outcome for one in delivery.history] == [Outcome.UNKNOWN, Outcome.SENT]
    by_webhook = [taken["id"] for taken in cloud.taken if "id" in taken]
    assert by_webhook == [chinese.id] * 2  # who takes it looks at the id: one SMS
    assert len(cloud.taken) == 4


async def test_a_code_that_expires_while_providers_fail(lab, cloud, production, ended):
    """What cannot be sent before its end is dropped, not sent late."""
    cloud.plan += ["busy"] * 20
    async with production():
        await lab.ask_deliveries(new_send().to)
        send = new_send(expires_at=datetime.now(UTC) + timedelta(seconds=5))
        await publish(lab.js, send)
        delivery = await ended(send, Status.EXPIRED)

    assert cloud.taken == []
    assert delivery.attempts >= 1
