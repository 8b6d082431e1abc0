"""The ledger while the profile service is killed."""

import asyncio

from shared.errors import DeadlinePassed, Unavailable

CHANGES, AT_ONCE, KILLED_AFTER = 40, 8, 10


async def test_every_change_is_made_once_although_the_service_is_killed(
    person, grant, audit, suite, eventually
):
    """Who asks again with the same key until there is an answer is paid exactly once."""
    waiting, answered = list(range(1, CHANGES + 1)), []

    async def insist(number):
        """Ask until there is an answer; give the entry."""

        async def ask():
            try:
                return await grant(person, number, key=f"change-{number}")
            except (Unavailable, DeadlinePassed):
                return None

        return await eventually(ask, 60)

    async def work():
        while waiting:
            answered.append(await insist(waiting.pop()))
            if len(answered) == KILLED_AFTER:
                suite.kill("profile")

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    found = await audit(person)
    assert found.sound
    assert (found.entries, found.points) == (CHANGES, sum(range(1, CHANGES + 1)))
    assert sorted(entry.number for entry in answered) == list(range(1, CHANGES + 1))
    await suite.wait_ready()
