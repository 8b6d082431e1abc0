"""Notices on devices: what happens to an account is pushed, once, where its person wants that."""

import secrets
from datetime import UTC, datetime

import pytest

from services.notify.push_devices.store import MongoPushDevices
from services.notify.push_notices import rules
from services.notify.templates.catalogue import Catalogue
from shared import events
from shared.contracts import accounts, bindings, logins, notify, passwords
from shared.contracts.push_devices import PushDevice, RegisterPushDevice
from tests.announcing import envelope_of

NOW = datetime(2026, 11, 25, 12, 3, tzinfo=UTC)


def happened(event):
    return envelope_of(event, id="e1", time=NOW)


def device(registration, user_id=7):
    return PushDevice(
        id=1,
        user_id=user_id,
        device_id="d",
        registration_id=registration,
        is_open=True,
        type=2,
        created_at=NOW,
        updated_at=NOW,
    )


ABOUT = [
    logins.NewNetworkSeen(user_id=7, session_id="0" * 32, dialect="leaf", device="Firefox" * 20),
    passwords.PasswordChanged(user_id=7, how="reset"),
    bindings.AddressChanged(user_id=7, kind="phone", how="bound"),
    accounts.UserDisabled(user_id=7),
]


@pytest.mark.parametrize("event", ABOUT, ids=lambda event: event.fact)
def test_each_event_makes_a_message_that_can_be_rendered(event):
    """For each device one message is made, always the same, in words that need no more."""
    made = rules.notices(happened(event), [device("one"), device("two")])

    assert made == rules.notices(happened(event), [device("one"), device("two")])
    assert [send.to for send in made] == ["one", "two"]
    assert len({send.id for send in made}) == 2
    assert made[0].expires_at == NOW + rules.USEFUL
    for locale in ("zh-CN", "en"):
        text = Catalogue().render(made[0].template, made[0].channel, locale, made[0].parameters)
        assert "2026-11-25 12:03 UTC" in text.body
        assert len(text.body) < 200


def test_every_event_has_its_template():
    """What is listened to is announced by auth, and each has a text."""
    assert {kind.fact.partition(".")[0] for kind in rules.TEMPLATES} == {"auth"}
    assert set(rules.TEMPLATES.values()) <= set(Catalogue().names)


async def test_a_changed_password_is_told_on_open_devices_once(js, bus, mongo, user_id, eventually):
    """An event that comes twice is told once on each device that is open, and on no other."""
    devices = MongoPushDevices(mongo("userhub_notify"))
    names = {}
    for name, is_open in (("phone", True), ("tablet", True), ("closed", False)):
        names[name] = f"{name}-{secrets.token_hex(6)}"
        ask = RegisterPushDevice(
            user_id=user_id,
            device_id=name,
            registration_id=names[name],
            is_open=is_open,
            type=2,
        )
        await devices.register(ask)
    event = passwords.PasswordChanged(user_id=user_id, how="changed")
    envelope = envelope_of(event)

    for _ in range(2):
        await js.publish(f"events.{event.fact}", events.encode(envelope))

    async def inbox(name):
        return await bus.ask(notify.read_inbox, notify.ReadInbox(to=names[name]))

    for name in ("phone", "tablet"):
        [message] = await eventually(lambda name=name: inbox(name))
        assert message.template == "password_changed"
        assert message.body.startswith("密码已修改")
    assert await inbox("closed") == []
    waiting = {"_id": {"$in": [notify.message_id(envelope.id, to) for to in names.values()]}}
    assert await mongo("userhub_notify")["deliveries"].count_documents(waiting) == 2
