"""Delivery reports: providers call the gateway, each in its own words, and it is on record once."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from ops import ports
from services.notify.sms import twilio
from services.notify.sms_reports.rules import Report
from services.notify.sms_reports.store import MongoSmsReports
from shared.contracts import sms_reports
from shared.contracts.notify import Status
from shared.settings import Key
from tests.conftest import wait_for
from tests.services.notify import sms_cloud
from tests.services.notify.conftest import new_key, new_number, new_send, publish

PUBLIC = "https://users.example.com"
KEY = new_key()
WEBHOOK_KEY = base64.urlsafe_b64encode(sms_cloud.WEBHOOK).decode()
NUMBERS = {"aliyun": "+861391", "tencent": "+33612", "twilio": "+1415555", "webhook": "+447911"}
"""How numbers begin that each provider sends to."""
LENGTHS = {"aliyun": 14, "tencent": 12, "twilio": 12, "webhook": 13}
EVERY = list(NUMBERS)
URL = {name: f"/callbacks/sms/{name}/{KEY.rstrip('=')}" for name in EVERY}
PROVIDERS = {
    "USERHUB_ENV": "production",
    "PUBLIC_URL": PUBLIC,
    "SMS_REPORTS_KEY": KEY,
    "SMS_ROUTES": "CN=aliyun;FR=tencent;US=twilio;*=webhook",
    "ALIYUN_SMS_KEY_ID": "YourAccessKeyId",
    "ALIYUN_SMS_KEY_SECRET": "YourAccessKeySecret",
    "ALIYUN_SMS_SIGN_NAME": "Userhub",
    "ALIYUN_SMS_TEMPLATES": "verification_code=SMS_1",
    "TENCENT_SMS_SECRET_ID": "AKIDexample",
    "TENCENT_SMS_SECRET_KEY": "tencent-secret",
    "TENCENT_SMS_APP_ID": "1400",
    "TENCENT_SMS_TEMPLATES": "verification_code=11",
    "TWILIO_ACCOUNT_SID": "AC123",
    "TWILIO_AUTH_TOKEN": "twilio-token",
    "TWILIO_SENDER": "+15005550006",
    "SMS_WEBHOOK_KEY": WEBHOOK_KEY,
}


@dataclass
class Sender:
    """Providers that call back as their documents say, not as we read."""

    http: httpx.AsyncClient

    async def post(
        self, name: str, body: bytes, headers: dict[str, str] | None = None, url: str = ""
    ) -> httpx.Response:
        return await self.http.post(url or URL[name], content=body, headers=headers)

    async def report(self, name: str, receipt: str, arrived: bool = True) -> httpx.Response:
        return await self.post(name, *WRITTEN[name](receipt, arrived))


def as_aliyun(receipt: str, arrived: bool) -> tuple[bytes, dict[str, str]]:
    row = {
        "phone_number": "13912345678",
        "send_time": "2026-11-21 11:00:00",
        "report_time": "2026-11-21 11:00:03",
        "success": arrived,
        "err_code": "DELIVERED" if arrived else "MK:0012",
        "err_msg": "...",
        "sms_size": "1",
        "biz_id": receipt,
        "out_id": "67890",
    }
    return json.dumps([row]).encode(), {"content-type": "application/json"}


def as_tencent(receipt: str, arrived: bool) -> tuple[bytes, dict[str, str]]:
    row = {
        "user_receive_time": "2026-11-21 11:00:03",
        "nationcode": "86",
        "mobile": "13912345678",
        "report_status": "SUCCESS" if arrived else "FAIL",
        "errmsg": "DELIVRD" if arrived else "MK:0012",
        "description": "13912345678 is off",
        "sid": receipt,
    }
    return json.dumps([row]).encode(), {"content-type": "application/json"}


def as_twilio(
    receipt: str, arrived: bool, status: str = "", token: str = "twilio-token", host: str = PUBLIC
) -> tuple[bytes, dict[str, str]]:
    form = {
        "SmsSid": receipt,
        "MessageSid": receipt,
        "MessageStatus": status or ("delivered" if arrived else "undelivered"),
        "To": "+8613912345678",
        "From": "+15005550006",
        "AccountSid": "AC123",
        "ApiVersion": "2010-04-01",
    }
    if not arrived:
        form["ErrorCode"] = "30005"
    return twilio_signed({key: text for key, text in form.items() if text}, token, host)


def twilio_signed(
    form: dict[str, str], token: str = "twilio-token", host: str = PUBLIC
) -> tuple[bytes, dict[str, str]]:
    text = host + URL["twilio"] + "".join(name + form[name] for name in sorted(form))
    signature = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return urlencode(form).encode(), {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": base64.b64encode(signature).decode(),
    }


def as_webhook(receipt: str, arrived: bool, **how: Any) -> tuple[bytes, dict[str, str]]:
    status = "delivered" if arrived else "failed"
    body = json.dumps([{"receipt": receipt, "status": status, "code": "E1"}]).encode()
    return webhook_signed(body, **how)


def webhook_signed(
    body: bytes, late: int = 0, key: bytes = sms_cloud.WEBHOOK
) -> tuple[bytes, dict[str, str]]:
    id, at = secrets.token_hex(8), int(time.time()) - late
    signature = hmac.digest(key, f"{id}.{at}.".encode() + body, "sha256")
    return body, {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,b2xk v1,{base64.b64encode(signature).decode()}",
    }


WRITTEN = {
    "aliyun": as_aliyun,
    "tencent": as_tencent,
    "twilio": as_twilio,
    "webhook": as_webhook,
}
REASON = {"aliyun": "MK:0012", "tencent": "MK:0012", "twilio": "30005", "webhook": "E1"}
THANKS = {
    "aliyun": (200, {"code": 0, "msg": "OK"}),
    "tencent": (200, {"result": 0, "errmsg": "OK"}),
    "twilio": (204, None),
    "webhook": (204, None),
}


@pytest.fixture(scope="module")
def cloud():
    """SMS providers, on this machine."""
    with sms_cloud.serving() as cloud:
        yield cloud


@pytest.fixture(scope="module")
async def sender(lab, cloud) -> AsyncIterator[Sender]:
    """What calls a gateway with two instances of notify in production behind it."""
    port = ports.pick_free(set())
    urls = dict.fromkeys(("ALIYUN_SMS_URL", "TENCENT_SMS_URL", "TWILIO_URL"), cloud.url)
    set_up = PROVIDERS | urls | {"SMS_WEBHOOK_URL": f"{cloud.url}/hook"}
    async with (
        lab.running(**set_up),
        lab.running(**set_up),
        lab.running_gateway(port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", verify=False) as client,
    ):
        await lab.ask_deliveries("+8613912345678")
        await wait_for(lambda: is_connected(client))
        yield Sender(client)


async def is_connected(client: httpx.AsyncClient) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await client.post("/callbacks/sms/nobody/x")).status_code == 404
    return False


@pytest.fixture
def sent(lab, sender, eventually):
    """Have a message sent by a provider, and give what looks up its only attempt."""

    async def send(name: str):
        digits = LENGTHS[name] - len(NUMBERS[name])
        send = new_send(to=f"{NUMBERS[name]}{new_number() % 10**digits:0{digits}}")
        await publish(lab.js, send)

        async def attempt():
            found = [one for one in await lab.ask_deliveries(send.to) if one.id == send.id]
            return found[0].history[-1] if found and found[0].status is Status.SENT else None

        found = await eventually(attempt)
        assert found.provider == name
        return attempt

    return send


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("arrived", [True, False])
async def test_a_report_is_on_the_attempt(sender, sent, name, arrived):
    """What a provider reports is shown with the attempt, with its time; it reads that as taken."""
    look = await sent(name)
    before = await look()
    reply = await sender.report(name, before.receipt, arrived)
    attempt = await look()

    assert (reply.status_code, reply.json() if reply.content else None) == THANKS[name]
    assert (before.report, before.reported_at) == (None, None)
    assert attempt.report == ("delivered" if arrived else f"failed ({REASON[name]})")
    assert attempt.reported_at >= attempt.at


@pytest.mark.parametrize("name", EVERY)
async def test_a_report_before_our_own_record(cloud, sender, sent, name):
    """A provider that reports before we have written down its receipt is heard."""
    next_receipt = f"n{len(cloud.taken) + 1}"
    assert (await sender.report(name, next_receipt)).is_success
    look = await sent(name)

    attempt = await look()
    assert (attempt.receipt, attempt.report) == (next_receipt, "delivered")


@pytest.mark.parametrize("name", EVERY)
async def test_the_same_again_changes_nothing(lab, sender, sent, name):
    """A report that comes again, at once or later or the other way round, is on record once."""
    look = await sent(name)
    receipt = (await look()).receipt
    body, headers = WRITTEN[name](receipt, True)
    replies = await asyncio.gather(*(sender.post(name, body, headers) for _ in range(20)))
    first = await look()
    again = await sender.post(name, body, headers)
    other = await sender.report(name, receipt, arrived=False)

    assert {one.status_code for one in (*replies, again, other)} == {THANKS[name][0]}
    assert first.report == "delivered"
    assert await look() == first


@pytest.mark.parametrize("name", EVERY)
async def test_of_what_we_know_nothing(sender, name):
    """A report of a message that is not ours is taken, so that it does not come again."""
    assert (await sender.report(name, secrets.token_hex(16))).status_code == THANKS[name][0]


@pytest.mark.parametrize("name", EVERY)
async def test_a_wrong_url_is_none(sender, name):
    """Another token, or none, is a page that is not there; so is the name of nobody."""
    body, headers = WRITTEN[name]("n1", True)
    for token in (new_key(), KEY[:-10], "x", "%ff%00", "ß", "x" * 5000):
        reply = await sender.post(name, body, headers, f"/callbacks/sms/{name}/{token}")
        assert reply.status_code in (400, 404), token
    for url in (
        f"/callbacks/sms/{name}",
        f"/callbacks/sms/nobody/{KEY}",
        f"/callbacks/sms/%ff/{KEY}",
        f"/callbacks/sms/{'x' * 65}/{KEY}",
    ):
        assert (await sender.post(name, body, headers, url)).status_code in (400, 404, 405), url
    assert (await sender.http.get(URL[name])).status_code == 405


WRONGLY_SIGNED: list[tuple[str, Callable[[], tuple[bytes, dict[str, Any]]]]] = [
    ("twilio", lambda: as_twilio("n1", True, token="another")),
    ("twilio", lambda: as_twilio("n1", True, host="https://elsewhere.example.com")),
    ("twilio", lambda: (as_twilio("n1", True)[0], {})),
    ("twilio", lambda: (as_twilio("n2", True)[0], as_twilio("n1", True)[1])),
    ("twilio", lambda: (b"", {"x-twilio-signature": "\xff".encode("latin-1")})),
    ("webhook", lambda: as_webhook("n1", True, key=bytes(32))),
    ("webhook", lambda: as_webhook("n1", True, late=400)),
    ("webhook", lambda: as_webhook("n1", True, late=-400)),
    ("webhook", lambda: (as_webhook("n1", True)[0], {})),
    ("webhook", lambda: (as_webhook("n2", True)[0], as_webhook("n1", True)[1])),
    ("webhook", lambda: (b"[]", as_webhook("n1", True)[1] | {"webhook-timestamp": "9" * 5000})),
    ("webhook", lambda: (b"[]", as_webhook("n1", True)[1] | {"webhook-timestamp": "soon"})),
]
"""Made when they are sent: what is wrong with some is their time."""


@pytest.mark.parametrize(("name", "make"), WRONGLY_SIGNED)
async def test_a_wrong_signature_is_refused(sender, lab, name, make):
    """What was signed with another key, for another URL, body or time is refused, and not kept."""
    before = await lab.mongo["sms_reports"].count_documents({})
    assert (await sender.post(name, *make())).status_code == 403
    assert await lab.mongo["sms_reports"].count_documents({}) == before


GARBAGE = [
    b"",
    b"\xff\xfe",
    b"null",
    b"{}",
    b"[1]",
    b"[{}]",
    b'[{"biz_id":1,"success":"perhaps","sid":null,"report_status":"?","receipt":{},"status":1}]',
    b'[{"biz_id":"\\ud800","success":true,"sid":"\\ud800","report_status":"FAIL"}]',
    b"[" * 10_000 + b"]" * 10_000,
    b"a=b&" * 1000,
]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("name", EVERY)
async def test_garbage_is_refused(sender, name, body):
    """What is not what a provider documents is its mistake; unsigned, Twilio's is not read."""
    headers = webhook_signed(body)[1] if name == "webhook" else {}
    statuses = (400, 403) if name == "twilio" else (400,)
    assert (await sender.post(name, body, headers)).status_code in statuses


