"""Leases in a real database."""

import asyncio

from shared import leases
from shared.leases import Lease


async def test_one_holds_it_until_it_lets_go(database):
    """Of two holders one has the lease, and the other when the first lets go."""
    one, other = Lease(database, "turn", "one"), Lease(database, "turn", "other")

    assert await one.take()
    assert not await other.take()
    assert await one.take()
    await one.release()
    assert await other.take()
    assert not await one.take()


async def test_a_renewal_ends_with_the_block(database, monkeypatch):
    """Also where the block ends in the moment the database answers, which the driver's way of
    waiting loses: renewed for ever, the lease would never be another's.
    """
    monkeypatch.setattr(leases, "LIFETIME_MS", 3)
    lease = Lease(database, "turn", "one")
    asked: asyncio.Queue[asyncio.Future[bool]] = asyncio.Queue()

    async def take() -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        asked.put_nowait(answer)
        return await asyncio.wait_for(answer, 60)

    monkeypatch.setattr(lease, "take", take)
    before = asyncio.all_tasks()
    async with lease.kept():
        [renewal] = asyncio.all_tasks() - before
        answer = await asked.get()
        answer.set_result(True)

    ended, _ = await asyncio.wait([renewal], timeout=30)
    assert ended
