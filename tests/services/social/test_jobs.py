"""Jobs: what is too much for one transaction is done in turns."""

import asyncio

import pytest

from services.social import jobs
from services.social.jobs import Jobs


@pytest.fixture
async def lab(mongo):
    """Make a kind of jobs of a test's own, whose chunks count; gives it and who did what."""
    kinds, done = [], []

    def make(user_id):
        async def chunk(session, job):
            done.append(job["who"])
            left = job["left"] - 1
            return {"left": left} if left else None

        kinds.append(Jobs(mongo("userhub_social_lab"), f"jobs_{user_id}", chunk))
        return kinds[-1], done

    yield make
    for kind in kinds:
        await kind.stop()


async def test_a_long_job_does_not_keep_others_waiting(
    lab, mongo, user_id, eventually, monkeypatch
):
    """Two that take many chunks are done side by side by one worker, and both to the end."""
    monkeypatch.setattr(jobs, "TURN_SECONDS", 0)
    kind, done = lab(user_id)
    db = mongo("userhub_social_lab")

    async def add(session):
        for who in ("long", "short"):
            await kind.add(session, who=who, left=3)

    await db.transact(add)
    worker = asyncio.create_task(kind.run())

    async def nothing_left():
        return not await db[f"jobs_{user_id}"].count_documents({})

    await eventually(nothing_left)
    await kind.stop()
    await worker
    assert sorted(done) == ["long"] * 3 + ["short"] * 3
    assert done.index("short") < 2
