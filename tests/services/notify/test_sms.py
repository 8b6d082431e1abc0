"""SMS providers: requests as their documents have them, and what each answer means."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from services.notify import web
from services.notify.sending.channels import Message, Receipt, Refused, TryLater
from services.notify.sms import aliyun, tencent
from services.notify.sms.aliyun import Aliyun, AliyunSettings
from services.notify.sms.own_templates import OwnTemplates
from services.notify.sms.routes import Routes, SmsChannel, country_of
from services.notify.sms.tencent import Tencent, TencentSettings
from services.notify.sms.twilio import Twilio, TwilioSettings
from services.notify.sms.webhook import Webhook, WebhookSettings
from shared.contracts.notify import Channel
from shared.settings import Key
from tests.services.notify import sms_cloud

OWN = OwnTemplates.parse("verification_code=SMS_1,verification_code.en=SMS_2")
NAMED = OwnTemplates.parse("verification_code=11:minutes:code,verification_code.en=12")


def message(to: str = "+8613912345678", locale: str = "zh-CN", **fields: object) -> Message:
    usual = {
        "id": "0" * 31 + "1",
        "channel": Channel.SMS,
        "to": to,
        "template": "verification_code",
        "subject": "",
        "body": "您的验证码是 123456 & *~/?",
        "code": "123456",
        "user_id": None,
        "parameters": {"code": "123456", "minutes": "5"},
        "locale": locale,
    }
    return Message(**(usual | fields))  # type: ignore[arg-type]


@pytest.fixture
def cloud():
    """The providers, on this machine."""
    with sms_cloud.serving() as cloud:
        yield cloud


@pytest.fixture
async def providers(cloud):
    """Every provider, pointed at that server."""
    async with web.client() as http:
        yield {
            "aliyun": Aliyun(
                http,
                AliyunSettings(cloud.url, "YourAccessKeyId", "YourAccessKeySecret", "用户", OWN),
            ),
            "tencent": Tencent(
                http,
                TencentSettings(
                    *(cloud.url, "AKIDexample", "tencent-secret", "ap-guangzhou", "1400", "用户"),
                    NAMED,
                ),
            ),
            "twilio": Twilio(
                http, TwilioSettings(cloud.url, "AC123", "twilio-token", "+15005550006")
            ),
            "webhook": Webhook(http, WebhookSettings(f"{cloud.url}/hook", Key(sms_cloud.WEBHOOK))),
        }


EVERY = ["aliyun", "tencent", "twilio", "webhook"]


@pytest.mark.parametrize("name", EVERY)
async def test_a_signed_message_is_taken(cloud, providers, name):
    """What is sent passes the provider's own check of its signature, and its id comes back."""
    receipt = await providers[name].send(message())

    assert receipt == Receipt("n1")
    [taken] = cloud.taken
    assert "123456" in json.dumps(taken)


async def test_what_each_is_told(cloud, providers):
    """Number, text and template are written as each document has them."""
    for name in EVERY:
        await providers[name].send(message())
        await providers[name].send(message("+85212345678", "en"))
    taken = {name: cloud.taken[2 * n : 2 * n + 2] for n, name in enumerate(EVERY)}

    assert [one["PhoneNumbers"] for one in taken["aliyun"]] == ["13912345678", "85212345678"]
    assert [one["TemplateCode"] for one in taken["aliyun"]] == ["SMS_1", "SMS_2"]
    assert json.loads(taken["aliyun"][0]["TemplateParam"]) == {"code": "123456", "minutes": "5"}
    assert taken["aliyun"][0]["OutId"] == message().id
    assert [one["PhoneNumberSet"] for one in taken["tencent"]] == [
        ["+8613912345678"],
        ["+85212345678"],
    ]
    assert [one["TemplateParamSet"] for one in taken["tencent"]] == [["5", "123456"], ["123456"]]
    assert [one["TemplateId"] for one in taken["tencent"]] == ["11", "12"]
    assert taken["twilio"][0] == {
        "To": "+8613912345678",
        "From": "+15005550006",
        "Body": message().body,
    }
    assert taken["webhook"][0] == {
        "id": message().id,
        "channel": "sms",
        "to": "+8613912345678",
        "template": "verification_code",
        "parameters": {"code": "123456", "minutes": "5"},
        "locale": "zh-CN",
        "text": message().body,
        "expires_at": None,
    }


