"""How settings are kept: a document per person and device in collection `module_settings`."""

from datetime import datetime

from shared.contracts import module_settings
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

INDEXES = {
    "module_settings": [
        IndexModel([("user_id", ASCENDING), ("device_id", ASCENDING)], unique=True),
        IndexModel([("user_id", ASCENDING), ("updated_at", DESCENDING)]),
    ]
}


def _setting(doc: Document) -> module_settings.ModuleSetting:
    return module_settings.ModuleSetting(
        number=doc["_id"],
        user_id=doc["user_id"],
        device_id=doc["device_id"],
        hidden=doc["hidden"],
        updated_at=doc["updated_at"],
    )


class ModuleSettingStore:
    """Settings in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs, self._counters = mongo["module_settings"], mongo["counters"]

    async def read(self, user_id: int, device_id: str) -> module_settings.ModuleSetting | None:
        """Give the setting on a device, if one was ever made."""
        async with reachable():
            doc = await self._docs.find_one({"user_id": user_id, "device_id": device_id})
        return _setting(doc) if doc else None

    async def change(
        self, session: Session, ask: module_settings.Hide, at: datetime
    ) -> module_settings.ModuleSetting | None:
        """Change a setting in place; none if there is none on this device."""
        doc = await self._docs.find_one_and_update(
            {"user_id": ask.user_id, "device_id": ask.device_id},
            {"$set": {"hidden": ask.hidden, "updated_at": at}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return _setting(doc) if doc else None

    async def insert(
        self, session: Session, ask: module_settings.Hide, at: datetime
    ) -> module_settings.ModuleSetting:
        """Keep the first setting of a device, under the next number."""
        counter = await self._counters.find_one_and_update(
            {"_id": "module_settings"},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        assert counter is not None  # made if absent
        doc: Document = {
            "_id": counter["last"],
            "user_id": ask.user_id,
            "device_id": ask.device_id,
            "hidden": ask.hidden,
            "updated_at": at,
        }
        await self._docs.insert_one(doc, session=session)
        await self._drop_surplus(session, ask.user_id)
        return _setting(doc)

    async def _drop_surplus(self, session: Session, user_id: int) -> None:
        cursor = self._docs.find({"user_id": user_id}, {"_id": 1}, session=session)
        order = [("updated_at", DESCENDING), ("_id", DESCENDING)]
        surplus = await cursor.sort(order).skip(module_settings.DEVICES_MOST).to_list(None)
        if surplus:
            ids = [doc["_id"] for doc in surplus]
            await self._docs.delete_many({"_id": {"$in": ids}}, session=session)

    async def erase(self, user_id: int, session: Session) -> None:
        """Remove a person's settings."""
        await self._docs.delete_many({"user_id": user_id}, session=session)
