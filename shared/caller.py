"""On whose behalf a call is made, signed by the gateway so that services need not trust the bus.

The gateway seals who is calling into a header that lives for a minute; each service checks it
against the field that the call says is the caller's (`Call.acts_for`). Calls that follow from it
carry the same header on. Each service has keys of its own, and the gateway those of all: a service
can sign nothing that another one believes.
"""

import time
from contextvars import ContextVar
from functools import lru_cache

import msgspec

from shared.encoding import to_msgpack
from shared.seals import BrokenSeal, seal_with_each, unseal_with_any
from shared.settings import KeyRing

LIFETIME = 60
"""Seconds that a signed caller is good for at most: longer than any deadline."""

AGAIN = 10
"""Seconds in which the same caller gets the same header, which is then good for that much less."""

REMEMBERED = 4096
"""Callers whose header is kept for that: about 2 MiB."""

_PURPOSE = "caller"


class Caller(msgspec.Struct, frozen=True, array_like=True):
    """A person with a session, as the gateway saw them."""

    user_id: int
    session_id: str
    role: int = 0


class _Signed(msgspec.Struct, frozen=True, array_like=True):
    caller: Caller
    expires_at: float


signed_caller: ContextVar[str | None] = ContextVar("signed_caller", default=None)
"""The header as it came, to be carried on."""

checked_caller: ContextVar[Caller | None] = ContextVar("checked_caller", default=None)
"""Who is asking, while a call is served that only somebody may ask (`acts_for`, `least_role`)."""


def acting() -> Caller:
    """Give who is asking; for a handler of such a call."""
    caller = checked_caller.get()
    if caller is None:
        raise LookupError("the call does not say who may ask it")
    return caller


_decoder = msgspec.msgpack.Decoder(_Signed)


class CallerSeal:
    """Signs callers with every key it is given, and believes what any one of them signed."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._sign_once = lru_cache(REMEMBERED)(self._sign)

    def sign(self, caller: Caller) -> str:
        """Seal a caller for the next minute, for every service that has one of the keys."""
        return self._sign_once(caller, time.time() // AGAIN * AGAIN + LIFETIME)

    def _sign(self, caller: Caller, expires_at: float) -> str:
        payload = to_msgpack(_Signed(caller, expires_at))
        return seal_with_each(self._keys, _PURPOSE, payload)

    def check(self, text: str | None) -> Caller | None:
        """Give the caller that a header names, or nothing if it is absent, forged or old."""
        if text is None:
            return None
        try:
            signed = _decoder.decode(unseal_with_any(self._keys, _PURPOSE, text))
        except (BrokenSeal, msgspec.MsgspecError):
            return None
        return signed.caller if signed.expires_at > time.time() else None
