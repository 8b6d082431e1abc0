"""Accounts in MongoDB. Unique indexes decide who has a phone number, e-mail address or username."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.auth.accounts import rules
from services.auth.passwords.hashing import Hash
from shared.contracts import accounts
from shared.mongo import (
    ASCENDING,
    Document,
    DuplicateKeyError,
    IndexModel,
    Mongo,
    ReturnDocument,
    Session,
    reachable,
)


def _unique(field: str) -> IndexModel:
    return IndexModel(
        [(field, ASCENDING)], unique=True, partialFilterExpression={field: {"$exists": True}}
    )


INDEXES = {
    "accounts": [
        _unique("phone"),
        _unique("email_key"),
        _unique("username_key"),
        IndexModel([("role", ASCENDING)], partialFilterExpression={"role": {"$gt": 0}}),
        IndexModel([("version", ASCENDING)], partialFilterExpression={"version": {"$gt": 0}}),
        IndexModel(
            [("deleted_at", ASCENDING)], partialFilterExpression={"deleted_at": {"$exists": True}}
        ),
    ]
}

LEFT_AT_ONCE = 500
"""People who left, given at once."""

_TAKEN = {
    "phone": accounts.PhoneTaken,
    "email_key": accounts.EmailTaken,
    "username_key": accounts.UsernameTaken,
}


class StoredAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it is kept.

    `version` counts changes of what gateways must know (role, state, epoch); `epoch` counts the
    occasions on which all earlier sessions ended; `kept_session` survived the last of them.
    """

    user_id: int
    username: str
    created_at: datetime
    dialect: str
    phone: str | None = None
    email: str | None = None
    password: Hash | None = None
    role: int = 0
    state: str = accounts.State.ACTIVE
    epoch: int = 0
    kept_session: str | None = None
    version: int = 0
    erased_in: tuple[str, ...] = ()


@contextmanager
def _said_which_is_taken() -> Iterator[None]:
    """Raise which name or address another account has, where a unique index refuses it."""
    try:
        yield
    except DuplicateKeyError as error:
        taken = next(iter((error.details or {}).get("keyPattern", {})), "")
        if taken not in _TAKEN:
            raise
        raise _TAKEN[taken]() from None


def read_account(document: Document) -> StoredAccount:
    """Read an account out of its document."""
    password = document.get("password")
    return StoredAccount(
        user_id=document["_id"],
        username=document.get("username", ""),
        created_at=document["created_at"],
        dialect=document["dialect"],
        phone=document.get("phone"),
        email=document.get("email"),
        password=Hash(**password) if password else None,
        role=document["role"],
        state=document["state"],
        epoch=document["epoch"],
        kept_session=document.get("kept_session"),
        version=document["version"],
        erased_in=tuple(document.get("erased_in", ())),
    )


