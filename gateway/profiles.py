"""Reading profiles: reads that come at the same time travel as one call.

A read joins a call only before it is sent, so that what was answered as changed is what is read.
"""

import asyncio
import itertools
from collections.abc import Sequence

from shared.bus import Bus
from shared.contracts import profile
from shared.contracts.profile import Profile

CALLS_AT_ONCE = 8
"""Calls under way per worker."""

UNPACED = 3
"""Calls under way below which a read leaves at once. With one, a read that came while another was
under way had to wait for it; with many, a crowd goes one by one, which costs each of them more."""

PACE_SECONDS = 0.01
"""Beyond that, reads wait together for the end of a call, or so long, for the next."""

MOST = 500
"""Profiles in one call (`profile.ReadProfiles.user_ids`)."""


class Profiles:
    """Reads profiles through the bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._waiting: dict[int, list[asyncio.Future[Profile | None]]] = {}
        self._leaving = False
        self._calls = 0
        self._sent_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def one(self, user_id: int) -> Profile:
        """Read one profile, or raise `NoSuchProfile`."""
        found = await self._ask_for(user_id)
        if found is None:
            raise profile.NoSuchProfile()
        return found

    async def many(self, user_ids: Sequence[int]) -> list[Profile]:
        """Read several in the order asked, each once, leaving out those that do not exist."""
        futures = [self._ask_for(user_id) for user_id in dict.fromkeys(user_ids)]
        found = await asyncio.gather(*futures)
        return [one for one in found if one is not None]

    def _ask_for(self, user_id: int) -> asyncio.Future[Profile | None]:
        """Give a future of this reader's own: whoever goes away takes it from nobody else."""
        future: asyncio.Future[Profile | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user_id, []).append(future)
        self._send()
        return future

    def _send(self) -> None:
        """Send what waits in the next turn of the loop, unless a call has only just left."""
        if not self._waiting or self._leaving or self._calls >= CALLS_AT_ONCE:
            return
        loop = asyncio.get_running_loop()
        if self._calls >= UNPACED and loop.time() < self._sent_at + PACE_SECONDS:
            if self._timer is None:
                self._timer = loop.call_later(PACE_SECONDS, self._send_after_pause)
            return
        self._leaving = True
        self._sent_at = loop.time()
        task = asyncio.create_task(self._call())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send_after_pause(self) -> None:
        self._timer = None
        self._send()

    async def _call(self) -> None:
        self._leaving = False
        self._calls += 1
        ids = list(self._waiting)[:MOST]
        batch = {user_id: self._waiting.pop(user_id) for user_id in ids}
        try:
            answer = await self._bus.ask(profile.read_profiles, profile.ReadProfiles(user_ids=ids))
        except Exception as error:
            for future in itertools.chain(*batch.values()):
                if not future.done():
                    future.set_exception(error)
        else:
            found = {one.user_id: one for one in answer}
            for user_id, futures in batch.items():
                for future in futures:
                    if not future.done():
                        future.set_result(found.get(user_id))
        finally:
            self._calls -= 1
            self._send()
