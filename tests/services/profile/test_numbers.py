"""Numbers that are given out once."""

import asyncio

from services.profile.numbers import Numbers
from shared.blocks import BLOCK


async def test_no_number_is_given_twice(mongo, user_id):
    """Several processes at once, past the end of their blocks, and after a restart."""
    db, name = mongo("userhub_profile"), f"test-{user_id}"
    processes = [Numbers(db, name, first=1000) for _ in range(3)]

    given = await asyncio.gather(*(one.one() for one in processes * (BLOCK + 1)))
    given.append(await Numbers(db, name, first=1000).one())

    assert len(set(given)) == len(given)
    assert min(given) == 1000
    await db["numbers"].delete_one({"_id": name})