async def test_a_form_without_what_matters(sender):
    """What Twilio signs but says nothing is refused as well."""
    for form in ({}, {"MessageSid": "n1"}, {"MessageSid": "n1", "MessageStatus": ""}):
        assert (await sender.post("twilio", *twilio_signed(form))).status_code == 400


@pytest.mark.parametrize("name", EVERY)
async def test_how_much_is_read(sender, name):
    """Up to 256 KiB are read, and more is refused unread."""
    largest = sms_reports.MOST_BYTES
    for size, statuses in ((largest, (400, 403)), (largest + 1, (413,))):
        assert (await sender.post(name, b" " * size)).status_code in statuses


async def test_a_batch(lab, sender):
    """Many reports in one call are all kept; one that is unreadable makes it come again whole."""
    receipts = [secrets.token_hex(8) for _ in range(1000)]
    rows = [json.loads(as_tencent(one, True)[0])[0] for one in receipts]
    before = await lab.mongo["sms_reports"].count_documents({})
    bad = await sender.post("tencent", json.dumps([*rows, {}]).encode())
    reply = await sender.post("tencent", json.dumps(rows).encode())
    empty = await sender.post("tencent", b"[]")

    assert (bad.status_code, reply.status_code, empty.status_code) == (400, 200, 200)
    assert await lab.mongo["sms_reports"].count_documents({}) == before + 1000


