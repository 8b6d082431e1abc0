"""The token that a client shows at each request: auth makes it, the gateway checks it."""

import time

import msgspec

from shared.encoding import to_msgpack
from shared.seals import BrokenSeal, seal, unseal
from shared.settings import KeyRing

_PURPOSE = "session"


class SessionToken(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Whose session this is, until when, and what it was made for."""

    user_id: int
    session_id: str
    expires_at: int
    """Seconds since 1970."""
    epoch: int
    """The account's epoch when the session began: raising it ends all sessions of before."""
    dialect: str
    """A token is good only in the dialect that it was issued through."""
    use: str = "session"
    """`session`, or `access` and `refresh` where a dialect knows two kinds of token."""


class BadToken(Exception):
    """The token was not made by us, or cannot be read."""


class ExpiredToken(BadToken):
    """The token was ours, and its time is over."""


_decoder = msgspec.msgpack.Decoder(SessionToken)


def issue(keys: KeyRing, token: SessionToken) -> str:
    """Write a token down, sealed."""
    return seal(keys, _PURPOSE, to_msgpack(token))


def read(keys: KeyRing, text: str, now: float | None = None) -> SessionToken:
    """Check seal and expiry; raises `BadToken` or `ExpiredToken`."""
    return check_expiry(unsealed(keys, text), now)


def unsealed(keys: KeyRing, text: str) -> SessionToken:
    """Check the seal alone, which never changes; raises `BadToken`."""
    try:
        return _decoder.decode(unseal(keys, _PURPOSE, text))
    except (BrokenSeal, msgspec.MsgspecError):
        raise BadToken from None


def check_expiry(token: SessionToken, now: float | None = None) -> SessionToken:
    """Give the token back if its time is not over; raises `ExpiredToken`."""
    if token.expires_at <= (time.time() if now is None else now):
        raise ExpiredToken
    return token
