"""What the profile service checks when it starts."""

import base64

import pytest
import structlog.testing

from services.profile.__main__ import PAYLOAD, check_payload
from services.profile.config import Config
from shared import settings

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
ENVIRONMENT = {
    "NATS_URL": "nats://127.0.0.1:1",
    "MONGO_URL": "mongodb://127.0.0.1:1",
    "USERHUB_CALLER_KEYS": f"k1:{KEY}",
    "USERHUB_UPLOAD_KEY": KEY,
    "MEDIA_DIR": "media",
}


def test_a_bus_for_small_messages_is_said():
    """Uploads that NATS would cut off are foreseen at the start, with the setting to change."""
    with structlog.testing.capture_logs() as logs:
        check_payload(PAYLOAD)
        assert logs == []
        check_payload(PAYLOAD - 1)

    [entry] = logs
    assert (entry["log_level"], entry["event"]) == ("warning", "nats.payload_too_small")
    assert "max_payload" in entry["why"]


@pytest.mark.parametrize("name", ["MEDIA_DIR", "USERHUB_UPLOAD_KEY"])
def test_a_missing_setting_is_named(name):
    """The service does not start without a place for pictures or a key for tickets."""
    assert settings.read(Config, ENVIRONMENT).media_dir == "media"

    with pytest.raises(ValueError, match=f"{name} is not set"):
        settings.read(Config, {**ENVIRONMENT, name: ""})