class MongoAccounts:
    """The accounts."""

    def __init__(self, mongo: Mongo) -> None:
        self._docs, self._turns = mongo["accounts"], mongo["account_turns"]

    async def insert(
        self, session: Session, account: StoredAccount, email_key: str | None, username_key: str
    ) -> None:
        """Add an account, or raise which of its names another account has."""
        document: Document = {
            "_id": account.user_id,
            "username": account.username,
            "username_key": username_key,
            "username_parts": rules.parts(username_key),
            "created_at": account.created_at,
            "dialect": account.dialect,
            "role": account.role,
            "state": account.state,
            "epoch": account.epoch,
            "version": account.version,
        }
        if account.password:
            document["password"] = msgspec.structs.asdict(account.password)
        if account.phone:
            document["phone"] = account.phone
        if account.email:
            document |= {"email": account.email, "email_key": email_key}
        with _said_which_is_taken():
            await self._docs.insert_one(document, session=session)

    async def find(self, **fields: Any) -> StoredAccount | None:
        """Find an account by one of `user_id`, `phone`, `email_key`."""
        return await self.find_in(None, **fields)

    async def find_in(self, session: Session | None, **fields: Any) -> StoredAccount | None:
        """Find an account as a transaction sees it."""
        query = {"_id" if name == "user_id" else name: value for name, value in fields.items()}
        async with reachable():
            document = await self._docs.find_one(query, session=session)
        return read_account(document) if document else None

    async def phones(self, user_ids: list[int]) -> dict[int, str]:
        """Give the phone numbers of those whose accounts are active and have one."""
        query = {
            "_id": {"$in": user_ids},
            "state": accounts.State.ACTIVE,
            "phone": {"$exists": True},
        }
        async with reachable():
            found = self._docs.find(query, {"phone": 1})
            return {one["_id"]: one["phone"] for one in await found.to_list(None)}

    async def rehash(self, user_id: int, known: Hash, better: Hash) -> None:
        """Put a better hash of the same password in place, unless the password changed."""
        async with reachable():
            await self._docs.update_one(
                {"_id": user_id, "password.encoded": known.encoded},
                {"$set": {"password": msgspec.structs.asdict(better)}},
            )

    async def set_password(
        self, session: Session, user_id: int, epoch: int | None, new: Hash, kept: str | None
    ) -> StoredAccount | None:
        """Change the password if it is still that of this epoch (or whatever it is, if none).

        Raises the epoch, which ends all sessions but `kept`.
        """
        query: Document = {"_id": user_id, "state": {"$in": ["active", "disabled"]}}
        if epoch is not None:
            query["epoch"] = epoch
        change = {"password": msgspec.structs.asdict(new), "kept_session": kept}
        return await self._change(session, query, change, {"epoch": 1, "version": 1})

    async def set_role(self, session: Session, user_id: int, role: int) -> StoredAccount | None:
        """Change the role."""
        query = {"_id": user_id, "state": {"$in": ["active", "disabled"]}}
        return await self._change(session, query, {"role": role}, {"version": 1})

    async def set_state(
        self, session: Session, user_id: int, old: str, new: str
    ) -> StoredAccount | None:
        """Lock out or let in; locking out ends all sessions."""
        raised = {"version": 1} | ({"epoch": 1} if new != accounts.State.ACTIVE else {})
        query = {"_id": user_id, "state": old}
        return await self._change(session, query, {"state": new, "kept_session": None}, raised)

    async def set_address(
        self,
        session: Session,
        user_id: int,
        kind: str,
        before: str | None,
        after: str | None,
        state: str = accounts.State.ACTIVE,
    ) -> bool:
        """Put an address (as `addresses.key` gives it) in place of another, or of none.

        Nothing is done, and false given, unless `before` is still there; with none to come, unless
        there still is one of the other kind. Raises if another account has it.
        """
        field, others = ("email_key", "phone") if kind == "email" else ("phone", "email_key")
        query: Document = {
            "_id": user_id,
            "state": state,
            field: before if before else {"$exists": False},
        }
        if after is None:
            query[others] = {"$exists": True}
        fields = ("email", "email_key") if kind == "email" else ("phone",)
        values = dict.fromkeys(fields, after or "")
        # Not find-and-modify: the server would log the address where the index refuses it.
        with _said_which_is_taken():
            changed = await self._docs.update_one(
                query, {"$set" if after else "$unset": values}, session=session
            )
        return changed.matched_count > 0

    async def set_username(self, session: Session, user_id: int, username: str, key: str) -> bool:
        """Change the username; false if there is nobody any more, raises if another has it."""
        query = {"_id": user_id, "state": {"$in": ["active", "disabled"]}}
        values = {
            "username": username,
            "username_key": key,
            "username_parts": rules.parts(key),
            "named_at": datetime.now(UTC),
        }
        with _said_which_is_taken():  # not find-and-modify, as above
            changed = await self._docs.update_one(query, {"$set": values}, session=session)
        return changed.matched_count > 0

    async def begin_deletion(self, session: Session, user_id: int) -> StoredAccount | None:
        """Let go of everything that names the person; the id stays, so that nobody gets it."""
        names = ("phone", "email", "email_key", "username", "username_key", "username_parts")
        query = {"_id": user_id, "state": {"$in": ["active", "disabled"]}}
        return await self._change(
            session,
            query,
            {"state": accounts.State.DELETING, "kept_session": None, "role": 0},
            {"version": 1, "epoch": 1},
            unset=(*names, "named_at", "password"),
        )

    async def note_erased(
        self, session: Session, user_id: int, service: str
    ) -> StoredAccount | None:
        """Note that a service has nothing left of a person."""
        document = await self._docs.find_one_and_update(
            {"_id": user_id, "state": accounts.State.DELETING},
            {"$addToSet": {"erased_in": service}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return read_account(document) if document else None

    async def finish_deletion(self, session: Session, user_id: int) -> None:
        """Leave nothing but the id and when."""
        await self._docs.update_one(
            {"_id": user_id},
            {"$set": {"state": accounts.State.DELETED, "deleted_at": datetime.now(UTC)}},
            session=session,
        )

    async def left_since(self, since: datetime) -> AsyncIterator[list[int]]:
        """Give who was erased everywhere since then, some at a time."""
        ids: list[int] = []
        async with reachable():
            async for one in self._docs.find({"deleted_at": {"$gte": since}}, {"_id": 1}):
                ids.append(one["_id"])
                if len(ids) == LEFT_AT_ONCE:
                    yield ids
                    ids = []
        if ids:
            yield ids

    async def _change(
        self,
        session: Session,
        query: Document,
        values: Document,
        raised: Document,
        unset: tuple[str, ...] = (),
    ) -> StoredAccount | None:
        change: Document = {"$set": values, "$inc": raised}
        if unset:
            change["$unset"] = dict.fromkeys(unset, "")
        document = await self._docs.find_one_and_update(
            query, change, return_document=ReturnDocument.AFTER, session=session
        )
        return read_account(document) if document else None

    async def keep_a_root(self, session: Session, before: StoredAccount) -> None:
        """Refuse a transaction that took the highest role from the last person who had it.

        Called after the change, with the account as it was. Transactions that do such a thing come
        one after the other, so that two cannot each rely on the other's person.
        """
        if before.role < accounts.Role.ROOT or before.state != accounts.State.ACTIVE:
            return
        await self._turns.update_one({"_id": "roots"}, {"$inc": {"turn": 1}}, session=session)
        roots = {"role": accounts.Role.ROOT, "state": accounts.State.ACTIVE}
        if await self._docs.find_one(roots, {"_id": 1}, session=session) is None:
            raise accounts.LastRoot()

    async def any_with_role(self, role: int) -> bool:
        """Tell whether anyone has this role."""
        async with reachable():
            return await self._docs.find_one({"role": role}, {"_id": 1}) is not None

    async def changed_from_default(self, after: int, count: int) -> list[StoredAccount]:
        """Page through the accounts that gateways must know of, by id."""
        async with reachable():
            cursor = self._docs.find({"version": {"$gt": 0}, "_id": {"$gt": after}})
            return [
                read_account(d)
                for d in await cursor.sort("_id", ASCENDING).limit(count).to_list(count)
            ]
