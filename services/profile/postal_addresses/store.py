"""How postal addresses are kept: all of a person's in one document of `postal_addresses`.

As they are one document, whoever changes them at the same time conflicts and one of them runs
again: so many, and one default at most, holds whatever happens at once.
"""

from collections.abc import Iterable

import msgspec

from shared.contracts.postal_addresses import PostalAddress
from shared.mongo import Document, Mongo, Session, reachable


def _to_address(user_id: int, doc: Document) -> PostalAddress:
    return PostalAddress(user_id=user_id, **doc)


def _to_document(address: PostalAddress) -> Document:
    fields = msgspec.structs.asdict(address)
    del fields["user_id"]
    return fields


class PostalAddressStore:
    """The addresses in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["postal_addresses"]

    async def read(self, user_id: int, session: Session | None = None) -> list[PostalAddress]:
        """Give a person's addresses, the newest first."""
        async with reachable():
            doc = await self._docs.find_one({"_id": user_id}, session=session)
        return [_to_address(user_id, one) for one in doc["addresses"]] if doc else []

    async def write(
        self, user_id: int, addresses: Iterable[PostalAddress], session: Session
    ) -> None:
        """Keep a person's addresses as they are now."""
        documents = [_to_document(one) for one in addresses]
        await self._docs.update_one(
            {"_id": user_id},
            {"$set": {"addresses": documents}},
            upsert=True,
            session=session,
        )

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's addresses."""
        await self._docs.delete_one({"_id": user_id}, session=session)
