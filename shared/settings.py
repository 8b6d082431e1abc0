"""Settings: environment variables, read once in a `__main__`, as one typed struct per process.

A missing or bad variable stops the start with its name.
"""

import base64
import binascii
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, field

T = TypeVar("T", bound="Common")

KEY_BYTES = 32
"""Shortest key accepted: 256 bits, the output size of the HMAC-SHA-256 that uses it."""


class Key:
    """A secret key; never printed."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read base64url of at least 32 bytes."""
        try:
            padded = text + "=" * (-len(text) % 4)
            raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("is not base64url") from None
        if len(raw) < KEY_BYTES:
            raise ValueError(f"has {len(raw)} bytes, needs at least {KEY_BYTES}")
        if len(set(raw)) < KEY_BYTES // 4:
            raise ValueError("is a placeholder, not a random key")
        return cls(raw)

    def __repr__(self) -> str:
        return "Key(…)"


class KeyRing:
    """Keys by id: the first one signs, every one is accepted, so that keys can be rotated."""

    def __init__(self, keys: Mapping[str, Key]) -> None:
        self.keys = dict(keys)
        self.current = next(iter(self.keys))

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:base64url[,id:base64url…]`; an id is 1 to 8 letters or digits."""
        keys: dict[str, Key] = {}
        for part in text.split(","):
            key_id, _, key = part.strip().partition(":")
            if not (key_id.isascii() and key_id.isalnum() and len(key_id) <= 8 and key):
                raise ValueError("must read id:key[,id:key…], an id being 1 to 8 letters or digits")
            if key_id in keys:
                raise ValueError(f"names the key id {key_id} twice")
            keys[key_id] = Key.parse(key)
        return cls(keys)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.keys)})"


class Common(msgspec.Struct, frozen=True, kw_only=True):
    """What every process of ours is told; never printed, as URLs may hold passwords as well."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    env: Annotated[
        Literal["dev", "production"],
        Meta(description="`production` has no /dev routes and sends to real providers"),
    ] = field(name="USERHUB_ENV", default="dev")
    nats_url: Annotated[str, Meta(min_length=1, description="where NATS is")] = field(
        name="NATS_URL"
    )
    tls_ca_file: Annotated[
        str,
        Meta(
            description="who signs the certificates of NATS, MongoDB and Redis where URLs ask for "
            "TLS (`tls://…`, `…?tls=true`, `rediss://…`); by default whom the system trusts"
        ),
    ] = field(name="TLS_CA_FILE", default="")
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="what is logged")
    ] = field(name="LOG_LEVEL", default="info")
    metrics_port: Annotated[
        int, Meta(ge=0, le=65535, description="port of this process's own `/metrics`; 0: none")
    ] = field(name="METRICS_PORT", default=0)
    metrics_host: Annotated[str, Meta(description="address that the metrics port listens on")] = (
        field(name="METRICS_HOST", default="127.0.0.1")
    )
    caller_keys: Annotated[
        KeyRing,
        Meta(
            description="show on whose behalf a call is made, `id:key[,id:key…]`: a service "
            "believes each of its own, the gateway signs with all of every service"
        ),
    ] = field(name="USERHUB_CALLER_KEYS")
    max_in_flight: Annotated[
        int, Meta(ge=1, description="calls served at once before answering busy")
    ] = field(name="MAX_IN_FLIGHT", default=512)


class Stored(Common, frozen=True, kw_only=True):
    """What a service with a database is told."""

    mongo_url: Annotated[str, Meta(min_length=1, description="where MongoDB is")] = field(
        name="MONGO_URL"
    )


def _decode(kind: type, value: Any) -> Any:
    if kind in (Key, KeyRing):
        return kind.parse(value)
    raise NotImplementedError(kind)


def read(kind: type[T], environ: Mapping[str, str]) -> T:
    """Read the settings of a process, or raise `ValueError` with the name of the one at fault."""
    names = {f.encode_name for f in msgspec.structs.fields(kind)}
    given = {name: environ[name] for name in names if environ.get(name)}
    try:
        return msgspec.convert(given, kind, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise ValueError(_explain(kind, str(error))) from None


def read_or_exit(kind: type[T], environ: Mapping[str, str], process: str) -> T:
    """Read the settings, or say which one is wrong and end the process with status 2."""
    try:
        return read(kind, environ)
    except ValueError as error:
        sys.exit(f"userhub {process} cannot start: {error}")


def _explain(kind: type[Common], text: str) -> str:
    descriptions = {name: described for name, _, described in table(kind)}
    for name, described in descriptions.items():
        if f"`{name}`" in text:
            return f"{name} is not set ({described})"
        if f"$.{name}" in text:
            return f"{name} is wrong: {text.partition(' - at')[0]} ({described})"
    return text


def table(kind: type[Common]) -> list[tuple[str, str, str]]:
    """Name, default and meaning of every setting of a process, for the docs."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    rows = []
    for entry in info.fields:
        schema = getattr(entry.type, "extra_json_schema", None) or {}
        default = "required" if entry.required else str(entry.default)
        if not entry.required and entry.default in (None, msgspec.NODEFAULT):
            default = ""
        rows.append((entry.encode_name, default, str(schema.get("description", ""))))
    return rows
