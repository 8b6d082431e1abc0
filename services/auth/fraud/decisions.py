"""Each decision about a code, for thirty days: who was sent one, who was not, and why.

A code that was sent is a document of its own. Refusals come in floods: those of one hour with the
same reason, network and address are one document with a count, and past a number of such documents
what comes is counted without the address.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from services.auth.fraud.attempts import Attempt
from services.auth.fraud.rules import Reason
from shared import addresses
from shared.contracts import fraud
from shared.errors import Unavailable
from shared.mongo import DESCENDING, Document, IndexModel, Mongo, Session, reachable
from shared.redis import Limit, Redis
from shared.telemetry import logs

KEEP_SECONDS = 30 * 86400
"""How long a decision can be looked up."""

PAGE = 100
"""Decisions in one answer."""

NETWORK_HOUR, ALL_HOUR = 100, 2_000
"""Documents of refusals in an hour that name an address, of one network and over all: at the worst
1.5 million in thirty days, some 600 MB."""

INDEXES = {
    "code_decisions": [
        IndexModel([("at", DESCENDING)], expireAfterSeconds=KEEP_SECONDS),
        IndexModel([("address", DESCENDING), ("at", DESCENDING)]),
        IndexModel([("country", DESCENDING), ("at", DESCENDING)]),
    ]
}


class Decisions:
    """The record of what was decided; `hidden` makes the keyed hashes that stand for addresses."""

    def __init__(
        self, mongo: Mongo, redis: Redis, hidden: Callable[..., str], scale: float
    ) -> None:
        self._docs, self._redis, self._hidden = mongo["code_decisions"], redis, hidden
        self._most = [max(1, int(most * scale)) for most in (NETWORK_HOUR, ALL_HOUR)]

    async def record(self, attempt: Attempt, reason: Reason, price: int = 0) -> None:
        """Write down what was decided; `price` in thousandths."""
        now = datetime.now(UTC)
        about = self._about(attempt) | {"reason": reason, "price": price, "first_at": now}
        if reason is Reason.SENT:
            async with reachable():
                await self._docs.insert_one(about | {"at": now, "count": 1})
            return
        about |= await self._left_out(_key(about, now), attempt.network)
        async with reachable():
            await self._docs.update_one(
                {"_id": _key(about, now)},
                {"$setOnInsert": about, "$set": {"at": now}, "$inc": {"count": 1}},
                upsert=True,
            )

    async def _left_out(self, key: str, network: str) -> Document:
        """Tell what of a refusal is not kept, as too many others are."""
        of_network = Limit(f"code-refusals:ip:{network}", self._most[0], 3600)
        of_all = Limit("code-refusals", self._most[1], 3600)
        try:
            exceeded = await self._redis.exceeded([of_network, of_all], key)
        except Unavailable:
            return _NAMELESS | {"network": ""}
        if exceeded is None:
            return {}
        return _NAMELESS | ({"network": ""} if exceeded.by is of_all else {})

    def _about(self, attempt: Attempt) -> Document:
        return {
            "channel": attempt.channel,
            "country": attempt.country,
            "network": attempt.network,
            "purpose": attempt.purpose,
            "address": self._hashed(attempt.address),
            "to_masked": logs.mask(attempt.address),
        }

    def _hashed(self, address: str) -> str:
        return self._hidden("decision", address)

    async def read(self, ask: fraud.ReadDecisions) -> list[fraud.Decision]:
        """Look up the latest decisions, newest first."""
        query: Document = {}
        if ask.to is not None:
            query["address"] = self._hashed(addresses.key(ask.to))
        if ask.country is not None:
            query["country"] = ask.country
        if ask.since is not None:
            query["at"] = {"$gte": ask.since}
        if ask.refused:
            query["reason"] = {"$ne": Reason.SENT}
        async with reachable():
            found = await self._docs.find(query).sort("at", DESCENDING).limit(PAGE).to_list(PAGE)
        return [_shown(one) for one in found]

    async def forget(self, session: Session, *gone: str | None) -> None:
        """Let go of addresses whose owner leaves; what was decided stays."""
        hashes = [self._hashed(addresses.key(one)) for one in gone if one]
        await self._docs.update_many(
            {"address": {"$in": hashes}}, {"$set": _NAMELESS}, session=session
        )


_NAMELESS: Document = {"address": "", "to_masked": "", "purpose": ""}


def _key(about: Document, now: datetime) -> str:
    """Give the same id to refusals of one hour that are alike."""
    alike = (about[name] for name in ("reason", "channel", "country", "network", "address"))
    return sha256("|".join([f"{now:%Y-%m-%dT%H}", *alike]).encode()).hexdigest()


def _shown(document: Document) -> fraud.Decision:
    fields = fraud.Decision.__struct_fields__
    return fraud.Decision(**{name: document[name] for name in fields})
