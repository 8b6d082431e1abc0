"""The consumer of the work stream: one that leaves nothing there that is handled.

Messages carry codes in the clear, so they go as soon as they are sent, expired or copied to the
dead letters, and do not wait for the stream's own limits.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.notify.sending import dead_letters
from services.notify.sending.channels import Crowded, Refused
from services.notify.sending.rules import Hopeless
from shared.consumers import BATCH, Consumer
from shared.errors import Unavailable
from shared.mongo import PyMongoError
from shared.telemetry import logs

log = logs.logger("sending")


@dataclass(frozen=True, kw_only=True)
class Worker(Consumer):
    """A consumer that buries a hopeless message at once and forgets what is handled."""

    give_up: Callable[[Msg, Exception], Awaitable[None]]
    """Called before a message goes to the dead letters; may be called again for the same one."""
    _waited: Counter[int] = field(default_factory=Counter, init=False)
    """How often a message was given to this process and nobody could be asked: no tries."""
    _under_way: set[asyncio.Task[bool]] = field(default_factory=set, init=False)

    async def _ensure(self) -> None:
        await super()._ensure()
        await self._forget_all_handled()

    def _room(self) -> int:
        return BATCH - len(self._under_way)

    async def _pull(self) -> None:
        try:
            await super()._pull()
            if self._under_way:
                await asyncio.wait(self._under_way)
        except asyncio.CancelledError:
            for task in self._under_way:
                task.cancel()
            raise

    async def _handle_batch(self, batch: list[Msg]) -> None:
        """Begin with each, and return while there is room for more.

        A provider that hangs keeps nobody waiting for another one, such as SMS for e-mail.
        """
        for msg in batch:
            task = asyncio.create_task(self._handle_one(msg))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        while not self._room():
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    def _ended(self, task: asyncio.Task[bool]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The server was not told, and gives the message again.
            log.warning("sending.interrupted", error=repr(error))

    async def _handle_one(self, msg: Msg) -> bool:
        done = await super()._handle_one(msg)
        if done:
            self._waited.pop(msg.metadata.sequence.stream, None)
            await self._forget(msg.metadata.sequence.stream)
        return done

    async def _failed(self, msg: Msg, error: Exception) -> str:
        sequence = msg.metadata.sequence.stream
        if isinstance(error, Crowded | Unavailable):
            self._waited[sequence] += 1
        if isinstance(error, Crowded):
            await self._again(msg, self.pauses[0])
            return "later"
        hopeless = isinstance(error, Hopeless | Refused)
        tries = msg.metadata.num_delivered - self._waited[sequence]
        last = hopeless or tries > len(self.pauses)
        if isinstance(error, Unavailable) or not last:
            return await super()._failed(msg, error)
        try:
            await self.give_up(msg, error)
        except (Unavailable, PyMongoError) as failure:
            log.warning("sending.not_recorded", error=repr(failure))
            # A dead letter whose record says "waiting" would mislead: without a database, wait.
            await msg.nak(delay=self.pause_while_away)
            return "failed"
        await self._bury(msg, error)
        return "dead"

    def _grave(self, msg: Msg) -> str:
        return dead_letters.subject(self.durable, msg)

    async def _forget(self, sequence: int) -> None:
        try:
            await self.js.delete_msg(self.stream, sequence)
        except (NatsError, TimeoutError) as error:
            log.warning("sending.not_forgotten", sequence=sequence, error=repr(error))

    async def _forget_all_handled(self) -> None:
        """Remove what was handled by a process that died before it could forget it."""
        info = await self.js.consumer_info(self.stream, self.durable)
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        for subject in self.subjects if floor else ():
            await self.js.purge_stream(self.stream, seq=floor + 1, subject=subject)
