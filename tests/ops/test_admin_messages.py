"""`userhub admin deliveries` and `channels`: where is my code, and stop it all."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.admin import deliveries
from shared.contracts.notify import Attempt, Outcome
from tests.services.notify.conftest import SECRET_CODE, new_send, publish


@pytest.mark.parametrize("words", [["--to"], ["find"], ["find", "--reports"]])
async def test_where_a_code_is(userhub, js, eventually, words):
    """Each attempt is shown with provider, answer and time; the address only masked."""
    send = new_send(parameters={"code": SECRET_CODE, "minutes": "5"})
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
    assert SECRET_CODE not in shown


async def test_nothing_was_sent(userhub):
    """An address that nothing was sent to is said to be one."""
    said = await userhub("admin", "deliveries", "find", "+8613800000001")

    assert (said.code, said.out) == (0, "nothing was sent there in the last 90 days\n")
    assert (await userhub("admin", "deliveries")).code == 2


async def test_a_country_is_stopped_by_command(userhub):
    """What is turned off is listed with its reason until it is turned on."""
    off = ("channels", "off", "sms", "--country", "TA", "--reason", "penguins")
    assert (await userhub("admin", *off)).code == 0
    assert "penguins" in (await userhub("admin", "channels", "list")).out
    assert (await userhub("admin", "channels", "on", "sms", "--country", "TA")).code == 0
    assert (await userhub("admin", "channels", "list")).out == "nothing is switched off\n"


@pytest.mark.parametrize(
    "which",
    [("sms", "nowhere"), ("sms", "UK"), ("email", "FR")],
    ids=["no code", "no country", "not by country"],
)
async def test_nothing_is_stopped_that_was_not_meant(userhub, which):
    """A country that no number has, or one of a channel that knows none, turns nothing off."""
    channel, country = which
    said = await userhub("admin", "channels", "off", channel, "--country", country)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("userhub: ")
    assert (await userhub("admin", "channels", "list")).out == "nothing is switched off\n"


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


async def test_why_somebody_got_no_code(userhub, people):
    """Codes to an address are listed with what was decided, by time and country; it is masked."""
    tom = people.stranger()
    for code in (200, 5000):
        assert (await tom.send_code()).json() == {"code": code}

    said = await userhub("admin", "codes", "decisions", "--to", tom.e164, "--country", "CN")
    assert said.code == 0, said.err
    header, *rows = said.out.splitlines()
    assert header.split()[:3] == ["time", "decision", "to"]
    assert [row.split()[2] for row in rows] == ["cooldown", "sent"]
    assert tom.phone not in said.out
    assert "0.045" in rows[1]

    refused = ("admin", "codes", "decisions", "--to", tom.e164, "--refused")
    assert len((await userhub(*refused)).out.splitlines()) == 2
    late = await userhub(*refused, "--since", "2999-01-01T14:00")
    assert late.out == "nothing was decided\n"
    for wrong in (("--since", "yesterday"), ("--country", "nowhere"), ("--to", "nobody")):
        assert (await userhub("admin", "codes", "decisions", *wrong)).code != 0


async def test_what_codes_cost_today(userhub, people):
    """What SMS cost is shown by country and in all, beside the budget."""
    await people.stranger().send_code()

    lines = (await userhub("admin", "codes", "budget")).out.splitlines()

    assert "450.000" in lines[0]
    assert any(line.split()[:2] == ["CN", "0.045"] for line in lines[1:-1])
    assert lines[-1].split()[0] == "all"
