"""Writing down what comes from a database, whose `Int64` msgspec does not know by itself; and what
reading may fail with.
"""

from typing import Any

import msgspec

UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What msgspec raises of bytes from elsewhere: of another shape, too deep, or not UTF-8."""


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
