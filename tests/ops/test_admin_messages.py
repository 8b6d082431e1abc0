"""`userhub admin deliveries` and `channels`: where is my code, and stop it all."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.admin import deliveries
from shared.contracts.notify import Attempt, Outcome
from tests.services.notify.conftest import new_send, publish


@pytest.mark.parametrize("words", [["--to"], ["find"], ["find", "--reports"]])
async def test_where_a_code_is(userhub, js, eventually, words):
    """Each attempt is shown with provider, answer and time; the address only masked."""
    send = new_send()
    await publish(js, send)

    async def sent():
        said = await userhub("admin", "deliveries", *words, send.to)
        assert said.code == 0, said.err
        return said.out if "sent" in said.out else None

    shown = await eventually(sent)
    assert shown.splitlines()[0].split()[:3] == ["time", "channel", "template"]
    assert "inbox" in shown
    assert "verification_code" in shown
    assert send.to not in shown
    assert send.parameters["code"] not in shown


async def test_nothing_was_sent(userhub):
    """An address that nothing was sent to is said to be one."""
    said = await userhub("admin", "deliveries", "find", "+8613900000001")

    assert (said.code, said.out) == (0, "nothing was sent there in the last 90 days\n")
    assert (await userhub("admin", "deliveries")).code == 2


async def test_a_country_is_stopped_by_command(userhub):
    """What is turned off is listed with its reason until it is turned on."""
    off = ("channels", "off", "sms", "--country", "AQ", "--reason", "penguins")
    assert (await userhub("admin", *off)).code == 0
    assert "penguins" in (await userhub("admin", "channels", "list")).out
    assert (await userhub("admin", "channels", "on", "sms", "--country", "AQ")).code == 0
    assert (await userhub("admin", "channels", "list")).out == "nothing is switched off\n"
    wrong = await userhub("admin", "channels", "off", "sms", "--country", "nowhere")
    assert (wrong.code, wrong.out) == (1, "")


def test_a_report_is_shown_with_its_time():
    """What a provider told of its own accord is in the attempt's line, with when it told so."""
    at = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    told = Attempt(
        provider="twilio",
        at=at,
        outcome=Outcome.SENT,
        receipt="SM1",
        report="failed (30005)",
        reported_at=at + timedelta(seconds=3),
    )
    asked = Attempt(provider="twilio", at=at, outcome=Outcome.SENT, report="delivered")

    assert deliveries.report_of(told) == "failed (30005), told 2026-11-25 12:00:03+00:00"
    assert deliveries.report_of(asked) == "delivered"
    assert deliveries.report_of(Attempt(provider="inbox", at=at, outcome=Outcome.SENT)) == ""
