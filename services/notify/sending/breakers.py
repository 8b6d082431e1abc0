"""Circuit breakers: a provider that keeps failing rests, and is then tried with one message."""

import time
from collections.abc import Callable, Sequence

from services.notify.sending.channels import (
    Message,
    Provider,
    Receipt,
    Refused,
    Stopped,
    TryLater,
    Unserved,
)
from shared.telemetry import logs

FAILURES = 5
"""Failures in a row after which a provider rests."""

REST_SECONDS = 10.0
"""How long it rests; after that one message tries it out, and another rest begins if that fails."""

log = logs.logger("breakers")


class Guarded:
    """A provider and how it has done of late, in this process."""

    def __init__(self, provider: Provider, clock: Callable[[], float] = time.monotonic) -> None:
        self.name, self.repeatable = provider.name, provider.repeatable
        self.provider, self._clock = provider, clock
        self._failures, self._rests_until = 0, 0.0

    def is_resting(self) -> bool:
        """Tell whether it is not to be asked now; after its rest, the first who asks may."""
        if self._failures < FAILURES:
            return False
        if self._clock() < self._rests_until:
            return True
        self._rests_until = self._clock() + REST_SECONDS
        return False

    async def send(self, message: Message) -> Receipt:
        """Hand a message over, and remember how that went."""
        try:
            receipt = await self.provider.send(message)
        except (Refused, Stopped):
            self._failures = 0  # it works: it is the message that is wrong
            raise
        except Unserved:
            raise
        except BaseException:
            # Also if it was not waited for any longer, which arrives here as a cancellation.
            self._failures += 1
            if self._failures >= FAILURES:
                self._rests_until = self._clock() + REST_SECONDS
                log.warning("provider.rests", provider=self.name, failures=self._failures)
            raise
        self._failures = 0
        return receipt


def awake(providers: Sequence[Guarded]) -> list[Provider]:
    """Leave out who rests; raises `TryLater` if all do."""
    left: list[Provider] = [one for one in providers if not one.is_resting()]
    if not left:
        raise TryLater(f"{', '.join(one.name for one in providers)}: resting after failures")
    return left
