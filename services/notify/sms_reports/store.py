"""How reports are kept: one document per message of a provider, as long as deliveries are.

They are joined with the attempts that they are about when those are read, so a report may come
before our own record of the attempt. By itself a document tells of nobody: its name is a hash of
the provider's id of the message, made with a key of ours.
"""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from services.notify.sending.store import KEEP_SECONDS
from services.notify.sms_reports.rules import Report
from shared.contracts.notify import Attempt, Delivery
from shared.mongo import ASCENDING, Document, IndexModel, Mongo, UpdateOne, reachable
from shared.settings import Key

INDEXES = {"sms_reports": [IndexModel([("at", ASCENDING)], expireAfterSeconds=KEEP_SECONDS)]}


class MongoSmsReports:
    """What providers said of their own accord became of messages."""

    def __init__(self, mongo: Mongo, lookup_key: Key) -> None:
        self._docs, self._key = mongo["sms_reports"], lookup_key

    async def keep(self, provider: str, reports: Sequence[Report]) -> list[Report]:
        """Write reports down, and give those of messages that had none."""
        if not reports:
            return []
        now = datetime.now(UTC)
        changes = [
            UpdateOne(
                {"_id": self._name(provider, one.receipt)},
                {"$setOnInsert": {"report": one.text, "at": now}},
                upsert=True,
            )
            for one in reports
        ]
        async with reachable():
            result = await self._docs.bulk_write(changes, ordered=False)
        return [reports[place] for place in result.upserted_ids or ()]

    async def added(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Add to every attempt what its provider reported of it."""
        names = [
            self._name(attempt.provider, attempt.receipt)
            for delivery in deliveries
            for attempt in delivery.history
            if attempt.receipt
        ]
        if not names:
            return list(deliveries)
        most = len(names)
        async with reachable():
            docs = await self._docs.find({"_id": {"$in": names}}).limit(most).to_list(most)
        found = {doc["_id"]: doc for doc in docs}
        return [
            msgspec.structs.replace(
                delivery, history=[self._reported(one, found) for one in delivery.history]
            )
            for delivery in deliveries
        ]

    def _reported(self, attempt: Attempt, found: dict[str, Document]) -> Attempt:
        doc = found.get(self._name(attempt.provider, attempt.receipt or ""))
        if doc is None:
            return attempt
        return msgspec.structs.replace(attempt, report=doc["report"], reported_at=doc["at"])

    def _name(self, provider: str, receipt: str) -> str:
        text = f"sms report\0{provider}\0{receipt}"
        return hmac.digest(self._key.raw, text.encode(), "sha256").hex()
