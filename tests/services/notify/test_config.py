"""Settings: what notify needs to start, and how it says so."""

from typing import Any

import pytest

from services.notify import providers
from services.notify.config import RONGCLOUD_URL, Config
from shared import settings
from shared.contracts.notify import Channel
from tests.services.notify.conftest import new_key

GIVEN = {
    "NATS_URL": "nats://localhost",
    "MONGO_URL": "mongodb://localhost",
    "USERHUB_CALLER_KEYS": f"k1:{new_key()}",
    "USERHUB_LOOKUP_KEY": new_key(),
}
RONGCLOUD = {
    "IM_PROVIDER": "rongcloud",
    "RONGCLOUD_APP_KEY": "key",
    "RONGCLOUD_APP_SECRET": "secret",
}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (RONGCLOUD | {"RONGCLOUD_APP_KEY": ""}, "RONGCLOUD_APP_KEY is not set"),
        (RONGCLOUD | {"RONGCLOUD_APP_SECRET": ""}, "RONGCLOUD_APP_SECRET is not set"),
        (RONGCLOUD | {"RONGCLOUD_URL": "ftp://x"}, "RONGCLOUD_URL is wrong"),
        ({"IM_PROVIDER": "pigeon"}, "IM_PROVIDER is wrong"),
        ({"USERHUB_LOOKUP_KEY": ""}, "USERHUB_LOOKUP_KEY is not set"),
    ],
)
def test_what_stops_the_start(changed, named):
    """A setting that is missing or wrong is named, its value is not."""
    with pytest.raises(ValueError, match=f"^{named}"):
        settings.read(Config, GIVEN | changed)


def test_what_is_enough():
    """RongCloud needs no key of ours for tokens."""
    assert settings.read(Config, GIVEN | RONGCLOUD).rongcloud_url == RONGCLOUD_URL


SMTP = {"SMTP_HOST": "mail.example.com", "EMAIL_FROM": "Userhub <no-reply@example.com>"}
ALIYUN = {
    "SMS_ROUTES": "CN=aliyun",
    "ALIYUN_SMS_KEY_ID": "id",
    "ALIYUN_SMS_KEY_SECRET": "secret",
    "ALIYUN_SMS_SIGN_NAME": "sign",
    "ALIYUN_SMS_TEMPLATES": "new_device=SMS_1",
}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_SENDER": "MG1"}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SMS_ROUTES": "CN"}, "SMS_ROUTES is wrong: it must read"),
        ({"SMS_ROUTES": "CN=pigeon"}, "SMS_ROUTES names pigeon, which is none of"),
        ({"SMS_ROUTES": "CN=twilio"}, "SMS_ROUTES names twilio, which is not wholly set"),
        ({"PUSH_TYPES": "2=pigeon"}, "PUSH_TYPES names pigeon"),
        (SMTP | {"EMAIL_FROM": "nobody"}, "EMAIL_FROM is wrong"),
        ({"SMTP_SECURITY": "maybe"}, "SMTP_SECURITY is wrong"),
        ({"ALIYUN_SMS_TEMPLATES": "x"}, "ALIYUN_SMS_TEMPLATES is wrong"),
        (ALIYUN, "ALIYUN_SMS_TEMPLATES has no verification_code"),
        ({"FCM_ACCOUNT_SECRET": "{}"}, "FCM_ACCOUNT_SECRET is not"),
        ({"SMS_WEBHOOK_KEY": "short"}, "SMS_WEBHOOK_KEY is wrong"),
    ],
)
def test_a_wrong_provider_stops_the_start(changed, named):
    """A provider that is named but not wholly set, or wrongly, is found at the start."""
    with pytest.raises(ValueError, match=named):
        settings.read(Config, GIVEN | changed)


def test_channels_are_those_that_something_is_set_for():
    """In production each channel is there if a provider is set for it, and not otherwise."""
    given = GIVEN | SMTP | TWILIO | {"SMS_ROUTES": "*=twilio", "USERHUB_ENV": "production"}
    inbox: Any = None
    chosen = providers.choose(settings.read(Config, given), inbox, inbox)
    nothing = providers.choose(
        settings.read(Config, GIVEN | {"USERHUB_ENV": "production"}), inbox, inbox
    )

    assert set(chosen.channels) == {Channel.SMS, Channel.EMAIL}
    assert set(chosen.reporting) == {"twilio"}
    assert nothing.channels == {}
