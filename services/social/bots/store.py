"""How bots are kept: collection `bots` by id, a row per bot and person in `bot_additions`.

A bot in the directory is `listed` and has the pieces of its name in an array, as groups have: see
`directory/store.py`. `headcount` is the number of rows, as every change of those writes the bot.
"""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import structs

from services.social.bots import rules
from shared import ngrams
from shared.contracts import bots
from shared.contracts.bots import BotOrder
from shared.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    IndexModel,
    Mongo,
    ReturnDocument,
    Session,
    UpdateOne,
    reachable,
)

_LISTED = {"listed": True}
_ORDERS = {
    BotOrder.HEADCOUNT: [("headcount", DESCENDING), ("_id", DESCENDING)],
    BotOrder.NEWEST: [("created_at", DESCENDING), ("_id", DESCENDING)],
}
_SHOWN = {"pieces": 0}

INDEXES = {
    "bots": [
        IndexModel([("owner", ASCENDING), ("_id", ASCENDING)]),
        IndexModel(_ORDERS[BotOrder.HEADCOUNT], name="listed", partialFilterExpression=_LISTED),
        IndexModel(_ORDERS[BotOrder.NEWEST], name="listed_newest", partialFilterExpression=_LISTED),
        IndexModel(
            [("pieces", ASCENDING), *_ORDERS[BotOrder.HEADCOUNT]],
            name="listed_by_name",
            partialFilterExpression=_LISTED,
        ),
    ],
    "bot_additions": [
        IndexModel([("user", ASCENDING), ("bot", ASCENDING)]),
        IndexModel([("bot", ASCENDING)]),
    ],
}


class BotStore:
    """Bots in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._bots, self._rows = mongo["bots"], mongo["bot_additions"]

    # -------------------------------------------------------------------------------- bots

    async def insert(self, session: Session, bot: bots.Bot) -> None:
        """Keep a new bot."""
        await self._bots.insert_one(
            {
                "_id": bot.bot_id,
                "owner": bot.owner_id,
                "created_at": bot.created_at,
                "headcount": 0,
                "banned": False,
                "revision": 0,
                **{name: getattr(bot, name) for name in rules.SHOWN},
                **_found_by(bot),
            },
            session=session,
        )

    async def hold(self, session: Session, bot_id: int) -> bots.Bot:
        """Give a bot for a change; refuses one that is not there.

        Of two that hold a bot at once only one can commit.
        """
        doc = await self._bots.find_one_and_update(
            {"_id": bot_id},
            {"$inc": {"revision": 1}},
            _SHOWN,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if doc is None:
            raise bots.NoSuchBot
        return to_bot(doc)

    async def change(self, session: Session, bot: bots.Bot, values: Mapping[str, Any]) -> bots.Bot:
        """Keep other values of a bot that is held, and how it is found with them."""
        after = structs.replace(bot, **values)
        changed = {"$set": {**values, **_found_by(after)}}
        await self._bots.update_one({"_id": bot.bot_id}, changed, session=session)
        return after

    async def resize(self, session: Session, by: Mapping[int, int]) -> None:
        """Count people in or out of those who have added bots; nothing of bots that are gone."""
        if by:
            await self._bots.bulk_write(
                [
                    UpdateOne({"_id": bot_id}, {"$inc": {"headcount": by[bot_id]}})
                    for bot_id in sorted(by)
                ],
                session=session,
            )

    async def remove(self, session: Session, bot_id: int) -> None:
        """Remove a bot, but not the rows of those who have added it."""
        await self._bots.delete_one({"_id": bot_id}, session=session)

    async def find(self, bot_ids: Collection[int]) -> dict[int, bots.Bot]:
        """Give what there is of these bots."""
        async with reachable():
            docs = await self._bots.find({"_id": {"$in": list(bot_ids)}}, _SHOWN).to_list(None)
        return {doc["_id"]: to_bot(doc) for doc in docs}

    async def of(self, owner_id: int, session: Session | None = None) -> list[bots.Bot]:
        """Give a person's bots, by id."""
        cursor = self._bots.find({"owner": owner_id}, _SHOWN, session=session)
        async with reachable():
            docs = await cursor.sort([("owner", ASCENDING), ("_id", ASCENDING)]).to_list(None)
        return [to_bot(doc) for doc in docs]

    async def search(self, ask: bots.SearchBots) -> list[bots.Bot]:
        """Give a page of what is looked for in the directory."""
        part = ngrams.having(ask.keyword, "pieces", "folded_name")
        order = _ORDERS[BotOrder.HEADCOUNT if part else ask.order]
        cursor = self._bots.find({**_LISTED, **part}, _SHOWN).sort(order)
        async with reachable():
            docs = await cursor.skip(ask.offset).limit(ask.limit).to_list(ask.limit)
        return [to_bot(doc) for doc in docs]

    # --------------------------------------------------------------------------- additions

    async def has_added(self, session: Session, bot_id: int, user_id: int) -> bool:
        """Tell, as a transaction sees it, whether somebody has added a bot."""
        row = await self._rows.find_one({"_id": _id(bot_id, user_id)}, session=session)
        return row is not None

    async def add(self, session: Session, bot_id: int, user_id: int) -> None:
        """Keep that somebody has added a bot."""
        row = {"_id": _id(bot_id, user_id), "bot": bot_id, "user": user_id}
        await self._rows.insert_one(row, session=session)

    async def added_among(self, user_id: int, bot_ids: Collection[int]) -> set[int]:
        """Give those of these bots that somebody has added."""
        ids = [_id(bot_id, user_id) for bot_id in bot_ids]
        async with reachable():
            rows = await self._rows.find({"_id": {"$in": ids}}, {"bot": 1}).to_list(None)
        return {row["bot"] for row in rows}

    async def added_by(self, user_id: int, limit: int, session: Session | None = None) -> list[int]:
        """Give bots that somebody has added, by id."""
        cursor = self._rows.find({"user": user_id}, {"bot": 1}, session=session)
        async with reachable():
            rows = (
                await cursor.sort([("user", ASCENDING), ("bot", ASCENDING)])
                .limit(limit)
                .to_list(limit)
            )
        return [row["bot"] for row in rows]

    async def who_added(self, session: Session, bot_id: int, limit: int) -> list[int]:
        """Give some who have added a bot."""
        rows = (
            await self._rows.find({"bot": bot_id}, {"user": 1}, session=session)
            .limit(limit)
            .to_list(limit)
        )
        return [row["user"] for row in rows]

    async def drop(self, session: Session, pairs: Collection[tuple[int, int]]) -> None:
        """Keep, by bot and person, that these have not added it any more."""
        ids = [_id(bot_id, user_id) for bot_id, user_id in pairs]
        await self._rows.delete_many({"_id": {"$in": ids}}, session=session)


def to_bot(doc: Document) -> bots.Bot:
    """Read a document of `bots`."""
    return bots.Bot(
        bot_id=doc["_id"],
        owner_id=doc["owner"],
        created_at=doc["created_at"],
        headcount=doc["headcount"],
        banned=doc["banned"],
        **{name: doc[name] for name in rules.SHOWN},
    )


def _found_by(bot: bots.Bot) -> Document:
    listed = rules.is_listed(bot)
    return {
        "listed": listed,
        "folded_name": ngrams.folded(bot.name) if listed else "",
        "pieces": ngrams.pieces(bot.name) if listed else [],
    }


def _id(bot_id: int, user_id: int) -> Document:
    return {"b": bot_id, "u": user_id}
