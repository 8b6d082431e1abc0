"""How far the telling of each event has come, and which come before it.

Kept of an event are its id and what was done. A lane, which has ids in its name, goes with the last
event in it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from shared.consumers import KEEP_HANDLED_SECONDS
from shared.mongo import ASCENDING, IndexModel, Mongo, ReturnDocument, UpdateOne, reachable

TURN = timedelta(seconds=0.5)
"""When an event looks again whether it is its turn."""

KEEP_LANE_SECONDS = 3600
"""A lane in which nothing moved for so long, more than the longest pause, waits for a message that
is not in the stream any more."""

INDEXES = {
    "im_notices": [IndexModel([("at", ASCENDING)], expireAfterSeconds=KEEP_HANDLED_SECONDS)],
    "im_lanes": [IndexModel([("until", ASCENDING)], expireAfterSeconds=KEEP_LANE_SECONDS)],
}


class MongoNotices:
    """Steps done per event, tries that failed per event, and who waits in each lane.

    Who waits is known by place in the stream; the first one has its turn.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._events, self._lanes = mongo["im_notices"], mongo["im_lanes"]

    async def arrive(self, lanes: Mapping[str, list[int]]) -> None:
        """Line up in lanes; being there already changes nothing."""
        now = datetime.now(UTC)
        updates = [
            UpdateOne(
                {"_id": lane},
                {"$addToSet": {"waiting": {"$each": places}}, "$setOnInsert": {"until": now}},
                upsert=True,
            )
            for lane, places in lanes.items()
        ]
        if updates:
            async with reachable():
                await self._lanes.bulk_write(updates, ordered=False)

    async def turn(self, lane: str, place: int) -> float:
        """Give the seconds after which to ask again; 0 if nobody in the lane comes before."""
        async with reachable():
            doc = await self._lanes.find_one({"_id": lane})
        if doc is None or all(place <= other for other in doc["waiting"]):
            return 0.0
        return float(max(doc["until"] - datetime.now(UTC), TURN).total_seconds())

    async def leave(self, lane: str, place: int) -> None:
        """Let the next one have its turn."""
        change = {"$pull": {"waiting": place}, "$set": {"until": datetime.now(UTC)}}
        async with reachable():
            await self._lanes.update_one({"_id": lane}, change)
            await self._lanes.delete_one({"_id": lane, "waiting": []})

    async def done(self, event_id: str) -> list[str]:
        """Give the steps of an event that are done."""
        async with reachable():
            doc = await self._events.find_one({"_id": event_id})
        return doc.get("done", []) if doc else []

    async def add(self, event_id: str, step: str) -> None:
        """Write down that a step is done."""
        await self._update(event_id, {"$addToSet": {"done": step}})

    async def failed(self, event_id: str) -> int:
        """Count a try that failed, and give how many did."""
        return await self._update(event_id, {"$inc": {"failed": 1}})

    async def wait(self, lane: str, seconds: float) -> None:
        """Say when the first one in a lane will be tried again."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        async with reachable():
            await self._lanes.update_one({"_id": lane}, {"$set": {"until": until}})

    async def give_up(self, event_id: str, lane: str, place: int) -> None:
        """Let the next one have its turn; a replay has all its tries again."""
        await self._update(event_id, {"$unset": {"failed": ""}})
        await self.leave(lane, place)

    async def _update(self, event_id: str, change: dict[str, object]) -> int:
        async with reachable():
            doc = await self._events.find_one_and_update(
                {"_id": event_id},
                {**change, "$setOnInsert": {"at": datetime.now(UTC)}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        return int(doc.get("failed", 0)) if doc else 0
