"""Secrets of a development suite: made once, kept in the data folder."""

import base64
import secrets
from collections.abc import Mapping
from pathlib import Path

from ops.files import write_atomically

# Lists of `kid:key`, so that a key can be followed by a newer one; the first one signs.
ROTATING = ("USERHUB_SESSION_KEYS", "USERHUB_PASSWORD_PEPPERS")
SINGLE = (
    "USERHUB_CODE_KEY",
    "USERHUB_CALLER_KEY",
    "USERHUB_UPLOAD_KEY",
    "USERHUB_IM_KEY",
    "USERHUB_LOOKUP_KEY",
)


def dev_secrets(file: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Answer a value for every secret that is not given, the same ones at every start."""
    kept = _read(file)
    missing = [name for name in ROTATING + SINGLE if name not in given and name not in kept]
    if missing:
        kept |= {name: _new(name) for name in missing}
        write_atomically(file, "".join(f"{name}={value}\n" for name, value in kept.items()))
    return {name: value for name, value in kept.items() if name not in given}


def _new(name: str) -> str:
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"k1:{key}" if name in ROTATING else key


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = file.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
