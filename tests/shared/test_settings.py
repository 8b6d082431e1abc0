"""Settings: what is missing or wrong is named, what is secret is never shown."""

import base64
import secrets
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Config as GatewayConfig
from services.auth.config import Config as AuthConfig
from services.notify.config import Config as NotifyConfig
from services.profile.config import Config as ProfileConfig
from services.social.config import Config as SocialConfig
from shared import settings
from shared.settings import KEY_BYTES, Key, KeyRing

CONFIGS = [GatewayConfig, AuthConfig, NotifyConfig, ProfileConfig, SocialConfig]


def new_key(size=KEY_BYTES) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode().rstrip("=")


def good(kind) -> dict[str, str]:
    """Values for all that must be set."""
    table = settings.table(kind)
    wanted = [row[0] for row in table if row[1] == "required" or row[0] == "USERHUB_IM_KEY"]
    found = {}
    for name in wanted:
        if name.endswith("_URL"):
            found[name] = f"{name.partition('_')[0].lower()}://127.0.0.1:1"
        elif name.endswith(("_KEYS", "_PEPPERS")):
            found[name] = f"k1:{new_key()}"
        elif name.endswith("_KEY"):
            found[name] = new_key()
        else:
            found[name] = "/tmp/x" if name.endswith("_DIR") else "8000"
    return found


@pytest.mark.parametrize("kind", CONFIGS, ids=lambda kind: kind.__module__)
def test_each_missing_variable_is_named(kind):
    """Whatever is not set that must be is named, with what it is for; so is an empty one."""
    environ = good(kind)
    assert settings.read(kind, environ)
    for name in environ:
        for without in ({**environ, name: ""}, {k: v for k, v in environ.items() if k != name}):
            with pytest.raises(ValueError, match=rf"^{name} is not set \(.+\)$"):
                settings.read(kind, without)


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "USERHUB_ENV": ["prod", "DEV"],
        "LOG_LEVEL": ["loud"],
        "METRICS_PORT": ["-1", "65536", "x"],
        "MAX_IN_FLIGHT": ["0", "1.5"],
        "USERHUB_CALLER_KEYS": [new_key(), f"k1:{new_key()},k1:{new_key()}"],
        "USERHUB_CODE_KEY": ["short", "no base64 at all!", "A" * 43, new_key(31)],
        "USERHUB_SESSION_KEYS": [
            new_key(),
            f"toolongid:{new_key()}",
            "k1:",
            f":{new_key()}",
            f"k1:{new_key()},",
            "k1:AAAA",
            f"é:{new_key()}",
        ],
        "USERHUB_PASSWORD_PEPPERS": [f"k1:{new_key()},k1:{new_key()}"],
        "USERHUB_LIMIT_SCALE": ["0", "-1", "nan", "inf", "x"],
        "HASH_MEMORY_KIB": ["7167"],
        "HASH_PASSES": ["0"],
        "HASH_THREADS": ["0"],
        "HASH_QUEUE": ["0"],
    }.items(),
)
def test_each_wrong_variable_is_named(name, values):
    """A bad value stops the start with its name, and a secret is not repeated."""
    environ = good(AuthConfig)
    for value in values:
        with pytest.raises(ValueError, match=rf"^{name} is wrong: ") as raised:
            settings.read(AuthConfig, {**environ, name: value})
        if "KEY" in name or "PEPPER" in name:
            assert value not in str(raised.value)


@pytest.mark.parametrize("value", ["10.0.0.1/8", "10.0.0.0/8 172.16.0.0/12", "proxy", "::1/200"])
def test_proxies_that_are_no_networks_are_named(value):
    """Who writes them wrong reads which setting it is, and no gateway starts."""
    with pytest.raises(ValueError, match=r"^TRUSTED_PROXIES is wrong: "):
        settings.read(GatewayConfig, good(GatewayConfig) | {"TRUSTED_PROXIES": value})


def test_both_sides_of_bounds():
    """The smallest and largest values that are allowed are taken."""
    bounds = {"METRICS_PORT": "65535", "HASH_MEMORY_KIB": "7168", "USERHUB_LIMIT_SCALE": "0.01"}
    read = settings.read(AuthConfig, {**good(AuthConfig), **bounds})

    assert (read.metrics_port, read.hash_memory_kib, read.limit_scale) == (65535, 7168, 0.01)


@pytest.mark.parametrize("kind", CONFIGS, ids=lambda kind: kind.__module__)
def test_secrets_are_not_shown(kind):
    """Printed or turned into text, settings show no key."""
    environ = good(kind)
    read = settings.read(kind, environ)

    for shown in (repr(read), str(read), f"{read}"):
        for name, value in environ.items():
            if "KEY" in name or "PEPPER" in name:
                assert value.removeprefix("k1:") not in shown


def test_passwords_are_not_shown():
    """The first administrator's password is a secret as well."""
    given = {**good(AuthConfig), "USERHUB_ADMIN_PASSWORD": "the very first words"}
    read = settings.read(AuthConfig, given)

    assert read.admin_password == "the very first words"
    assert "the very first words" not in repr(read)


@given(st.binary(min_size=KEY_BYTES, max_size=64))
def test_a_key_comes_back_unless_it_is_a_placeholder(raw):
    """Random bytes are taken, with or without padding; a repeated pattern is not."""
    text = base64.urlsafe_b64encode(raw).decode()
    if len(set(raw)) < KEY_BYTES // 4:
        with pytest.raises(ValueError, match="placeholder"):
            Key.parse(text)
    else:
        assert Key.parse(text).raw == Key.parse(text.rstrip("=")).raw == raw


def test_keys_by_id():
    """The first key signs, all are accepted."""
    ring = KeyRing.parse(f"new:{new_key()}, old:{new_key()}")

    assert ring.current == "new"
    assert set(ring.keys) == {"new", "old"}
    assert repr(ring) == "KeyRing(new, old)"


@pytest.mark.parametrize("name", ["auth", "profile", "social", "notify"])
def test_a_process_says_what_is_missing(name):
    """Started without settings it ends with status 1 and one line that names a variable."""
    done = subprocess.run(
        [sys.executable, "-m", f"services.{name}"],
        env={"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"userhub {name} cannot start: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("origins", "good_ones"),
    [
        ("", True),
        ("https://web.example.com", True),
        ("https://web.example.com, http://localhost:3000", True),
        ("*", False),
        ("https://*.example.com", False),
        ("https://web.example.com/", False),
        ("web.example.com", False),
        ("null", False),
    ],
)
def test_origins_are_exact(origins, good_ones):
    """What would let pages in that nobody named stops the start."""
    given = good(GatewayConfig) | {"PUBLIC_URL": "https://x", "ALLOWED_ORIGINS": origins}
    if good_ones:
        assert settings.read(GatewayConfig, given).allowed_origins == origins
    else:
        with pytest.raises(ValueError, match="ALLOWED_ORIGINS"):
            settings.read(GatewayConfig, given)
