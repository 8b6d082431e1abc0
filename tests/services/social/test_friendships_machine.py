"""Friendship, deletion and blocks over two and three people, in whatever order."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from services.social.counters import Counted
from services.social.friendships import rules
from services.social.friendships.rules import Pair, Row
from services.social.friendships.store import to_row
from shared.contracts import blacklist, friendships, relations
from tests.services.social.circle import Circle
from tests.services.social.client import Client


class BareRules:
    """The rules alone, with rows and blocks in memory and a clock that is moved by hand."""

    def __init__(self):
        self.now = datetime(2024, 5, 4, tzinfo=UTC)
        self._rows, self._blocks, self.made = {}, set(), []

    def act(self, name, one, two):
        if name == "block":
            if one == two:
                raise relations.Oneself
            return self._blocks.add((one, two))
        if name == "unblock":
            return self._blocks.discard((one, two))
        pair = Pair(one + 1, two + 1, self._rows.get((one, two)), self._rows.get((two, one)))
        blocked = (two, one) in self._blocks
        decision = {
            "invite": lambda: rules.invite(pair, "hi", blocked, self.now),
            "agree": lambda: rules.agree(pair, blocked, self.now),
            "ignore": lambda: rules.ignore(pair, self.now),
            "unfriend": lambda: rules.unfriend(pair, self.now),
        }[name]()
        for place, row in (((one, two), decision.mine), ((two, one), decision.other)):
            if row:
                self._rows[place] = row
        return decision.action if name == "invite" else None

    def wait(self, age):
        self.now += age

    def rows(self):
        return dict(self._rows)

    def settle(self, rows):
        assert rows == self._rows


def run(machine: type[Circle], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_rules_hold_whatever_people_do():
    """Never friends on one side after an agree, legal pairs only, and a block always wins."""
    run(type("Bare", (Circle,), {"make_world": BareRules}), examples=150, steps=40)


CALLS = {
    "invite": friendships.invite,
    "agree": friendships.agree,
    "ignore": friendships.ignore,
    "unfriend": friendships.unfriend,
    "block": blacklist.add_to_blacklist,
    "unblock": blacklist.remove_from_blacklist,
}


class RealService:
    """The service, asked from a thread beside the loop that the tests run in."""

    def __init__(self, loop: Any, database: Any, ask_as: Any, sync: Any, fresh_people: Any) -> None:
        self._loop, self._db, self._ask_as, self._sync = loop, database, ask_as, sync
        self.people = self._wait_for(fresh_people(3))
        self._clients = [Client(one) for one in self.people]

    def _wait_for(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def act(self, name, one, two):
        extra = {"message": "hi"} if name == "invite" else {}
        owner, target = self.people[one], self.people[two]
        asking = self._ask_as(CALLS[name], owner_id=owner, target_id=target, **extra)
        answer = self._wait_for(asking)
        self._wait_for(self._sync(self._clients[one]))
        return answer.action if name == "invite" else answer

    def wait(self, age):
        self._wait_for(self._grow_older(age))

    async def _grow_older(self, age: timedelta) -> None:
        """There is no clock to be moved: what is kept is made that much older."""
        hours = int(age / timedelta(hours=1))
        older = {"$dateSubtract": {"startDate": "$updated_at", "unit": "hour", "amount": hours}}
        mine = {"owner": {"$in": self.people}}
        await self._db["friendships"].update_many(mine, [{"$set": {"updated_at": older}}])

    def rows(self):
        return self._wait_for(self._read())

    async def _read(self) -> dict[tuple[int, int], Row]:
        place = {user_id: number for number, user_id in enumerate(self.people)}
        rows = self._db["friendships"].find({"owner": {"$in": self.people}})
        return {(place[row["owner"]], place[row["target"]]): to_row(row) async for row in rows}

    def settle(self, rows):
        """See that counts are right, and that what was synced is what there is."""
        self._wait_for(self._settle(rows))

    async def _settle(self, rows: dict[tuple[int, int], Row]) -> None:
        for number, client in enumerate(self._clients):
            await self._sync(client)
            fresh = Client(client.user_id)
            await self._sync(fresh)
            assert client.tables == fresh.tables
            counted = [rules.counted(row) for (one, _), row in rows.items() if one == number]
            for what in (Counted.FRIENDS, Counted.ASKED_BY):
                count = await self._db["counters"].find_one(
                    {"_id": {"u": client.user_id, "of": what.value}}
                )
                assert (count["count"] if count else 0) == counted.count(what)


async def test_the_service_holds_whatever_people_do(mongo, ask_as, sync, fresh_people):
    """The same over the bus, with counts that never drift and syncs that miss nothing."""
    loop, database = asyncio.get_running_loop(), mongo("userhub_social")

    def world():
        return RealService(loop, database, ask_as, sync, fresh_people)

    machine = type("Real", (Circle,), {"make_world": staticmethod(world)})
    await asyncio.to_thread(run, machine, examples=25, steps=25)
