"""Sealed texts: readable by anyone, made only by who holds the key.

`v1.<key id>.<payload>.<mac>`, all of it in `[A-Za-z0-9_.-]`, so that headers, cookies and URLs
carry it intact. The MAC is HMAC-SHA-256 over version, purpose, key id and payload.

For several readers, who are not to seal for each other: `v1.<payload>.<key id>.<mac>…`, the last
two once for each key.
"""

import base64
import hashlib
import hmac

from shared.settings import KeyRing


class BrokenSeal(Exception):
    """The text was not sealed for this purpose with a key of ours."""


def seal(keys: KeyRing, purpose: str, payload: bytes) -> str:
    """Seal a payload with the current key."""
    key_id = keys.current
    return f"v1.{key_id}.{_encode(payload)}.{_encode(_mac(keys, purpose, key_id, payload))}"


def unseal(keys: KeyRing, purpose: str, text: str) -> bytes:
    """Give the payload back, or raise `BrokenSeal`."""
    parts = text.split(".")
    if len(parts) != 4 or parts[0] != "v1" or parts[1] not in keys.keys:
        raise BrokenSeal
    return _checked(keys, purpose, *parts[1:])


def seal_with_each(keys: KeyRing, purpose: str, payload: bytes) -> str:
    """Seal a payload with every key, for readers that have one of them each."""
    macs = (f"{key_id}.{_encode(_mac(keys, purpose, key_id, payload))}" for key_id in keys.keys)
    return f"v1.{_encode(payload)}.{'.'.join(macs)}"


def unseal_with_any(keys: KeyRing, purpose: str, text: str) -> bytes:
    """Give back a payload that was sealed with one of the keys, or raise `BrokenSeal`."""
    version, _, rest = text.partition(".")
    written, *macs = rest.split(".")
    if version != "v1" or len(macs) % 2:
        raise BrokenSeal
    for key_id, mac in zip(macs[::2], macs[1::2], strict=True):
        if key_id in keys.keys:
            return _checked(keys, purpose, key_id, written, mac)
    raise BrokenSeal


def _checked(keys: KeyRing, purpose: str, key_id: str, written: str, mac: str) -> bytes:
    try:
        payload, given = _decode(written), _decode(mac)
    except ValueError:
        raise BrokenSeal from None
    if not hmac.compare_digest(given, _mac(keys, purpose, key_id, payload)):
        raise BrokenSeal
    return payload


def _mac(keys: KeyRing, purpose: str, key_id: str, payload: bytes) -> bytes:
    message = b"v1|%b|%b|%b" % (purpose.encode(), key_id.encode(), payload)
    return hmac.digest(keys.keys[key_id].raw, message, hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encode(raw) != text:
        raise ValueError("not the one way to write these bytes")
    return raw
