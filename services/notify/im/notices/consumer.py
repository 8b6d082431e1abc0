"""The consumer of social's events for instant messaging: one that keeps each lane in order.

Waiting for one's turn is no failure, so tries are counted here and not by the server's deliveries.
"""

from dataclasses import dataclass

import msgspec
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.notify.im.notices import rules
from services.notify.im.notices.handlers import Notices
from services.notify.im.notices.rules import Happened
from services.notify.im.notices.store import MongoNotices
from shared.consumers import Consumer
from shared.errors import AppError, Unavailable
from shared.mongo import PyMongoError
from shared.telemetry import logs

DURABLE = "notify-im"
"""The place in the stream of events, and after `dead.` the subject of what was given up."""

log = logs.logger("im")


@dataclass(frozen=True, kw_only=True)
class NoticeConsumer(Consumer):
    """A consumer in which what failed keeps those behind it in its lane waiting."""

    notices: MongoNotices

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
            await msg.nak(delay=self.pauses[len(self.pauses) // 2])
            return "failed"

    async def _again_or_never(self, msg: Msg, happened: Happened, error: Exception) -> str:
        lane, sequence = rules.lane(happened.event), msg.metadata.sequence.stream
        tries = await self.notices.failed(happened.id)
        if tries > len(self.pauses):
            # In this order: a lane must not wait for a message that will never come again.
            await self.notices.give_up(happened.id, lane, sequence)
            await self._bury(msg, error)
            return "dead"
        pause = self.pauses[tries - 1]
        await self.notices.wait(lane, sequence, pause)
        await msg.nak(delay=pause)
        return "failed"


def consumer(js: JetStreamContext, handlers: Notices, notices: MongoNotices) -> NoticeConsumer:
    """Make the consumer of a process."""
    return NoticeConsumer(
        js=js,
        stream="EVENTS",
        durable=DURABLE,
        subjects=sorted(f"events.{fact}" for fact in rules.EVENTS),
        handle=handlers.handle,
        order_by=_lane_of,
        notices=notices,
    )


def _lane_of(msg: Msg) -> str:
    happened = _read(msg)
    return rules.lane(happened.event) if happened else msg.reply


def _read(msg: Msg) -> Happened | None:
    try:
        return rules.read(msg.data)
    except (msgspec.MsgspecError, RecursionError, KeyError):
        return None
