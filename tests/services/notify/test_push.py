"""Push: each service as its documents have it, dead registrations, and the person's switch."""

import asyncio
import json
import secrets
from typing import Any

import msgspec
import pytest

from services.notify import web
from services.notify.push import fcm
from services.notify.push.apns import Apns, ApnsSettings
from services.notify.push.channel import Dead, PushChannel, Types
from services.notify.push.fcm import Fcm, FcmSettings, ServiceAccount
from services.notify.push.jpush import JPush, JPushSettings
from services.notify.push_devices.store import MongoPushDevices
from services.notify.sending.channels import Message, Refused, Stopped, TryLater
from services.notify.web import Unclear
from shared.contracts import notify
from shared.contracts.notify import Channel, Status
from shared.contracts.push_devices import RegisterPushDevice
from tests.services.notify import push_cloud
from tests.services.notify.conftest import OPERATOR, new_send, publish


def push(to: str = "registration-1", **fields: Any) -> Message:
    usual: dict[str, Any] = {
        "id": "0" * 31 + "1",
        "channel": Channel.PUSH,
        "to": to,
        "template": "password_changed",
        "subject": "密码已修改",
        "body": "您的账号的密码已于 12:00 修改。",
        "code": None,
        "user_id": None,
    }
    return Message(**(usual | fields))


@pytest.fixture
def cloud():
    """JPush and FCM, on this machine."""
    with push_cloud.serving() as cloud:
        yield cloud


@pytest.fixture
async def apple():
    """APNs, on this machine."""
    async with push_cloud.apple() as apple:
        yield apple


@pytest.fixture
async def services(cloud, apple):
    """Every push service, pointed at these servers."""
    account = msgspec.json.decode(json.dumps(cloud.account()), type=ServiceAccount)
    apns = ApnsSettings(
        apple.url, push_cloud.pem(push_cloud.EC_KEY), "KEY0000001", "TEAM000001", "com.example.app"
    )
    async with web.client() as http, web.client(http2=True) as http2:
        yield {
            "jpush": JPush(http, JPushSettings(cloud.url, *push_cloud.APP, production=True)),
            "fcm": Fcm(http, FcmSettings(cloud.url, account)),
            "apns": Apns(http2, apns),
        }


async def test_jpush(cloud, services):
    """JPush gets a notification for one registration id on every platform."""
    receipt = await services["jpush"].send(push())

    [taken] = cloud.taken
    assert receipt.id == "1"
    assert taken["audience"] == {"registration_id": ["registration-1"]}
    assert taken["platform"] == "all"
    assert taken["notification"]["android"]["alert"] == push().body
    assert taken["notification"]["ios"]["alert"] == {"title": push().subject, "body": push().body}
    assert taken["options"]["apns_production"] is True


async def test_fcm(cloud, services):
    """FCM gets a message with an access token; many at once share one token."""
    first, *_ = await asyncio.gather(*(services["fcm"].send(push(f"t{n}")) for n in range(5)))

    assert first.id.startswith("projects/userhub-1/messages/")
    assert {taken["message"]["token"] for taken in cloud.taken} == {f"t{n}" for n in range(5)}
    assert cloud.taken[0]["message"]["notification"] == {
        "title": push().subject,
        "body": push().body,
    }
    assert len(cloud.tokens) == 1

    cloud.tokens.append("taken back")
    with pytest.raises(TryLater, match="answered 401"):
        await services["fcm"].send(push())
    await services["fcm"].send(push())
    assert len(cloud.taken) == 6


async def test_a_token_server_that_hangs(cloud, monkeypatch):
    """Without an access token nothing was sent, for certain, also by who waits behind another."""
    monkeypatch.setattr(fcm, "TOKEN_SECONDS", 0.3)

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    token_uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
    account = msgspec.convert(cloud.account() | {"token_uri": token_uri}, ServiceAccount)
    async with web.client() as http:
        one = Fcm(http, FcmSettings(cloud.url, account))
        async with asyncio.timeout(30):
            sent = await asyncio.gather(
                *(one.send(push()) for _ in range(3)), return_exceptions=True
            )
    server.close()

    assert [type(error) for error in sent] == [TryLater] * 3


async def test_apns(apple, services):
    """APNs gets an alert over one HTTP/2 connection, with one provider token for many."""
    receipts = [await services["apns"].send(push("ab12")) for _ in range(2)]
    await services["apns"].send(push("../../x"))

    path, headers, body = apple.taken[0]
    assert receipts[0].id == "00000000-0000-0000-0000-000000000001"
    assert path == "/3/device/ab12"
    assert headers["apns-topic"] == "com.example.app"
    assert (headers["apns-push-type"], headers["apns-priority"]) == ("alert", "10")
    assert headers["apns-collapse-id"] == push().id
    assert body["aps"]["alert"] == {"title": push().subject, "body": push().body}
    assert apple.taken[2][0] == "/3/device/..%2F..%2Fx"
    assert (apple.connections, len(apple.tokens)) == (1, 1)


def jpush_error(code):
    return {"error": {"code": code, "message": "no"}}


def fcm_error(status, code):
    return {"error": {"status": status, "details": [{"@type": "x", "errorCode": code}]}}


