"""Writing down what comes from a database: msgspec does not know the driver's `Int64` by itself."""

from typing import Any

import msgspec


def _plain(value: object) -> int:
    if isinstance(value, int):
        return int(value)
    raise NotImplementedError(type(value))


to_msgpack = msgspec.msgpack.Encoder(enc_hook=_plain).encode
"""Write a message, token or ticket for another process of ours."""

to_json = msgspec.json.Encoder(enc_hook=_plain).encode
"""Write for those who do not share our code."""


def to_builtins(value: object) -> Any:
    """Give a struct as the dicts and lists that JSON knows."""
    return msgspec.to_builtins(value, enc_hook=_plain)
