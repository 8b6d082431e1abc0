"""What providers say became of messages, asked when an operator wants to know."""

import asyncio
from collections.abc import Mapping, Sequence

import httpx
import msgspec

from services.notify.sending.channels import Refused, Reporting, TryLater
from services.notify.web import Unclear
from shared.contracts.notify import Attempt, Delivery, Outcome

MOST = 10
"""Deliveries that providers are asked about in one answer, the latest."""

REPORT_SECONDS = 2.0
"""How long a provider may take: who asked is waiting."""


async def added(
    deliveries: Sequence[Delivery], to: str, reporting: Mapping[str, Reporting]
) -> list[Delivery]:
    """Add to the last attempt of each of the latest deliveries what its provider says of it."""
    latest = await asyncio.gather(*(_added(one, to, reporting) for one in deliveries[:MOST]))
    return [*latest, *deliveries[MOST:]]


async def _added(delivery: Delivery, to: str, reporting: Mapping[str, Reporting]) -> Delivery:
    if not delivery.history:
        return delivery
    *before, last = delivery.history
    provider = reporting.get(last.provider)
    if provider is None or last.receipt is None or last.outcome is not Outcome.SENT:
        return delivery
    report = await _report(provider, to, last)
    history = [*before, msgspec.structs.replace(last, report=report, reported_at=None)]
    return msgspec.structs.replace(delivery, history=history)


async def _report(provider: Reporting, to: str, attempt: Attempt) -> str:
    assert attempt.receipt is not None
    try:
        async with asyncio.timeout(REPORT_SECONDS):
            return await provider.fate(to, attempt.receipt, attempt.at)
    except (httpx.HTTPError, TimeoutError, TryLater, Refused, Unclear) as error:
        return f"unknown ({type(error).__name__})"
