"""Settings: what notify needs to start, and how it says so."""

import pytest

from services.notify.config import RONGCLOUD_URL, Config
from shared import settings
from tests.services.notify.conftest import new_key

GIVEN = {
    "NATS_URL": "nats://localhost",
    "MONGO_URL": "mongodb://localhost",
    "USERHUB_CALLER_KEY": new_key(),
    "USERHUB_IM_KEY": new_key(),
    "USERHUB_LOOKUP_KEY": new_key(),
}
RONGCLOUD = {
    "IM_PROVIDER": "rongcloud",
    "RONGCLOUD_APP_KEY": "key",
    "RONGCLOUD_APP_SECRET": "secret",
    "USERHUB_IM_KEY": "",
}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"USERHUB_IM_KEY": ""}, "USERHUB_IM_KEY is not set"),
        ({"USERHUB_IM_KEY": "short"}, "USERHUB_IM_KEY is wrong"),
        (RONGCLOUD | {"RONGCLOUD_APP_KEY": ""}, "RONGCLOUD_APP_KEY is not set"),
        (RONGCLOUD | {"RONGCLOUD_APP_SECRET": ""}, "RONGCLOUD_APP_SECRET is not set"),
        (RONGCLOUD | {"RONGCLOUD_URL": "ftp://x"}, "RONGCLOUD_URL is wrong"),
        ({"IM_PROVIDER": "pigeon"}, "IM_PROVIDER is wrong"),
        ({"USERHUB_ENV": "production", "USERHUB_LOOKUP_KEY": ""}, "USERHUB_LOOKUP_KEY is not set"),
    ],
)
def test_what_stops_the_start(changed, named):
    """A setting that is missing or wrong is named, its value is not."""
    with pytest.raises(ValueError, match=f"^{named}"):
        settings.read(Config, GIVEN | changed)


def test_what_is_enough():
    """RongCloud needs no key of ours, and dev no key for look-ups."""
    assert settings.read(Config, GIVEN | RONGCLOUD).rongcloud_url == RONGCLOUD_URL
    without = settings.read(Config, GIVEN | {"USERHUB_LOOKUP_KEY": ""})

    assert len(without.lookup().raw) == settings.KEY_BYTES
    assert without.lookup().raw != without.caller_key.raw
    assert settings.read(Config, GIVEN).lookup().raw != without.lookup().raw
