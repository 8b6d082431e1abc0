"""The consumer of social's events for instant messaging: one that keeps each lane in order.

Of all instances one works at a time, as two cannot know what the other is about to do; providers
bound messages per second anyway. Waiting for one's turn is no failure, so tries are counted here
and not by the server's deliveries.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

import msgspec
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.notify.im.notices import rules
from services.notify.im.notices.handlers import Notices
from services.notify.im.notices.rules import Happened
from services.notify.im.notices.store import MongoNotices
from shared.cancellation import heed_cancellation
from shared.consumers import REPLAY_FOR, Consumer
from shared.errors import AppError, Unavailable
from shared.leases import LIFETIME_MS, Lease
from shared.mongo import PyMongoError
from shared.telemetry import logs

DURABLE = "notify-im"
"""The place in the stream of events, and after `dead.` the subject of what was given up."""

log = logs.logger("im")


@dataclass(frozen=True, kw_only=True)
class NoticeConsumer(Consumer):
    """A consumer in which what failed keeps those behind it in its lane waiting."""

    notices: MongoNotices
    lease: Lease

    async def _pull(self) -> None:
        try:
            while not await self.lease.take():
                heed_cancellation()
                if self.stopping.is_set():
                    return
                await asyncio.sleep(LIFETIME_MS / 3000)
            async with self.lease.kept():
                await super()._pull()
            await self.lease.release()
        except PyMongoError as error:
            raise TimeoutError("the database") from error

    async def _handle_batch(self, batch: list[Msg]) -> None:
        """Line all of a batch up before any of it is told: they outlive a crash in their order."""
        if not await self.lease.take():
            raise TimeoutError("another instance has taken over")
        try:
            await self.notices.arrive(self._lanes(batch))
        except (Unavailable, PyMongoError) as failure:
            log.warning("im.not_lined_up", error=repr(failure))
            for msg in batch:
                await msg.nak(delay=1)
            return
        await super()._handle_batch(batch)

    def _lanes(self, batch: list[Msg]) -> dict[str, list[int]]:
        lanes: dict[str, list[int]] = defaultdict(list)
        for msg in batch:
            replayed_for = (msg.headers or {}).get(REPLAY_FOR, self.durable)
            if replayed_for == self.durable and (happened := _read(msg)):
                lanes[rules.lane(happened.event)].append(msg.metadata.sequence.stream)
        return lanes

    async def _failed(self, msg: Msg, error: Exception) -> str:
        happened = _read(msg)
        if happened is None:
            return await super()._failed(msg, error)
        expected = isinstance(error, AppError | PyMongoError | TimeoutError)
        log.warning(
            "im.not_told", fact=happened.event.fact, error=repr(error), exc_info=not expected
        )
        try:
            return await self._again_or_never(msg, happened, error)
        except (Unavailable, PyMongoError) as failure:
            log.warning("im.not_counted", error=repr(failure))
            # Without a database nothing can be told anyway: nothing is given up either.
            await msg.nak(delay=self.pause_while_away)
            return "failed"

    async def _again_or_never(self, msg: Msg, happened: Happened, error: Exception) -> str:
        lane, place = rules.lane(happened.event), msg.metadata.sequence.stream
        if isinstance(error, Unavailable):  # such as profile, which knows the nicknames
            await self.notices.wait(lane, self.pause_while_away)
            await msg.nak(delay=self.pause_while_away)
            return "failed"
        tries = await self.notices.failed(happened.id)
        if tries > len(self.pauses):
            # In this order: a lane must not wait for a message that will never come again.
            await self.notices.give_up(happened.id, lane, place)
            await self._bury(msg, error)
            return "dead"
        pause = self.pauses[tries - 1]
        await self.notices.wait(lane, pause)
        await msg.nak(delay=pause)
        return "failed"


def consumer(
    js: JetStreamContext, handlers: Notices, notices: MongoNotices, lease: Lease
) -> NoticeConsumer:
    """Make the consumer of a process."""
    return NoticeConsumer(
        js=js,
        stream="EVENTS",
        durable=DURABLE,
        subjects=sorted(f"events.{fact}" for fact in rules.EVENTS),
        handle=handlers.handle,
        order_by=_lane_of,
        notices=notices,
        lease=lease,
    )


def _lane_of(msg: Msg) -> str:
    happened = _read(msg)
    return rules.lane(happened.event) if happened else msg.reply


def _read(msg: Msg) -> Happened | None:
    try:
        return rules.read(msg.data)
    except (msgspec.MsgspecError, KeyError):
        return None
