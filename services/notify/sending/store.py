"""How deliveries are kept: one document per message, for ninety days.

A document has neither address nor text: the address is masked, and hashed to be found by.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.notify.sending import rules
from services.notify.sending.rules import Delivery
from shared import erasure
from shared.consumers import ACK_WAIT
from shared.contracts import notify
from shared.contracts.notify import Outcome, Send, Status
from shared.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    IndexModel,
    Mongo,
    ReturnDocument,
    Session,
    reachable,
)
from shared.settings import Key
from shared.telemetry import logs

KEEP_SECONDS = 90 * 24 * 3600
"""How long a delivery can be looked up: a complaint comes within a quarter."""

CLAIM = timedelta(seconds=ACK_WAIT * 0.8)
"""How long an attempt is taken to be under way: as long as a consumer lets a handler run, and less
than the server waits before it gives the message to another instance."""

KEEP_ATTEMPTS = 20
"""Attempts that a document lists, the last ones: more than a consumer makes before it gives up."""

PAGE = 100
"""Deliveries in one answer."""

OPEN = [Status.WAITING, Status.SENDING]

INDEXES = {
    "deliveries": [
        IndexModel([("address", ASCENDING), ("created_at", DESCENDING)]),
        IndexModel(
            [("user_id", ASCENDING), ("channel", ASCENDING), ("created_at", ASCENDING)],
            name="of_a_person",
            partialFilterExpression={"user_id": {"$gt": 0}},
        ),
        IndexModel([("created_at", ASCENDING)], expireAfterSeconds=KEEP_SECONDS),
    ]
}


def pushes_to(user_id: int, since: datetime) -> Document:
    """Ask for the pushes to all devices of a person since then."""
    return {"user_id": user_id, "channel": notify.Channel.PUSH, "created_at": {"$gt": since}}


class MongoDeliveries:
    """The record of what was sent, and what decides that it is sent once."""

    def __init__(self, mongo: Mongo, lookup_key: Key) -> None:
        self._mongo, self._docs, self._key = mongo, mongo["deliveries"], lookup_key

    async def open(self, send: Send, sequence: int, replayed: bool) -> Delivery | None:
        """Give the delivery of a message, made if there is none; nothing for an erased person.

        A replayed message takes over a delivery that failed, and its attempts are counted anew.
        """
        if send.user_id is None:
            async with reachable():
                doc = await self._open(send, sequence, replayed, None)
        else:
            doc = await self._open_of_person(send.user_id, send, sequence, replayed)
        return msgspec.convert(doc | {"id": doc["_id"]}, Delivery) if doc else None

    async def _open_of_person(
        self, user_id: int, send: Send, sequence: int, replayed: bool
    ) -> Document | None:
        async def work(session: Session) -> Document | None:
            if not await erasure.may_keep(self._mongo, session, user_id):
                return None
            return await self._open(send, sequence, replayed, session)

        return await self._mongo.transact(work)

    async def _open(
        self, send: Send, sequence: int, replayed: bool, session: Session | None
    ) -> Document | None:
        if replayed:
            await self._docs.update_one(
                {"_id": send.id, "status": Status.FAILED, "sequence": {"$ne": sequence}},
                {
                    "$set": {
                        "status": Status.WAITING,
                        "sequence": sequence,
                        "doubts": {},
                        "updated_at": datetime.now(UTC),
                    }
                },
                session=session,
            )
        return await self._docs.find_one_and_update(
            {"_id": send.id},
            {"$setOnInsert": self._new(send, sequence)},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )

    def _new(self, send: Send, sequence: int) -> Document:
        now = datetime.now(UTC)
        owner = {} if send.user_id is None else {"user_id": send.user_id}
        return owner | {
            "sequence": sequence,
            "channel": send.channel,
            "address": rules.lookup(self._key, send.to),
            "to_masked": logs.mask(send.to),
            "template": send.template,
            "status": Status.WAITING,
            "tries": 0,
            "doubts": {},
            "attempts": [],
            "error": None,
            "created_at": now,
            "updated_at": now,
        }

    async def claim(self, delivery: Delivery, provider: str) -> Delivery | None:
        """Write down an attempt before it is made; nothing if another process was faster.

        Its outcome stays unknown until `settle`, so that a crash in between is on record.
        """
        now = datetime.now(UTC)
        attempt = {
            "n": delivery.tries + 1,
            "provider": provider,
            "at": now,
            "outcome": Outcome.UNKNOWN,
        }
        async with reachable():
            result = await self._docs.update_one(
                {
                    "_id": delivery.id,
                    "sequence": delivery.sequence,
                    "tries": delivery.tries,
                    "status": {"$in": OPEN},
                },
                {
                    "$set": {
                        "status": Status.SENDING,
                        "claimed_until": now + CLAIM,
                        "updated_at": now,
                    },
                    "$inc": {"tries": 1, f"doubts.{provider}": 1},
                    "$push": {"attempts": {"$each": [attempt], "$slice": -KEEP_ATTEMPTS}},
                },
            )
        if not result.modified_count:
            return None
        doubts = delivery.doubts | {provider: delivery.doubts.get(provider, 0) + 1}
        return msgspec.structs.replace(delivery, tries=delivery.tries + 1, doubts=doubts)

    async def settle(
        self,
        claimed: Delivery,
        provider: str,
        outcome: Outcome,
        status: Status,
        receipt: str | None = None,
        error: str | None = None,
    ) -> None:
        """Write down the outcome of the attempt that `claim` gave this delivery for.

        Does nothing if another process has taken over since: the attempt's outcome stays unknown.
        """
        n = claimed.tries
        async with reachable():
            await self._docs.update_one(
                {"_id": claimed.id, "tries": n, "status": Status.SENDING, "attempts.n": n},
                {
                    "$set": {
                        "status": status,
                        "error": error,
                        "updated_at": datetime.now(UTC),
                        "attempts.$.outcome": outcome,
                        "attempts.$.receipt": receipt,
                        "attempts.$.error": error,
                    },
                    "$inc": {f"doubts.{provider}": 0 if outcome is Outcome.UNKNOWN else -1},
                    "$unset": {"claimed_until": ""},
                },
            )

    async def close(self, id: str, sequence: int, status: Status, error: str | None = None) -> None:
        """End a delivery that will not be sent, unless it is ended already."""
        changes = {"status": status, "error": error, "updated_at": datetime.now(UTC)}
        async with reachable():
            await self._docs.update_one(
                {"_id": id, "sequence": sequence, "status": {"$in": OPEN}},
                {"$set": changes, "$unset": {"claimed_until": ""}},
            )

    async def to_address(self, to: str) -> list[notify.Delivery]:
        """Give the last deliveries to an address, newest first."""
        async with reachable():
            docs = (
                await self._docs.find({"address": rules.lookup(self._key, to)})
                .sort("created_at", DESCENDING)
                .limit(PAGE)
                .to_list(PAGE)
            )
        return [_shown(doc) for doc in docs]

    async def count_to(self, to: str, since: datetime, most: int) -> int:
        """Count the deliveries to an address since then, up to a number."""
        query = {"address": rules.lookup(self._key, to), "created_at": {"$gt": since}}
        async with reachable():
            return int(await self._docs.count_documents(query, limit=most))

    async def count_pushes(self, user_id: int, since: datetime, most: int) -> int:
        """Count the pushes to all devices of a person since then, up to a number."""
        async with reachable():
            return int(await self._docs.count_documents(pushes_to(user_id, since), limit=most))

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove the deliveries of a person."""
        await self._docs.delete_many({"user_id": user_id}, session=session)


def _shown(doc: dict[str, Any]) -> notify.Delivery:
    attempts = doc["attempts"]
    return msgspec.convert(
        doc
        | {
            "id": doc["_id"],
            "attempts": doc["tries"],
            "provider": attempts[-1]["provider"] if attempts else None,
            "history": attempts,
        },
        notify.Delivery,
    )
