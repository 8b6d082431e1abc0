"""Secrets of a development suite: made once, kept in the data folder."""

import base64
import secrets
from collections.abc import Mapping
from pathlib import Path

from ops.files import write_atomically
from shared.contracts.outboxes import SERVICES

CALLER_KEYS = {name: f"USERHUB_{name.upper()}_CALLER_KEYS" for name in SERVICES}
"""By service: the secret by which it knows on whose behalf it is asked."""

# Lists of `id:key`, so that a key can be followed by a newer one, each with the id of its first.
# Those of callers differ, because whoever signs for all services has them in one list.
ROTATING = {
    "USERHUB_SESSION_KEYS": "k1",
    "USERHUB_PASSWORD_PEPPERS": "k1",
    **{name: f"{service}1" for service, name in CALLER_KEYS.items()},
}
SINGLE = (
    "USERHUB_CODE_KEY",
    "USERHUB_UPLOAD_KEY",
    "USERHUB_IM_KEY",
    "USERHUB_LOOKUP_KEY",
)


def dev_secrets(file: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Answer a value for every secret that is not given, the same ones at every start."""
    kept = read_secrets(file)
    missing = [name for name in (*ROTATING, *SINGLE) if name not in given and name not in kept]
    if missing:
        kept |= {name: _new(name) for name in missing}
        write_atomically(file, "".join(f"{name}={value}\n" for name, value in kept.items()))
    return {name: value for name, value in kept.items() if name not in given}


def signing_keys(given: Mapping[str, str]) -> str:
    """Join the keys of every service: what the gateway and operators sign callers with."""
    return ",".join(filter(None, (given.get(name) for name in CALLER_KEYS.values())))


def read_secrets(file: Path) -> dict[str, str]:
    """Read a file of secrets; one that is not there has none."""
    if not file.exists():
        return {}
    lines = file.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _new(name: str) -> str:
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"{ROTATING[name]}:{key}" if name in ROTATING else key
