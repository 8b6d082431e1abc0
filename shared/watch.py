"""Watching a NATS key-value bucket so that every process sees a change within moments.

nats-py's own watcher does not survive a restart of the server; this one starts anew whenever
anything is wrong, and says so through `current`.
"""

import asyncio
import time
from collections.abc import Callable

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, KeyValueConfig
from nats.js.errors import BadRequestError, BucketNotFoundError, KeyWrongLastSequenceError
from nats.js.errors import KeyNotFoundError as NoKey

from shared.cancellation import heed_cancellation
from shared.pulling import fetch
from shared.telemetry import logs

STALE_SECONDS = 3.0
"""A watch that has not heard from the server for so long is not current."""

CATCH_UP_SECONDS = 1.0
"""How long `catch_up` waits: what ended is refused by every gateway within a second anyway."""

log = logs.logger("watch")


async def ensure_bucket(js: JetStreamContext, config: KeyValueConfig) -> None:
    """Make a bucket unless it is there."""
    try:
        await js.key_value(config.bucket)
    except BucketNotFoundError:
        try:
            await js.create_key_value(config)
        except BadRequestError:  # another process made it in the meantime
            await js.key_value(config.bucket)


async def has_key(js: JetStreamContext, bucket: str, key: str) -> bool:
    """Tell whether a bucket has a value for a key."""
    store = await js.key_value(bucket)
    try:
        await store.get(key)
    except NoKey:
        return False
    return True


async def put_newer(
    js: JetStreamContext, bucket: str, key: str, version: int, value: bytes
) -> None:
    """Put a value unless the bucket has one of this version or a later one.

    The stored form is `<version>:<value>`; whoever comes late with old news changes nothing.
    """
    store = await js.key_value(bucket)
    body = b"%d:%b" % (version, value)
    while True:
        try:
            entry = await store.get(key)
        except NoKey:
            try:
                await store.create(key, body)
            except KeyWrongLastSequenceError:
                continue
            return
        if entry.value is not None and int(entry.value.partition(b":")[0]) >= version:
            return
        try:
            await store.update(key, body, last=entry.revision)
        except KeyWrongLastSequenceError:
            continue
        return


class Watch:
    """A bucket's present content, handed over key by key, first whole and then as it changes."""

    def __init__(
        self, js: JetStreamContext, bucket: str, on_value: Callable[[str, bytes], None]
    ) -> None:
        self._js, self._bucket, self._on_value = js, bucket, on_value
        self._stream, self._prefix = f"KV_{bucket}", f"$KV.{bucket}."
        self.was_whole = False
        """Whether the whole bucket was read once, however long ago."""
        self._whole = False
        self._heard = 0.0
        self._seen = 0

    @property
    def current(self) -> bool:
        """Whether the whole bucket was read and the server was heard of just now."""
        return self._whole and time.monotonic() - self._heard < STALE_SECONDS

    async def catch_up(self) -> None:
        """Return once all is handed over that is in the bucket now, or after a second."""
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                last = await self._last()
                while self._seen < last:
                    await asyncio.sleep(0.002)
        except (NatsError, TimeoutError) as error:
            log.warning("watch.not_caught_up", bucket=self._bucket, error=repr(error))

    async def _last(self) -> int:
        """Tell the place of what was put last: a consumer hears of it later than who put it."""
        return (await self._js.stream_info(self._stream)).state.last_seq

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                await self._follow()
            except (NatsError, TimeoutError, OSError) as error:
                said = f"{type(error).__name__}: {error}"
                log.warning("watch.interrupted", bucket=self._bucket, error=said)
            self._whole = False
            heed_cancellation()
            await asyncio.sleep(0.2)

    async def _follow(self) -> None:
        last, self._seen = await self._last(), 0
        subscription = await self._js.pull_subscribe(
            f"{self._prefix}>",
            stream=self._stream,
            config=ConsumerConfig(
                deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
                ack_policy=AckPolicy.NONE,
                mem_storage=True,
                num_replicas=1,
                inactive_threshold=30,
            ),
        )
        try:
            info = await subscription.consumer_info()
            pending = info.num_pending or 0
            self._heard = time.monotonic()
            while True:
                if pending <= 0 and not self._whole:
                    self._whole = self.was_whole = True
                    self._seen = max(self._seen, last)  # what was put last may be gone since
                if batch := await fetch(subscription, 256):
                    pending -= len(batch)
                    for msg in batch:
                        self._hand_over(msg)
                else:
                    pending = (await subscription.consumer_info()).num_pending or 0
                self._heard = time.monotonic()
        finally:
            await subscription.unsubscribe()

    def _hand_over(self, msg: Msg) -> None:
        self._seen = max(self._seen, msg.metadata.sequence.stream)
        if msg.data:
            self._on_value(msg.subject.removeprefix(self._prefix), msg.data.partition(b":")[2])
