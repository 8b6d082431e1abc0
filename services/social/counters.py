"""How many of something each person has: one document per person and kind, in `counters`.

A count and what is counted change in one transaction, so a limit holds whatever happens at once,
and a count can always be found again by counting.
"""

from collections.abc import Mapping
from enum import StrEnum

from shared.errors import AppError
from shared.mongo import Mongo, Session, UpdateOne


class Counted(StrEnum):
    """What is counted of a person."""

    BLACKLIST = "blacklist"
    FRIENDS = "friends"
    """Friends, and people whom they asked."""
    ASKED_BY = "asked_by"
    """People who asked them."""
    GROUPS = "groups"
    BOTS = "bots"
    """Bots that they made."""
    BOTS_ADDED = "bots_added"
    REMARKS = "remarks"


class Counters:
    """Counts in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs = mongo["counters"]

    async def add(
        self,
        session: Session,
        what: Counted,
        by: Mapping[int, int],
        most: int,
        refusal: type[AppError],
    ) -> None:
        """Change people's counts, in the transaction of what is counted.

        Refuses if a count that rises would be above `most`; the transaction is to be given up then.
        """
        by = {user_id: by[user_id] for user_id in sorted(by) if by[user_id]}
        if not by:
            return
        await self._docs.bulk_write(
            [
                UpdateOne({"_id": _id(user_id, what)}, {"$inc": {"count": difference}}, upsert=True)
                for user_id, difference in by.items()
            ],
            session=session,
        )
        rising = [_id(user_id, what) for user_id, difference in by.items() if difference > 0]
        full = {"_id": {"$in": rising}, "count": {"$gt": most}}
        if rising and await self._docs.count_documents(full, limit=1, session=session):
            raise refusal(most=most)

    async def forget(self, user_id: int, session: Session) -> bool:
        """Remove a person's counts."""
        ids = [_id(user_id, what) for what in Counted]
        await self._docs.delete_many({"_id": {"$in": ids}}, session=session)
        return True


def _id(user_id: int, what: Counted) -> dict[str, int | str]:
    return {"u": user_id, "of": what.value}
