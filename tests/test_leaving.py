"""Leaving: after a person who used everything has left, no collection of any service knows them.

The person first does whatever leaves a trace. What they left is looked for in every document of all
four databases, whatever its shape, so that a feature without an eraser is found here; and a
collection that this person is not in before they leave is found as well, so that the test grows
with the features.
"""

import contextlib
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts import deletion
from tests.life import lived

SERVICES = ("auth", "profile", "social", "notify")

STAYS = {
    # What stays of everybody who was here (docs/architecture.md, "Leaving").
    "auth.accounts": "the id, so that nobody gets it again, and when it was free",
    "*.erased": "the id, so that nothing is kept of them again",
    "*.outbox": "events, which are ids and facts, for thirty days as in the stream",
    "*.outbox_heads": "the number of their last event, so that no number is used twice",
    "social.sync_log": "the id: clients of others are told that it is nobody any more",
    "social.groups": "the id of who began a group that ended, in place of whom nobody leads it",
}
"""Where the id of somebody who left may still be, and why. Nothing else of them may be anywhere."""

NOBODYS = {
    "*.migrations",
    "*.leases",
    "*.handled",  # ids of events
    "*.counters",  # of social alone: how many of what a person has
    "auth.sequences",
    "auth.account_turns",
    "auth.code_decisions",  # addresses as keyed hashes, which go with the account
    "profile.arrivals",  # keys of pictures, drawn at random
    "profile.numbers",
    "profile.medals",
    "profile.adverts",
    "profile.recommendation_count",
    "social.group_categories",
    "notify.im_lanes",
    "notify.outbox",  # whose only event is that a person was erased
    "notify.outbox_heads",
    "notify.sms_reports",  # under hashes of the providers' ids of messages
    "notify.switches",
}
"""Collections that need not have anything of this person."""

IN_PASSING = {
    "auth.notices",
    "auth.session_turns",
    "social.fan_out",
    "social.erasing",
    "social.bot_deletions",
    "notify.im_notices",
    "notify.im_tokens",
}
"""Collections that have something of a person for moments, or only where a provider is set."""

DEVELOPMENT = {"notify.inbox"}
"""What stands for phones and mailboxes in development, for an hour; there is none in production."""


BEYOND = 700_000_000
"""Ids from here on are no other number by chance: no size, count, day or present time, and no
phone number. Those that accounts begin with are all of it now and then. Applications have ids of
the same sequence, and yunhu's clients read those as 32 bits.
"""

RANDOM = re.compile(r"[0-9a-f]{16,}")
"""Ids and hashes in hexadecimal: among thousands of them, some have any number in them."""


def mentions(value: Any, user_id: int | None, words: list[str]) -> bool:
    """Whether a document, at any depth, has this id or one of these words in it."""
    if isinstance(value, dict):
        return any(mentions(one, user_id, words) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(mentions(one, user_id, words) for one in value)
    if isinstance(value, bytes):
        return any(word.encode() in value for word in words)
    if isinstance(value, str):
        folded = value.casefold()
        return any(word in folded for word in words) or bool(
            user_id and re.search(rf"(?<![0-9]){user_id}(?![0-9])", RANDOM.sub("", folded))
        )
    return isinstance(value, int) and value == user_id


def named(collection: str, among: Any) -> bool:
    """Whether `service.collection` is among these, or as one of every service."""
    return collection in among or f"*.{collection.partition('.')[2]}" in among


class Traces:
    """Looks through everything that all services keep."""

    def __init__(self, mongo: Callable[[str], Any]) -> None:
        self._mongo = mongo

    async def collections(self) -> dict[str, Any]:
        found = {}
        for service in SERVICES:
            database = self._mongo(f"userhub_{service}")
            for name in await database.db.list_collection_names():
                found[f"{service}.{name}"] = database[name]
        return found

    async def of(self, user_id: int, words: list[str]) -> dict[str, list[dict[str, Any]]]:
        """Give, by collection, the documents that mention a person."""
        words, found = [word.casefold() for word in words], {}
        for name, docs in (await self.collections()).items():
            if rows := [doc async for doc in docs.find() if mentions(doc, user_id, words)]:
                found[name] = rows
        return found


@pytest.fixture
def traces(mongo):
    return Traces(mongo)


@pytest.fixture
async def far_ids(suite, mongo):
    """Have accounts get ids that are no other number by chance, from here on."""
    sequences = mongo("userhub_auth")["sequences"]
    await sequences.update_one({"_id": "ids"}, {"$max": {"last": BEYOND}})
    before = suite.pids["auth"]
    suite.kill("auth", signal.SIGTERM)  # with the ids that it took ahead
    await suite.wait_restarted("auth", before)
    await suite.wait_ready()


@pytest.fixture
async def life(far_ids, bus, operate, eventually):
    one = await lived(bus, operate, eventually)
    assert one.ann.user_id > BEYOND
    return one


async def test_nothing_is_left_of_who_leaves(life, traces, eventually, announced):
    """Who has used everything leaves an id in the few places that are documented, and no word."""
    ann, words = life.ann, life.words

    async def untouched():
        known = await traces.of(ann.user_id, words)
        return [
            name
            for name in await traces.collections()
            if name not in known
            and not any(named(name, ones) for ones in (NOBODYS, IN_PASSING, {"*.erased"}))
        ]

    async def is_everywhere():
        return not await untouched()

    with contextlib.suppress(AssertionError):
        await eventually(is_everywhere, 60)
    assert await untouched() == [], "this person should be in every collection before they leave"

    await ann.ask(deletion.delete_account, deletion.DeleteAccount(user_id=ann.user_id))
    await announced(deletion.UserDeleted, ann.user_id, seconds=60)

    async def left_over():
        found = await traces.of(ann.user_id, words)
        return {
            name: rows
            for name, rows in found.items()
            if not named(name, STAYS) and name not in DEVELOPMENT
        }

    async def is_gone():
        return not await left_over()

    with contextlib.suppress(AssertionError):
        await eventually(is_gone, 60)
    assert await left_over() == {}

    found = await traces.of(ann.user_id, words)
    silent = [name for name in found if not name.endswith(".outbox") and name not in DEVELOPMENT]
    said = [word.casefold() for word in words]
    assert [row for name in silent for row in found[name] if mentions(row, None, said)] == []
