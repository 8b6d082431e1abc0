"""Which codes were sent and which were not, why, and what they cost. Auth answers administrators.

Refused are, before any cost: codes past a limit or the day's budget, numbers that are no mobile,
countries that are not allowed, what operators switched off, and codes of a country, network or
address of which too many were sent and never shown.
"""

from datetime import datetime

from shared.contract import Address, Call, Message
from shared.contracts.accounts import Role
from shared.contracts.notify import Channel
from shared.contracts.switches import Country


class ReadDecisions(Message):
    """Look up what was decided about codes."""

    to: Address | None = None
    """To this address alone."""
    country: Country | None = None
    """To this country alone."""
    since: datetime | None = None
    refused: bool = False
    """Those alone that were not sent."""


class Decision(Message):
    """A code that was sent, or refusals of one hour that are alike."""

    at: datetime
    """Of several, the last; `first_at` is the first."""
    first_at: datetime
    count: int
    reason: str
    """`sent`, or why not."""
    channel: Channel
    country: str
    """ISO 3166, two letters; `--` for e-mail."""
    network: str
    """An IPv4 address, or the /64 of an IPv6 address; empty, as may be the three below, where there
    were more refusals than are kept one by one, or whose address it was has left."""
    purpose: str
    """Begins with the dialect's name."""
    to_masked: str
    price: int
    """In thousandths of the operator's currency."""


class ReadBudget(Message):
    """Read what codes cost today (UTC)."""


class Spent(Message):
    """What codes to a country cost today, in thousandths."""

    country: str
    price: int
    """Of one."""
    spent: int


class Budget(Message):
    """What codes may cost and did cost today, in thousandths."""

    budget: int
    spent: int
    countries: list[Spent]
    """The dearest first."""


read_decisions = Call(
    "auth.fraud.decisions", ReadDecisions, list[Decision], least_role=Role.ADMIN, read_only=True
)
"""The last 100 of the last 30 days, newest first."""

read_budget = Call("auth.fraud.budget", ReadBudget, Budget, least_role=Role.ADMIN, read_only=True)
