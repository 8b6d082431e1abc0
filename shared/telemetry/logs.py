"""Structured logs in JSON lines, with secrets hidden and addresses masked by their type.

A message of a contract may be logged whole: fields of type `Secret` show as `…`, fields of type
`Address` masked. What slips into plain text is caught by shape as a last resort.
"""

import logging
import re
import sys
import time
from collections.abc import MutableMapping
from contextvars import ContextVar
from functools import cache
from math import ceil
from typing import Any

import msgspec
import structlog

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being served: in every log line, and in every message that it causes."""

HIDDEN = "…"

REMEMBERED = 10_000
"""Limits known to be reached; beyond, they are logged as if it were the first time."""

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PHONE = re.compile(r"\+\d{7,}")
_TOKEN = re.compile(r"\bv1\.[A-Za-z0-9]{1,8}\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}")


def mask(address: str) -> str:
    """Show enough of an address to tell two apart, too little to use it.

    >>> mask("+8613912345678"), mask("john@example.com")
    ('+8613*****678', 'j***@example.com')
    """
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    if len(address) < 8:
        return "***"
    if len(address) < 12:
        return f"{address[:2]}***{address[-2:]}"
    return f"{address[:5]}{'*' * max(3, len(address) - 9)}{address[-3:]}"


@cache
def _rules(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Which fields of a message are to be hidden or masked, read off their declared types."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return {entry.name: rule for entry in info.fields if (rule := _rule(entry.type))}


def _rule(declared: Any) -> str | None:
    if isinstance(declared, msgspec.inspect.Metadata):
        return (declared.extra or {}).get("log") or _rule(declared.type)
    if isinstance(declared, msgspec.inspect.UnionType):
        return next((rule for part in declared.types if (rule := _rule(part))), None)
    parts = (getattr(declared, name, None) for name in ("item_type", "key_type", "value_type"))
    return "hide" if any(part and _rule(part) for part in parts) else None


def redact(value: Any) -> Any:
    """Turn a value into what may be logged of it."""
    if isinstance(value, msgspec.Struct):
        rules = _rules(type(value))
        shown = {}
        for name in value.__struct_fields__:
            part, rule = getattr(value, name), rules.get(name)
            if rule and part is not None:
                part = HIDDEN if rule == "hide" else mask(str(part))
            shown[name] = redact(part)
        return shown
    if isinstance(value, str):
        text = _TOKEN.sub(HIDDEN, value)
        text = _EMAIL.sub(lambda found: mask(found.group()), text)
        return _PHONE.sub(lambda found: mask(found.group()), text)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, dict):
        return {str(key): redact(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(part) for part in value]
    return value


def _redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {key: redact(value) for key, value in event.items()}


def _with_request_id(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if request := request_id.get():
        event["request_id"] = request
    return event


class Excesses:
    """Logs limits that are reached, each once in this process until there is room again.

    Who goes on asking all the same shall not fill the log.
    """

    def __init__(self, event: str) -> None:
        self._event, self._log = event, logger("limits")
        self._until: dict[str, float] = {}

    def note(self, key: str, seconds: float, **facts: Any) -> None:
        """Note that `key` is at its limit for so many seconds; `facts` are what is logged of it."""
        now = time.monotonic()
        if self._until.get(key, now) > now:
            return
        if len(self._until) >= REMEMBERED:
            self._until.clear()
        self._until[key] = now + seconds
        self._log.warning(self._event, seconds=ceil(seconds), **facts)


def configure(process: str, level: str) -> None:
    """Write logs of this process, and of the libraries it uses, as JSON lines on stderr."""
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    finish: list[Any] = [
        structlog.processors.format_exc_info,
        _redact_event,
        # In ASCII, so that no character is a line break, or an order, to whoever shows the line.
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*chain, *finish],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
        )
    )
    # What the loop says whenever nats-py closes a connection over TLS; it means nothing.
    logging.getLogger("asyncio").addFilter(lambda line: "eof_received" not in line.getMessage())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.contextvars.bind_contextvars(process=process)


def logger(name: str) -> Any:
    """Give the logger of one part of a process."""
    return structlog.get_logger(part=name)