@pytest.mark.parametrize(
    ("name", "answer", "kind"),
    [
        ("jpush", (400, jpush_error(1011)), Dead),
        ("jpush", (400, jpush_error(1003)), Refused),
        ("jpush", (429, jpush_error(2002)), TryLater),
        ("jpush", (500, jpush_error(9999)), Unclear),
        ("fcm", (404, fcm_error("NOT_FOUND", "UNREGISTERED")), Dead),
        ("fcm", (400, fcm_error("INVALID_ARGUMENT", "INVALID_ARGUMENT")), Refused),
        ("fcm", (403, fcm_error("PERMISSION_DENIED", "SENDER_ID_MISMATCH")), TryLater),
        ("fcm", (503, fcm_error("UNAVAILABLE", "UNAVAILABLE")), TryLater),
        ("fcm", (500, fcm_error("INTERNAL", "INTERNAL")), Unclear),
        ("apns", (410, "Unregistered"), Dead),
        ("apns", (400, "BadDeviceToken"), Dead),
        ("apns", (400, "BadTopic"), Refused),
        ("apns", (403, "ExpiredProviderToken"), TryLater),
        ("apns", (429, "TooManyRequests"), TryLater),
        ("apns", (500, "InternalServerError"), Unclear),
    ],
)
async def test_what_an_answer_means(cloud, apple, services, name, answer, kind):
    """A dead registration is told from a wrong message, from "not now" and from what is open."""
    (apple if name == "apns" else cloud).plan.append(answer)

    with pytest.raises(kind):
        await services[name].send(push())
    await services[name].send(push())


@pytest.fixture
def devices(mongo):
    """The store of devices, apart from the suite's."""
    return MongoPushDevices(mongo("userhub_test_push"))


@pytest.fixture
def register(devices, user_id):
    """Register a device of the test's person."""

    async def make(**fields):
        usual: dict[str, Any] = {
            "device_id": "d",
            "registration_id": secrets.token_hex(9),
            "is_open": True,
        }
        ask = RegisterPushDevice(user_id=user_id, **(usual | {"type": 2} | fields))
        return await devices.register(ask)

    return make


async def test_a_device_is_reached_by_its_own_service(devices, register, services, apple, cloud):
    """The type that a device registered with chooses the push service."""
    channel = PushChannel(devices, Types.parse("1=apns,2=jpush,3=fcm"), services)
    for kind, name in ((1, "apns"), (2, "jpush"), (3, "fcm")):
        device = await register(type=kind, device_id=name)
        [provider] = await channel.providers(push(device.registration_id))
        assert provider.name == name
        await provider.send(push(device.registration_id))
    other = await register(type=9)

    assert (len(apple.taken), len(cloud.taken)) == (1, 2)
    with pytest.raises(Stopped, match="devices of type 9"):
        await channel.providers(push(other.registration_id))


async def test_a_dead_registration_is_used_no_more(devices, register, services, cloud, user_id):
    """After a push service called a registration dead, nothing goes there until it is new."""
    channel = PushChannel(devices, Types.parse("2=jpush"), services)
    device = await register()
    cloud.plan.append((400, jpush_error(1011)))
    [provider] = await channel.providers(push(device.registration_id))

    with pytest.raises(Stopped, match="dead: said 1011"):
        await provider.send(push(device.registration_id))
    with pytest.raises(Stopped, match="no device is registered with it"):
        await channel.providers(push(device.registration_id))
    assert await devices.open_of(user_id) == []

    await register(registration_id=device.registration_id)
    assert await channel.providers(push(device.registration_id))


async def test_nobody_s_device_and_nobody_else_s(devices, register, services, user_id):
    """Nothing goes to a device that is switched off, or that is another person's now."""
    channel = PushChannel(devices, Types.parse("2=jpush"), services)
    device = await register(is_open=False)

    with pytest.raises(Stopped, match="its person wants no notices"):
        await channel.providers(push(device.registration_id))
    await register(registration_id=device.registration_id)
    with pytest.raises(Stopped, match="somebody else's"):
        await channel.providers(push(device.registration_id, user_id=user_id + 10**13))
    assert await channel.providers(push(device.registration_id, user_id=user_id))


@pytest.mark.parametrize("wrong", ["2", "2=", "x=jpush", "2=jpush,2=fcm"])
def test_wrong_types_stop_the_start(wrong):
    """A table of types that cannot be read is not read as something else."""
    with pytest.raises(ValueError, match="must read 2=jpush"):
        Types.parse(wrong)


async def test_the_switch_is_obeyed_by_the_service(bus, js, mongo, user_id, eventually):
    """In development too, an open device's inbox gets the notice, a closed one's gets nothing."""
    kept = MongoPushDevices(mongo("userhub_notify"))
    sends = []
    for name, is_open in (("open", True), ("closed", False)):
        registration = f"{name}-{secrets.token_hex(6)}"
        await kept.register(
            RegisterPushDevice(
                user_id=user_id,
                device_id=name,
                registration_id=registration,
                is_open=is_open,
                type=2,
            )
        )
        sends.append(
            new_send(
                channel=Channel.PUSH,
                to=registration,
                user_id=user_id,
                template="password_changed",
                parameters={"time": "12:00"},
            )
        )
    await publish(js, *sends)

    async def ended(send):
        ask = notify.ReadDeliveries(to=send.to)
        rows = await bus.ask(notify.read_deliveries, ask, caller=OPERATOR)
        return [row for row in rows if row.status in (Status.SENT, Status.STOPPED)]

    [sent], [stopped] = [await eventually(lambda send=send: ended(send)) for send in sends]
    inboxes = [await bus.ask(notify.read_inbox, notify.ReadInbox(to=send.to)) for send in sends]

    assert (sent.status, stopped.status) == (Status.SENT, Status.STOPPED)
    assert stopped.error == "its person wants no notices"
    assert [len(inbox) for inbox in inboxes] == [1, 0]
