"""Codes that were not sent because they look like an attack. Auth answers.

Refused are, before any cost: numbers that are no mobile, countries that are not allowed, and codes
of a country or a network of which too many were sent and never shown.
"""

from datetime import datetime

from shared.contract import Call, Message
from shared.contracts.accounts import Role


class ReadRefusals(Message):
    """Read what was refused of late."""


class Refusal(Message):
    """Codes that were refused within one hour, for one reason."""

    hour: datetime
    reason: str
    country: str
    """ISO 3166, two letters; empty for e-mail."""
    network: str
    """An IPv4 address, or the /64 of an IPv6 address."""
    count: int


read_refusals = Call("auth.fraud.refusals", ReadRefusals, list[Refusal], least_role=Role.ADMIN)
"""The last 100 of the last 30 days, newest first."""
