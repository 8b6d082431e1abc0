"""How the development inbox is kept: one row per message, for an hour."""

from datetime import UTC, datetime

import msgspec

from services.notify.sending.channels import Message, Receipt
from services.notify.sending.rules import same_address
from shared.contracts import notify
from shared.mongo import ASCENDING, DESCENDING, Document, IndexModel, Mongo, Session, reachable

KEEP_SECONDS = 3600
"""How long a message can be read: a test or a person at a console looks at once."""

PAGE = 50
"""Messages in one answer."""

INDEXES = {
    "inbox": [
        IndexModel([("address", ASCENDING), ("sent_at", DESCENDING)]),
        IndexModel([("user_id", ASCENDING)], sparse=True),
        IndexModel([("sent_at", ASCENDING)], expireAfterSeconds=KEEP_SECONDS),
    ]
}


class MongoInbox:
    """The channel that takes every message in development, and shows it to who asks."""

    name = "inbox"
    repeatable = True

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["inbox"]

    async def send(self, message: Message) -> Receipt:
        """Put a message into the inbox; the same one again changes nothing."""
        row: Document = {
            "address": same_address(message.to),
            "channel": message.channel,
            "to": message.to,
            "template": message.template,
            "code": message.code,
            "body": "\n\n".join(part for part in (message.subject, message.body) if part),
            "sent_at": datetime.now(UTC),
        }
        if message.user_id is not None:
            row["user_id"] = message.user_id
        async with reachable():
            await self._docs.update_one({"_id": message.id}, {"$setOnInsert": row}, upsert=True)
        return Receipt(message.id)

    async def read(self, to: str) -> list[notify.InboxMessage]:
        """Give the last messages to an address, newest first."""
        async with reachable():
            docs = (
                await self._docs.find({"address": same_address(to)})
                .sort("sent_at", DESCENDING)
                .limit(PAGE)
                .to_list(PAGE)
            )
        return msgspec.convert(docs, list[notify.InboxMessage])

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove the messages of a person."""
        await self._docs.delete_many({"user_id": user_id}, session=session)