def test_the_documented_examples_of_both_clouds():
    """Our signatures are those that the documents print for their examples."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": sms_cloud.sha256(b""),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = {
        "RegionId": "cn-shanghai",
        "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
    }
    line = aliyun.canonical_query(query)
    signed = aliyun.authorization("YourAccessKeyId", "YourAccessKeySecret", line, headers)
    assert signed.endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )

    payload = (
        rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    )
    host, secret = "cvm.tencentcloudapi.com", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
    signed = tencent.authorization("AKID", secret, "cvm", host, payload, 1551113065)
    assert signed.endswith(
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


@pytest.mark.parametrize(
    ("name", "planned", "kind"),
    [
        ("aliyun", "isv.MOBILE_NUMBER_ILLEGAL", Refused),
        ("aliyun", "isv.AMOUNT_NOT_ENOUGH", TryLater),
        ("aliyun", "isv.BUSINESS_LIMIT_CONTROL", TryLater),
        ("tencent", "FailedOperation.PhoneNumberInBlacklist", Refused),
        ("tencent", "LimitExceeded.PhoneNumberDailyLimit", TryLater),
        ("tencent", "InternalError.Timeout", TryLater),
        ("twilio", "21211", Refused),
        ("twilio", "20003", TryLater),
        ("webhook", "422", Refused),
        ("webhook", "404", TryLater),
        *((name, "busy", TryLater) for name in EVERY),
        *((name, "error", web.Unclear) for name in EVERY),
        *((name, "drop", Exception) for name in EVERY),
    ],
)
async def test_what_an_answer_means(cloud, providers, name, planned, kind):
    """A wrong number is refused, "not now" is certainly not sent, all else may have been."""
    cloud.plan.append(planned)

    with pytest.raises(kind) as failure:
        await providers[name].send(message())

    assert isinstance(failure.value, TryLater | Refused) == (planned not in ("error", "drop"))
    assert "13912345678" not in str(failure.value)


@pytest.mark.parametrize("name", EVERY)
async def test_a_provider_that_is_not_there(providers, name, cloud):
    """Without a connection nothing was sent, for certain."""
    cloud.shutdown()
    cloud.server_close()

    with pytest.raises(TryLater, match="cannot be reached"):
        await providers[name].send(message())


async def test_a_wrong_secret_is_no_refusal(cloud):
    """With a wrong key nothing is sent, and the next provider may."""
    async with web.client() as http:
        wrong = AliyunSettings(cloud.url, "YourAccessKeyId", "other", "用户", OWN)
        with pytest.raises(TryLater, match="said SignatureDoesNotMatch"):
            await Aliyun(http, wrong).send(message())
    assert cloud.taken == []


async def test_what_became_of_it(providers):
    """Providers that report are asked what became of a message."""
    now, to = datetime.now(UTC), "+8613912345678"

    assert await providers["aliyun"].fate(to, "n1", now) == "delivered (DELIVERED)"
    assert await providers["tencent"].fate(to, "n1", now) == "failed (off)"
    assert await providers["tencent"].fate(to, "n2", now) == "waiting"
    assert await providers["twilio"].fate(to, "n1", now) == "failed (30005)"


def test_countries_have_their_own_order():
    """A route names a country's providers in order; every other country has those of the star."""
    routes = Routes.parse("CN=aliyun,tencent; *=twilio")

    assert routes.of("CN") == ["aliyun", "tencent"]
    assert routes.of("FR") == ["twilio"]
    assert routes.names == {"aliyun", "tencent", "twilio"}
    assert Routes.parse("CN=aliyun").of("FR") == ()
    assert [country_of(to) for to in ("+8613912345678", "+14155550123", "+35", "x")] == [
        *("CN", "US", "", "")
    ]


@pytest.mark.parametrize("wrong", ["CN", "CN=", "XX=aliyun", "CN=aliyun;CN=twilio", "cn=aliyun"])
def test_a_wrong_route_stops_the_start(wrong):
    """A route that names no provider or no country is not read as something else."""
    with pytest.raises(ValueError, match="must read CN="):
        Routes.parse(wrong)


async def test_nobody_sends_there(providers):
    """A number of a country without a provider is refused, not tried."""
    channel = SmsChannel(Routes.parse("CN=aliyun"), providers)

    with pytest.raises(Refused, match="no provider sends to FR"):
        await channel.providers(message("+33612345678"))


async def send(channel: SmsChannel, one: Message, seconds: float) -> list[str]:
    """Send as `sending` does: one provider after the other, each with its share of the time."""
    asked = []
    for provider in await channel.providers(one):
        asked.append(provider.name)
        try:
            async with asyncio.timeout(seconds):
                await provider.send(one)
        except (TryLater, web.Unclear, TimeoutError):
            continue
        return asked
    raise AssertionError(f"not sent by {asked}")


async def test_after_failures_in_a_row_a_provider_rests(cloud, providers):
    """Five failures make a provider rest; what only concerns one number counts for nothing."""
    channel = SmsChannel(Routes.parse("*=aliyun,twilio"), providers)
    only = SmsChannel(Routes.parse("*=aliyun"), providers)
    for _ in range(6):
        cloud.plan += ["isv.BUSINESS_LIMIT_CONTROL", ""]
        assert await send(channel, message(), 5) == ["aliyun", "twilio"]
    for _ in range(5):
        cloud.plan += ["busy", ""]
        assert await send(channel, message(), 5) == ["aliyun", "twilio"]

    assert await send(channel, message(), 5) == ["twilio"]
    assert await send(only, message(), 5) == ["aliyun"]


@pytest.mark.parametrize("status", [429, 503])
async def test_too_many_is_said_by_the_status_alone(status):
    """A provider that says "too many" and then hangs has certainly not taken the message."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 10\r\n\r\nslo" % status)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with web.client() as http:
        twilio = Twilio(http, TwilioSettings(url, "AC1", "token", "+15005550006"))
        with pytest.raises(TryLater, match=f"answered {status}"):
            async with asyncio.timeout(30):
                await twilio.send(message("+33612345678"))
    server.close()
