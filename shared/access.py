"""What gateways must know of accounts and sessions beyond what a token says.

Auth writes it to two key-value buckets, every gateway watches them. Only what is not the default is
there: a role, a lock, an epoch above 0; a session that ended before its time.
"""

import msgspec
from nats.js.api import KeyValueConfig, StorageType

SESSIONS_BUCKET = "ended_sessions"
ACCOUNTS_BUCKET = "account_flags"

BUCKETS = (SESSIONS_BUCKET, ACCOUNTS_BUCKET)

WHOLE_KEY = "_whole"
"""Is in a bucket once everything else is; auth fills a bucket that lacks it at its next start.

A gateway is not ready before it saw that of the accounts (that of the sessions ages with them).
"""

SESSION_SECONDS = 31 * 86400
"""Longest life of a session (`sessions.Terms.lifetime`), and so of the news that it ended."""

SESSIONS = KeyValueConfig(
    bucket=SESSIONS_BUCKET,
    description="Sessions that ended before their time, with their expiry",
    ttl=SESSION_SECONDS,
    history=1,
    storage=StorageType.FILE,
)
ACCOUNTS = KeyValueConfig(
    bucket=ACCOUNTS_BUCKET,
    description="Role, state and epoch of accounts where they are not the default",
    history=1,
    storage=StorageType.FILE,
)


class Flags(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is not the default about an account."""

    role: int = 0
    epoch: int = 0
    """Sessions of an earlier epoch are over, but for `kept`."""
    kept: str | None = None
    locked: bool = False
    """Disabled, or being deleted: no session is good."""


DEFAULT = Flags()
