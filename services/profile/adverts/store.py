"""How the setting is kept: one document in collection `adverts`."""

from shared.contracts import adverts
from shared.mongo import Document, IndexModel, Mongo, ReturnDocument, reachable

INDEXES: dict[str, list[IndexModel]] = {}
"""None: there is one document."""

_ID = "setting"


def _setting(doc: Document | None) -> adverts.Setting:
    known = adverts.Setting.__struct_fields__
    return adverts.Setting(**{name: doc[name] for name in known if name in doc} if doc else {})


class AdvertStore:
    """The setting in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["adverts"]

    async def read(self) -> adverts.Setting:
        """Give the setting."""
        async with reachable():
            return _setting(await self._docs.find_one({"_id": _ID}))

    async def change(self, values: Document) -> adverts.Setting:
        """Change some of its values."""
        async with reachable():
            doc = await self._docs.find_one_and_update(
                {"_id": _ID},
                {"$set": values},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        return _setting(doc)
