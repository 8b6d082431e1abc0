"""Two instances of the service, about bots: between them only the database decides."""

import asyncio
from collections import Counter

import pytest

from services.social.bots.handlers import BotHandlers
from services.social.bots.store import BotStore
from services.social.counters import Counters
from services.social.ids import Ids
from services.social.people import People
from shared.contracts import bots
from shared.outbox import Outbox


@pytest.fixture
def instances(bus, js, mongo):
    """Two more instances of the bots feature, with queues of their own, on the same database."""
    db = mongo("userhub_social")
    return [
        BotHandlers(
            db, Outbox(db, js, "social"), People(bus, db), Counters(db), Ids(bus), BotStore(db)
        )
        for _ in range(2)
    ]


async def test_adding_and_removing_through_different_instances(instances, fresh_people, mongo):
    """Whatever falls together, the head count is the number of people who have the bot."""
    ann, *others = await fresh_people(5)
    bot = await instances[0].create(bots.CreateBot(owner_id=ann, name="Counter"))
    asks = [bots.OneBot(owner_id=one, bot_id=bot.bot_id) for one in others]

    outcomes = await asyncio.gather(
        *(one.add(ask) for ask in asks for one in instances), return_exceptions=True
    )
    assert Counter(type(one).__name__ for one in outcomes) == {"NoneType": 4, "AlreadyAdded": 4}
    outcomes = await asyncio.gather(
        *(one.remove(ask) for ask in asks[:2] for one in instances), return_exceptions=True
    )
    assert Counter(type(one).__name__ for one in outcomes) == {"NoneType": 2, "NoSuchBot": 2}

    db = mongo("userhub_social")
    kept = await db["bots"].find_one({"_id": bot.bot_id})
    assert kept["headcount"] == await db["bot_additions"].count_documents({"bot": bot.bot_id}) == 2


async def test_adding_and_deleting_through_different_instances(
    instances, fresh_people, mongo, eventually
):
    """Whoever added a bot just before it went has it no more, and room for another."""
    db = mongo("userhub_social")
    for _ in range(5):
        ann, bob = await fresh_people(2)
        bot = await instances[0].create(bots.CreateBot(owner_id=ann, name="Counter"))

        outcomes = await asyncio.gather(
            instances[0].add(bots.OneBot(owner_id=bob, bot_id=bot.bot_id)),
            instances[1].delete(bots.OneBot(owner_id=ann, bot_id=bot.bot_id)),
            return_exceptions=True,
        )

        assert outcomes[1] is None
        assert outcomes[0] is None or isinstance(outcomes[0], bots.NoSuchBot)

        async def nothing_left(bob: int = bob) -> bool:
            counter = await db["counters"].find_one({"_id": {"u": bob, "of": "bots_added"}})
            row = await db["bot_additions"].find_one({"user": bob})
            return row is None and (counter is None or counter["count"] == 0)

        await eventually(nothing_left)
