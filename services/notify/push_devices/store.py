"""How push devices are kept: one document per person and device.

`registration_id` is what was registered, and is shown. `target` is the same while messages may go
there: the push service has not called it dead, and no other device registered it since.
"""

from typing import Any

import msgspec

from shared import erasure
from shared.clock import now
from shared.contracts.push_devices import (
    MOST_DEVICES,
    PersonIsGone,
    PushDevice,
    RegisterPushDevice,
)
from shared.mongo import (
    ASCENDING,
    Document,
    IndexModel,
    Mongo,
    ReturnDocument,
    Session,
    reachable,
)

INDEXES = {
    "push_devices": [
        IndexModel([("user_id", ASCENDING), ("device_id", ASCENDING)], unique=True),
        IndexModel([("user_id", ASCENDING), ("updated_at", ASCENDING)]),
        IndexModel([("target", ASCENDING)], unique=True, sparse=True),
    ]
}


class MongoPushDevices:
    """Which devices people have, and by what a push service reaches them."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo, self._docs, self._counters = mongo, mongo["push_devices"], mongo["counters"]

    async def register(self, ask: RegisterPushDevice) -> PushDevice:
        """Keep a device, or change it in place; raises `PersonIsGone` for an erased person.

        A registration id that another device had is taken from it.
        """

        async def work(session: Session) -> Document:
            if not await erasure.may_keep(self._mongo, session, ask.user_id):
                raise PersonIsGone
            mine = {"user_id": ask.user_id, "device_id": ask.device_id}
            await self._docs.update_many(
                {"target": ask.registration_id}, {"$unset": {"target": ""}}, session=session
            )
            values = {
                "registration_id": ask.registration_id,
                "target": ask.registration_id,
                "is_open": ask.is_open,
                "type": ask.type,
                "updated_at": now(),
            }
            kept = await self._docs.find_one_and_update(
                mine, {"$set": values}, return_document=ReturnDocument.AFTER, session=session
            )
            return kept or await self._add(mine | values, session)

        return _shown(await self._mongo.transact(work))

    async def _add(self, values: Document, session: Session) -> Document:
        await self._make_room(values["user_id"], session)
        count = await self._counters.find_one_and_update(
            {"_id": "push_devices"},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        assert count is not None
        doc = {"_id": count["last"], **values, "created_at": values["updated_at"]}
        await self._docs.insert_one(doc, session=session)
        return doc

    async def _make_room(self, user_id: int, session: Session) -> None:
        """Let the devices go that registered longest ago, beyond what one person may have."""
        oldest = self._docs.find({"user_id": user_id}, {"_id": 1}, session=session)
        ids = [doc["_id"] for doc in await oldest.sort("updated_at", ASCENDING).to_list(None)]
        gone = ids[: max(0, len(ids) - MOST_DEVICES + 1)]
        if gone:
            await self._docs.delete_many({"_id": {"$in": gone}}, session=session)

    async def find(self, user_id: int, device_id: str) -> PushDevice | None:
        """Give one device of a person."""
        async with reachable():
            doc = await self._docs.find_one({"user_id": user_id, "device_id": device_id})
        return _shown(doc) if doc else None

    async def at(self, registration_id: str) -> PushDevice | None:
        """Give the device that messages to this registration id reach now."""
        async with reachable():
            doc = await self._docs.find_one({"target": registration_id})
        return _shown(doc) if doc else None

    async def open_of(self, user_id: int) -> list[PushDevice]:
        """Give the devices of a person that notices may be pushed to."""
        query = {"user_id": user_id, "is_open": True, "target": {"$exists": True}}
        async with reachable():
            docs = await self._docs.find(query).limit(MOST_DEVICES).to_list(MOST_DEVICES)
        return [_shown(doc) for doc in docs]

    async def bury(self, registration_id: str) -> None:
        """Push no more to a registration that its push service calls dead."""
        async with reachable():
            await self._docs.update_one({"target": registration_id}, {"$unset": {"target": ""}})

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove the devices of a person."""
        await self._docs.delete_many({"user_id": user_id}, session=session)


def _shown(doc: dict[str, Any]) -> PushDevice:
    return msgspec.convert(doc | {"id": doc["_id"]}, PushDevice)
