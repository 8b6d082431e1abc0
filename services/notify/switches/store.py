"""How switches are kept: one document per channel and country that is off."""

from datetime import UTC, datetime

import msgspec

from shared.contracts.notify import Channel
from shared.contracts.switches import Switch
from shared.mongo import DESCENDING, Mongo, reachable

MOST = 1000
"""Switches in one answer: there are 250 countries."""


class MongoSwitches:
    """Which channels and countries are switched off; read for every message, so at once."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["switches"]

    async def turn_off(self, channel: Channel, country: str | None, reason: str) -> None:
        """Stop a channel, or a country of it."""
        async with reachable():
            await self._docs.update_one(
                {"_id": _name(channel, country)},
                {
                    "$set": {"channel": channel, "country": country, "reason": reason},
                    "$setOnInsert": {"since": datetime.now(UTC)},
                },
                upsert=True,
            )

    async def turn_on(self, channel: Channel, country: str | None) -> None:
        """Let it go on."""
        async with reachable():
            await self._docs.delete_one({"_id": _name(channel, country)})

    async def off_for(self, channel: Channel, country: str) -> Switch | None:
        """Give the switch that stops a message, if one does."""
        names = [_name(channel, None), _name(channel, country)]
        async with reachable():
            doc = await self._docs.find_one({"_id": {"$in": names}})
        return msgspec.convert(doc, Switch) if doc else None

    async def all(self) -> list[Switch]:
        """Give every switch that is off, the latest first."""
        async with reachable():
            docs = await self._docs.find().sort("since", DESCENDING).to_list(MOST)
        return msgspec.convert(docs, list[Switch])


def _name(channel: Channel, country: str | None) -> str:
    return f"{channel}.{country}" if country else str(channel)
