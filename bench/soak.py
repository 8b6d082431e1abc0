"""`python -m bench.soak`: kill what publishes and NATS while people change, and miss nothing.

Every event must be seen at least once, in order per person, and exactly once after the repeats are
left out. Then NATS stays away while people go on changing, and the backlog must go afterwards.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bench.ground import Ground, Relays, Seen, Writing, subscribed
from shared import bus
from shared.telemetry import logs

BACKLOG_SECONDS = 60.0
"""How long after NATS's return the backlog may take."""

TELL_SECONDS = 15.0

PATIENCE_SECONDS = 120.0
"""How long no event may arrive before one is taken to be lost."""


@dataclass(frozen=True)
class Plan:
    """How much is done, and how much of it is killed."""

    changes: int
    relay_kills: int
    nats_kills: int
    away_seconds: float
    away_per_second: float


@dataclass(frozen=True)
class Result:
    """What came of it."""

    changes: int
    seen: int
    repeated: int
    early: int
    out_of_order: list[str]
    relay_kills: int
    backlog: int
    backlog_seconds: float

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost or out of order, and the backlog went in time."""
        whole = self.seen == self.changes and not self.out_of_order
        return whole and self.backlog_seconds <= BACKLOG_SECONDS


async def soak(plan: Plan, folder: Path) -> Result:
    """Do all of it on servers of its own."""
    ground = Ground(folder)
    await ground.start()
    relays = Relays(ground)
    client = await bus.connect(ground.urls["nats"], "writer")
    mongo = ground.mongo()
    writing = Writing(mongo, client.jetstream())
    try:
        await relays.start()
        async with subscribed(ground) as seen:
            telling = asyncio.create_task(_tell(writing, seen))
            await asyncio.gather(
                writing.write(plan.changes),
                _spread(plan.relay_kills, plan.changes, writing, relays.kill_one),
                _spread(plan.nats_kills, plan.changes, writing, lambda: _restart(ground)),
            )
            await _all_seen(seen, writing)
            backlog, seconds = await _away(plan, ground, writing, seen)
            telling.cancel()
            return Result(
                changes=await writing.committed(),
                seen=len(seen.ids),
                repeated=seen.repeated,
                early=seen.early,
                out_of_order=seen.out_of_order,
                relay_kills=relays.kills,
                backlog=backlog,
                backlog_seconds=seconds,
            )
    finally:
        await relays.stop()
        await client.close()
        await mongo.close()
        await ground.stop()


async def _tell(writing: Writing, seen: Seen) -> None:
    """Say how far it is, until cancelled."""
    while True:
        await asyncio.sleep(TELL_SECONDS)
        progress = f"  {writing.done:,} changes made, {len(seen.ids):,} of their events seen"
        print(progress, file=sys.stderr, flush=True)


async def _spread(
    times: int, changes: int, writing: Writing, kill: Callable[[], Awaitable[None]]
) -> None:
    """Kill something so often, evenly over the changes."""
    for n in range(1, times + 1):
        while writing.done < changes * n // (times + 1):
            await asyncio.sleep(0.01)
        await kill()


async def _restart(ground: Ground) -> None:
    await ground.kill_nats()
    await ground.start_nats()


async def _all_seen(seen: Seen, writing: Writing) -> float:
    """Wait until every event was seen, or none came for long; give the seconds it took."""
    loop = asyncio.get_running_loop()
    began = moved = loop.time()
    count = len(seen.ids)
    while count < writing.done and loop.time() - moved < PATIENCE_SECONDS:
        await asyncio.sleep(0.05)
        if len(seen.ids) > count:
            count, moved = len(seen.ids), loop.time()
    return loop.time() - began


async def _away(plan: Plan, ground: Ground, writing: Writing, seen: Seen) -> tuple[int, float]:
    """Let people change while NATS is away; give the backlog, and how long it took to go."""
    if not plan.away_seconds:
        return 0, 0.0
    await ground.kill_nats()
    changes = int(plan.away_seconds * plan.away_per_second)
    await writing.write(changes, plan.away_per_second)
    backlog = writing.done - len(seen.ids)
    await ground.start_nats()
    return backlog, await _all_seen(seen, writing)


def main() -> int:
    """Read the command line, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--relay-kills", type=int, default=50)
    parser.add_argument("--nats-kills", type=int, default=10)
    parser.add_argument("--away", type=float, default=300, help="seconds without NATS (300)")
    parser.add_argument("--away-rate", type=float, default=100, help="changes a second then (100)")
    arguments = parser.parse_args()
    plan = Plan(
        arguments.changes,
        arguments.relay_kills,
        arguments.nats_kills,
        arguments.away,
        arguments.away_rate,
    )
    logs.configure("soak", "error")
    with tempfile.TemporaryDirectory(prefix="userhub-soak-") as folder:
        result = asyncio.run(soak(plan, Path(folder)))
    print(f"changes committed            {result.changes:>9}")
    print(f"events seen, repeats left out{result.seen:>9}")
    print(f"repeats                      {result.repeated:>9}")
    print(f"put off, as they came too soon{result.early:>8}")
    print(f"out of order                 {len(result.out_of_order):>9}")
    print(f"relays killed                {result.relay_kills:>9}")
    print(f"NATS killed                  {plan.nats_kills:>9}")
    print(f"backlog after {plan.away_seconds:.0f} s without NATS{result.backlog:>6}")
    print(f"  gone after                 {result.backlog_seconds:>9.1f} s (aim: 60)")
    return 0 if result.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
