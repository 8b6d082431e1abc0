"""How invitations are kept: what each person's came to in `hosts`, who was brought in `guests`."""

from datetime import datetime

from services.profile.invitations.rules import Host
from shared.contracts import invitations
from shared.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    IndexModel,
    Mongo,
    Session,
    reachable,
)

INDEXES = {
    "hosts": [
        IndexModel(
            [("code_key", ASCENDING)],
            unique=True,
            partialFilterExpression={"code_key": {"$exists": True}},
        )
    ],
    "guests": [
        IndexModel([("inviter_id", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
    ],
}

CHUNK = 1000
"""Guests whose inviter is forgotten at once."""

_COUNTS = ("invited", "rewarded", "income", "day", "invited_today", "rewarded_today")


def _host(user_id: int, doc: Document | None) -> Host:
    doc = doc or {}
    counts = {name: doc.get(name, 0) for name in _COUNTS}
    return Host(user_id=user_id, code=doc.get("code", ""), **counts)


class InvitationStore:
    """Invitations in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        self._hosts, self._guests = mongo["hosts"], mongo["guests"]

    async def read(self, user_id: int) -> tuple[Host, int | None]:
        """Give what somebody's invitations came to, and who brought them."""
        async with reachable():
            host = _host(user_id, await self._hosts.find_one({"_id": user_id}))
            guest = await self._guests.find_one({"_id": user_id})
        return host, guest["inviter_id"] if guest else None

    async def find(self, session: Session, user_id: int) -> Host:
        """Give what somebody's invitations came to, as a transaction sees it."""
        return _host(user_id, await self._hosts.find_one({"_id": user_id}, session=session))

    async def choose(self, session: Session, user_id: int, code: str) -> None:
        """Keep a code of one's own; raises `DuplicateKeyError` if another has it."""
        values = {"code": code, "code_key": code.upper()}
        await self._hosts.update_one(
            {"_id": user_id}, {"$set": values}, upsert=True, session=session
        )

    async def drop_code(self, session: Session, user_id: int) -> None:
        """Have only the standard code again."""
        await self._hosts.update_one(
            {"_id": user_id}, {"$unset": {"code": "", "code_key": ""}}, session=session
        )

    async def owner_of(self, session: Session, code: str) -> int | None:
        """Tell who chose a code."""
        doc = await self._hosts.find_one({"code_key": code.upper()}, {"_id": 1}, session=session)
        return doc["_id"] if doc else None

    async def keep_counts(self, session: Session, host: Host) -> None:
        """Keep what somebody's invitations came to; of two transactions one begins again."""
        values = {name: getattr(host, name) for name in _COUNTS}
        await self._hosts.update_one(
            {"_id": host.user_id}, {"$set": values}, upsert=True, session=session
        )

    async def add_guest(
        self, session: Session, user_id: int, inviter_id: int, at: datetime
    ) -> bool:
        """Keep who brought somebody; false if that is kept already."""
        done = await self._guests.update_one(
            {"_id": user_id},
            {"$setOnInsert": {"inviter_id": inviter_id, "at": at}},
            upsert=True,
            session=session,
        )
        return done.upserted_id is not None

    async def page(self, ask: invitations.ListInvited) -> invitations.InvitedPage:
        """Give a page of those whom somebody brought, latest first."""
        async with reachable():
            host = await self._hosts.find_one({"_id": ask.user_id})
            order = [("at", DESCENDING), ("_id", DESCENDING)]
            cursor = self._guests.find({"inviter_id": ask.user_id}).sort(order).skip(ask.skip)
            docs = await cursor.limit(ask.limit).to_list(ask.limit)
        return invitations.InvitedPage(
            invited=[invitations.Invited(user_id=doc["_id"], at=doc["at"]) for doc in docs],
            total=(host or {}).get("invited", 0),
        )

    async def erase_ahead(self, user_id: int) -> None:
        """Forget who brought a person's guests, some at a time: there may be very many."""
        async with reachable():
            while docs := await self._some_guests(user_id):
                ids = [doc["_id"] for doc in docs]
                await self._guests.update_many(
                    {"_id": {"$in": ids}, "inviter_id": user_id}, {"$set": {"inviter_id": None}}
                )

    async def _some_guests(self, inviter_id: int) -> list[Document]:
        cursor = self._guests.find({"inviter_id": inviter_id}, {"_id": 1})
        return await cursor.limit(CHUNK).to_list(CHUNK)

    async def erase(self, user_id: int, session: Session) -> int | None:
        """Remove a person from both sides; that a guest was brought by somebody stays known.

        Gives who brought the person, if it is known.
        """
        guest = await self._guests.find_one_and_delete({"_id": user_id}, session=session)
        inviter_id: int | None = guest["inviter_id"] if guest else None
        if inviter_id:
            await self._hosts.update_one(
                {"_id": inviter_id}, {"$inc": {"invited": -1}}, session=session
            )
        await self._hosts.delete_one({"_id": user_id}, session=session)
        await self._guests.update_many(
            {"inviter_id": user_id}, {"$set": {"inviter_id": None}}, session=session
        )
        return inviter_id
