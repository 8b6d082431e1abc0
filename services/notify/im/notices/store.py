"""How far the telling of each event has come, and whose turn it is.

Kept of an event are its id and what was done. A lane, which has ids in its name, goes with its
turn.
"""

from datetime import UTC, datetime, timedelta

from shared.consumers import KEEP_HANDLED_SECONDS
from shared.mongo import ASCENDING, DuplicateKeyError, IndexModel, Mongo, ReturnDocument, reachable

TURN = timedelta(seconds=0.5)
"""When the next one in a lane looks again whether it is its turn."""

KEEP_LANE_SECONDS = 3600
"""A lane whose turn ended so long ago is given up by who had it: longer than the longest pause."""

INDEXES = {
    "im_notices": [IndexModel([("at", ASCENDING)], expireAfterSeconds=KEEP_HANDLED_SECONDS)],
    "im_lanes": [IndexModel([("until", ASCENDING)], expireAfterSeconds=KEEP_LANE_SECONDS)],
}


class MongoNotices:
    """Steps done per event, tries that failed per event, and the turn in each lane."""

    def __init__(self, mongo: Mongo) -> None:
        self._events, self._lanes = mongo["im_notices"], mongo["im_lanes"]

    async def enter(self, lane: str, sequence: int) -> float:
        """Take one's turn in a lane, or give the seconds to wait while an earlier message has it.

        Places are those in the stream. Who has the turn may take it again.
        """
        mine = {"sequence": sequence, "until": datetime.now(UTC) + TURN}
        async with reachable():
            try:
                await self._lanes.update_one(
                    {"_id": lane, "sequence": {"$gte": sequence}}, {"$set": mine}, upsert=True
                )
            except DuplicateKeyError:
                doc = await self._lanes.find_one({"_id": lane})
                left = doc["until"] - datetime.now(UTC) if doc else timedelta()
                return max(left, TURN).total_seconds()
        return 0.0

    async def leave(self, lane: str, sequence: int) -> None:
        """Let the next one have its turn."""
        async with reachable():
            await self._lanes.delete_one({"_id": lane, "sequence": sequence})

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

    async def wait(self, lane: str, sequence: int, seconds: float) -> None:
        """Keep the turn until a later try, and let the others know until when."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        async with reachable():
            await self._lanes.update_one(
                {"_id": lane, "sequence": sequence}, {"$set": {"until": until}}
            )

    async def give_up(self, event_id: str, lane: str, sequence: int) -> None:
        """Let the next one have its turn; a replay has all its tries again."""
        await self._update(event_id, {"$unset": {"failed": ""}})
        await self.leave(lane, sequence)

    async def _update(self, event_id: str, change: dict[str, object]) -> int:
        async with reachable():
            doc = await self._events.find_one_and_update(
                {"_id": event_id},
                {**change, "$setOnInsert": {"at": datetime.now(UTC)}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        return int(doc.get("failed", 0)) if doc else 0