async def test_a_status_on_the_way_is_no_report(sender, sent):
    """Twilio's earlier statuses may come late; only the last ones say what became of it."""
    look = await sent("twilio")
    receipt = (await look()).receipt
    for status in ("queued", "sending", "sent"):
        assert (await sender.post("twilio", *as_twilio(receipt, True, status))).is_success
    assert (await look()).report is None
    await sender.report("twilio", receipt, arrived=False)
    await sender.post("twilio", *as_twilio(receipt, True, "sent"))
    assert (await look()).report == "failed (30005)"


async def test_twilio_is_told_where(cloud, sender, sent):
    """Each message names the URL of ours as clients reach us, whatever host was called."""
    await sent("twilio")
    assert cloud.taken[-1]["StatusCallback"] == PUBLIC + URL["twilio"]


async def test_nothing_is_taken_unless_it_is_set(http):
    """Where no key is set, there is no such page for any provider."""
    for name in EVERY:
        body, headers = WRITTEN[name]("n1", True)
        reply = await http.post(URL[name], content=body, headers=headers)
        assert (reply.status_code, reply.json()["error"]) == (404, "notify.no_such_receiver")


async def test_of_two_at_once_one_is_the_first(lab):
    """Whoever keeps a report first is told so, and nobody else."""
    key, receipt = Key(secrets.token_bytes(32)), secrets.token_hex(8)
    stores = [MongoSmsReports(lab.mongo, key) for _ in range(20)]
    reports = [Report(receipt, True), Report(receipt, False)]
    kept = await asyncio.gather(*(one.keep("aliyun", reports) for one in stores))

    assert sum(len(one) for one in kept) == 1


def test_the_documented_example_of_twilio():
    """Our signature is the one that Twilio prints for its example."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"

    assert twilio.signature("12345", url, list(form.items())) == b"0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    assert twilio.spellings("https://a.example/x") == [
        "https://a.example/x",
        "https://a.example:443/x",
    ]
    assert twilio.spellings("https://a.example:8443/x") == [
        "https://a.example:8443/x",
        "https://a.example/x",
    ]


def test_a_reason_says_nothing_of_anybody():
    """A reason that is no code, or may be a number of somebody's, is left out."""
    for code in ("30005", "MK:0012", "isv.BUSINESS_LIMIT", "-"):
        shown = f"failed ({code})" if code != "-" else "failed"
        assert Report("r", False, code).text == shown
    for other in (None, "", "off: 139", "+8613912345678", "13912345678", "x" * 41, "E\n1"):
        assert Report("r", False, other).text == "failed"
