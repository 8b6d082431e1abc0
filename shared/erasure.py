"""Erasing a person from a service: once, for good, and announced with it.

A tombstone in collection `erased` says who is gone. It is written in the transaction that removes
the person's data and announces that they are gone; ids are never used again, so it stays.

Whatever creates something of a person asks `may_keep` first, in the same transaction. That reserves
the tombstone's place for a moment, so that an erasure at the same time conflicts with it and one of
the two runs again: nothing can slip in behind an erasure, nothing that was there is overlooked.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import TypeAlias

from shared.contract import Event, Listener
from shared.mongo import Mongo, Session
from shared.outbox import Outbox

Eraser: TypeAlias = Callable[[int, Session], Awaitable[None]]
"""Removes what one store holds of a person; may run again, and where there is nothing."""

Ahead: TypeAlias = Callable[[int], Awaitable[None]]
"""Removes most of what one store holds of a person, in pieces and outside of any transaction: the
server ends one after three seconds. May run again; an eraser removes what is left."""

TOMBSTONES = "erased"


async def erase_once(
    mongo: Mongo,
    outbox: Outbox,
    session: Session,
    user_id: int,
    erasers: Iterable[Eraser],
    event: Event,
) -> bool:
    """Remove a person from every store and announce it; false if they were gone already.

    For a listener on `deletion.UserDeleting`, in its transaction. The event is announced exactly
    once per person, also where there was nothing to remove.
    """
    buried = await bury(mongo, session, user_id)
    for erase in erasers:
        await erase(user_id, session)
    if buried:
        await outbox.record(session, event)
    return buried


async def bury(mongo: Mongo, session: Session, user_id: int) -> bool:
    """Write a person's tombstone; false if it was there.

    For a service that has too much of a person to remove in the same transaction.
    """
    tombstone = await mongo[TOMBSTONES].update_one(
        {"_id": user_id},
        {"$setOnInsert": {"at": datetime.now(UTC)}},
        upsert=True,
        session=session,
    )
    return tombstone.upserted_id is not None


def listener(
    mongo: Mongo,
    outbox: Outbox,
    erasers: Iterable[Eraser],
    erased: type[Event],
    ahead: Iterable[Ahead] = (),
) -> Listener:
    """Make a service's listener on `deletion.UserDeleting`, which announces `erased`.

    What goes `ahead` may take longer than the transaction of the event, which fails then and is
    tried again by the consumer: it finds little left.
    """
    erasers, ahead = tuple(erasers), tuple(ahead)

    async def on_deleting(event: Event, session: Session) -> None:
        for remove in ahead:
            await remove(event.user_id)
        done = erased(user_id=event.user_id)
        await erase_once(mongo, outbox, session, event.user_id, erasers, done)

    return on_deleting


async def may_keep(mongo: Mongo, session: Session, user_id: int) -> bool:
    """Tell, for a transaction that creates something of a person, that they are not erased.

    If it commits, no erasure of this person has committed since it began.
    """
    return await may_keep_all(mongo, session, [user_id])


async def may_keep_all(mongo: Mongo, session: Session, user_ids: Iterable[int]) -> bool:
    """Tell the same of many people: that none of them is erased."""
    tombstones, ids = mongo[TOMBSTONES], sorted(set(user_ids))
    if not ids:
        return True
    theirs = {"_id": {"$in": ids}}
    if await tombstones.find_one(theirs, session=session):
        return False
    # Net nothing is written, and yet two transactions that touch one key cannot both commit.
    await tombstones.insert_many([{"_id": one} for one in ids], session=session)
    await tombstones.delete_many(theirs, session=session)
    return True
